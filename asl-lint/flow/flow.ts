import type { Edge, Scope, StateNode } from '../machine';
import type { Presence } from './access';
import type { OnRead } from './expression';
import { runState, type Env } from './state';
import { ANY, bounded, unionOf, type Value } from './value';

/** A path that a state reads, and whether it is there. */
export interface PathRead {
  /** The reading state's path, e.g. `ForEachBatch/ValidateBatch`. */
  readonly state: string;
  readonly field: string;
  readonly path: string;
  readonly presence: Presence;
  /** A way in on which it is not certainly there. */
  readonly via: Edge | undefined;
}

export interface Flow {
  /** What each state that can be entered is entered with, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
  /** The ways that data can take. */
  readonly edges: readonly Edge[];
  readonly reads: readonly PathRead[];
  /** The states that data can enter, those inside Maps and Parallels included. */
  readonly entered: ReadonlySet<StateNode>;
  /** What the inside of each Map and Parallel is entered with. */
  readonly innerInputs: ReadonlyMap<Scope, Value>;
  /** What the scope ends with; undefined where it never ends normally. */
  readonly output: Value | undefined;
}

type Shapes = Readonly<Record<string, Value>>;

/** Loops settle within a few rounds; a state entered more often than this is given up as `any`. */
const MAX_ROUNDS = 40;

/** Follows data through a scope from a state on: abstract interpretation to a fixed point. */
export function analyse(scope: Scope, start: string, input: Value, shapes: Shapes): Flow {
  const collected: PathRead[] = [];
  const incoming = settle(scope, start, input, quietly(shapes));
  const inputs = new Map<string, Value>();
  const edges: Edge[] = [];
  const outputs: Value[] = [];
  const innerInputs = new Map<Scope, Value>();
  const entered = new Set<StateNode>();
  const noisy: Env = {
    shapes,
    runInner: (inner, v) => {
      const flow = analyse(inner, inner.definition.StartAt, v, shapes);
      collected.push(...flow.reads);
      for (const node of flow.entered) entered.add(node);
      for (const [around, data] of [[inner, v] as const, ...flow.innerInputs]) innerInputs.set(around, data);
      return flow.output;
    },
  };
  for (const [name, ways] of incoming) {
    const node = scope.states.get(name);
    const value = unionOf([...ways.values()].map((way) => way.value));
    if (node === undefined || value === undefined) continue;
    inputs.set(name, value);
    entered.add(node);
    const onRead: OnRead = (field, path, found) => {
      const via = found.presence === 'always' ? undefined : wayWithout(node, [...ways.values()], field, path, shapes);
      collected.push({ state: node.path, field, path, presence: found.presence, via });
    };
    for (const out of runState(node, value, noisy, onRead)) {
      edges.push(out.edge);
      if (out.edge.kind === 'end' && node.definition.Type !== 'Fail') outputs.push(out.value);
    }
  }
  return { inputs, edges, reads: collected, entered, innerInputs, output: unionOf(outputs) };
}

/** Data that enters a state on one way; `edge` is undefined for the scope's own input. */
interface Way {
  readonly edge: Edge | undefined;
  readonly value: Value;
}

/** A way into a state on which a path that it reads is not certainly there. */
function wayWithout(
  node: StateNode,
  ways: readonly Way[],
  field: string,
  path: string,
  shapes: Shapes,
): Edge | undefined {
  return ways.find((way) => {
    let missing = false;
    runState(node, way.value, quietly(shapes), (f, p, found) => {
      if (f === field && p === path && found.presence !== 'always') missing = true;
    });
    return missing;
  })?.edge;
}

/** Looks into Maps and Parallels for their output only. */
function quietly(shapes: Shapes): Env {
  return { shapes, runInner: (inner, v) => analyse(inner, inner.definition.StartAt, v, shapes).output };
}

/** For each state, the data on each way into it, repeated until nothing new arrives. */
function settle(scope: Scope, start: string, input: Value, env: Env): Map<string, Map<string, Way>> {
  const incoming = new Map<string, Map<string, Way>>([[start, new Map([['', { edge: undefined, value: input }]])]]);
  const rounds = new Map<string, number>();
  const queue = [start];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const node = scope.states.get(name);
    const value = unionOf([...(incoming.get(name)?.values() ?? [])].map((way) => way.value));
    if (node === undefined || value === undefined) continue;
    const round = (rounds.get(name) ?? 0) + 1;
    rounds.set(name, round);
    for (const out of runState(node, value, env, () => undefined)) {
      const { to } = out.edge;
      if (to === null) continue;
      const ways = incoming.get(to) ?? new Map<string, Way>();
      incoming.set(to, ways);
      const key = `${node.name} ${out.edge.label}`;
      const before = ways.get(key)?.value;
      const after = round > MAX_ROUNDS ? ANY : unionOf([...(before === undefined ? [] : [before]), bounded(out.value)]);
      if (after === undefined || (before !== undefined && JSON.stringify(before) === JSON.stringify(after))) continue;
      ways.set(key, { edge: out.edge, value: after });
      if (!queue.includes(to)) queue.push(to);
    }
  }
  return incoming;
}
