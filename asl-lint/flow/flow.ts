import type { Edge, Scope, StateNode } from '../machine';
import type { Found, Presence } from './access';
import { fits } from './fits';
import type { Need, OnRead } from './expression';
import { follow, quietly, type Shapes, type Way } from './follow';
import { runState, type Env } from './state';
import type { Value } from './value';

/** A path that a state reads, and whether it is there. */
interface PathRead {
  /** The reading state's path, e.g. `ForEachBatch/ValidateBatch`. */
  readonly state: string;
  readonly field: string;
  readonly path: string;
  readonly presence: Presence;
  /** What the field takes, where not anything, and whether it gets that. */
  readonly need: Need | undefined;
  readonly fits: Presence;
  /** A way in on which it is not certainly there. */
  readonly via: Edge | undefined;
}

/** All that the rules ask about data. */
export interface Flow {
  /** What each state that can be entered is entered with, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
  /** The ways into each of them, with what comes on each. */
  readonly ways: ReadonlyMap<string, readonly Way[]>;
  /** The ways that data can take. */
  readonly edges: readonly Edge[];
  /** Every path that is read, inside Maps and Parallels too. */
  readonly reads: readonly PathRead[];
  /** The states that data can enter, inside Maps and Parallels too. */
  readonly entered: ReadonlySet<StateNode>;
  /** What the inside of each Map and Parallel is entered with. */
  readonly innerInputs: ReadonlyMap<Scope, Value>;
  /** What the scope ends with; undefined where it never ends normally. */
  readonly output: Value | undefined;
}

/** Follows data through a scope, then looks once at every state with all that can enter it. */
export function analyse(scope: Scope, input: Value, shapes: Shapes): Flow {
  const { ways, inputs, output } = follow(scope, scope.definition.StartAt, input, shapes);
  const edges: Edge[] = [];
  const reads: PathRead[] = [];
  const entered = new Set<StateNode>();
  const innerInputs = new Map<Scope, Value>();
  const env: Env = {
    shapes,
    runInner: (inner, data) => {
      const flow = analyse(inner, data, shapes);
      reads.push(...flow.reads);
      for (const node of flow.entered) entered.add(node);
      for (const [around, entering] of [[inner, data] as const, ...flow.innerInputs]) innerInputs.set(around, entering);
      return flow.output;
    },
  };
  for (const [name, value] of inputs) {
    const node = scope.states.get(name);
    if (node === undefined) continue;
    entered.add(node);
    const onRead: OnRead = (field, path, found, need) => {
      const fit = fitOf(found, need);
      const fine = found.presence === 'always' && fit === 'always';
      const via = fine ? undefined : wayWithout(node, ways.get(name) ?? [], field, path, shapes);
      reads.push({ state: node.path, field, path, presence: found.presence, need, fits: fit, via });
    };
    edges.push(...runState(node, value, env, onRead).map((out) => out.edge));
  }
  return { inputs, ways, edges, reads, entered, innerInputs, output };
}

/** A way into a state on which a path that it reads is not certainly there, or not of its type: the example in the message. */
function wayWithout(
  node: StateNode,
  ways: readonly Way[],
  field: string,
  path: string,
  shapes: Shapes,
): Edge | undefined {
  return ways.find((way) => {
    let missing = false;
    runState(node, way.value, quietly(shapes), (f, p, found, need) => {
      if (f === field && p === path && (found.presence !== 'always' || fitOf(found, need) !== 'always')) missing = true;
    });
    return missing;
  })?.edge;
}

/** Whether what is there, if it is there, is what the field takes. */
function fitOf({ presence, value }: Found, need: Need | undefined): Presence {
  return need === undefined || presence === 'never' ? 'always' : fits(value, need);
}
