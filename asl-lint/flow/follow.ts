import type { Edge, Scope } from '../machine';
import { runState, type Env, type Outgoing } from './state';
import { bounded, keyOf, unionOf } from './union';
import { ANY, type Value } from './value';

export type Shapes = Readonly<Record<string, Value>>;

/** Data that enters a state on one way; `edge` is undefined where data enters from outside. */
export interface Way {
  readonly edge: Edge | undefined;
  readonly value: Value;
}

/** Where data gets to. */
export interface Followed {
  /** The ways into each state that data can enter, by the state's name. */
  readonly ways: ReadonlyMap<string, readonly Way[]>;
  /** What each of them is entered with. */
  readonly inputs: ReadonlyMap<string, Value>;
  /** What the scope ends with; undefined where it never ends normally. */
  readonly output: Value | undefined;
}

/** Loops settle within a few rounds; a state entered more often than this is given up as `any`. */
const MAX_ROUNDS = 40;

/** Follows data through a scope from a state on, until nothing new arrives anywhere: abstract interpretation to a fixed point. */
export function follow(scope: Scope, start: string, input: Value, shapes: Shapes): Followed {
  const env = quietly(shapes);
  const incoming = new Map<string, Map<string, Way>>([[start, new Map([['', { edge: undefined, value: input }]])]]);
  const inputs = new Map<string, Value>();
  const ends = new Map<string, readonly Value[]>();
  const rounds = new Map<string, number>();
  const queue = [start];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const node = scope.states.get(name);
    const value = unionOf([...(incoming.get(name)?.values() ?? [])].map((way) => way.value));
    if (node === undefined || value === undefined) continue;
    inputs.set(name, value);
    const round = (rounds.get(name) ?? 0) + 1;
    rounds.set(name, round);
    const out = runState(node, value, env, () => undefined);
    ends.set(name, endsOf(out));
    for (const { edge, value: data } of out)
      if (edge.to !== null && arrive(incoming, edge, edge.to, round > MAX_ROUNDS ? ANY : bounded(data)))
        if (!queue.includes(edge.to)) queue.push(edge.to);
  }
  const ways = [...incoming].map(([name, known]) => [name, [...known.values()]] as const);
  return { ways: new Map(ways), inputs, output: unionOf([...ends.values()].flat()) };
}

/** Looks into Maps and Parallels for their output only. */
export function quietly(shapes: Shapes): Env {
  return { shapes, runInner: (inner, input) => follow(inner, inner.definition.StartAt, input, shapes).output };
}

function endsOf(out: readonly Outgoing[]): Value[] {
  return out.flatMap(({ edge, value }) => (edge.kind === 'end' && edge.from.definition.Type !== 'Fail' ? [value] : []));
}

/** Adds data to a way into a state; whether that was new. */
function arrive(incoming: Map<string, Map<string, Way>>, edge: Edge, to: string, value: Value): boolean {
  const ways = incoming.get(to) ?? new Map<string, Way>();
  incoming.set(to, ways);
  const key = `${edge.from.name} ${edge.label}`;
  const before = ways.get(key)?.value;
  const after = before === undefined || value === ANY ? value : (unionOf([before, value]) ?? value);
  if (before !== undefined && keyOf(before) === keyOf(after)) return false;
  ways.set(key, { edge, value: after });
  return true;
}
