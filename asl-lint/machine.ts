import { numberOf, parseScope, parseState, type ScopeDefinition, type StateDefinition } from './asl';

/** The machine, or the inside of a Map or of one branch of a Parallel: names resolve within a scope only. */
export interface Scope {
  readonly kind: 'machine' | 'map' | 'branch';
  readonly definition: ScopeDefinition;
  /** The Map or Parallel around it; none for the machine. */
  readonly owner: StateNode | undefined;
  readonly states: ReadonlyMap<string, StateNode>;
}

export interface StateNode {
  readonly name: string;
  /** With the states around it: `ForEachBatch/ValidateBatch`. */
  readonly path: string;
  readonly scope: Scope;
  readonly definition: StateDefinition;
  readonly jsonata: boolean;
  /** The inside of a Map (one) or a Parallel (one a branch). */
  readonly inner: readonly Scope[];
}

/** A way out of a state. `to` is null where the scope ends. */
export interface Edge {
  readonly from: StateNode;
  readonly to: string | null;
  readonly kind: 'next' | 'choice' | 'default' | 'catch' | 'end';
  /** As it is written in the definition: `Next`, `Choices[1]`, `Catch[0]`. */
  readonly label: string;
  /** Position among the choices or catchers. */
  readonly index: number;
}

/** Reads a definition into scopes and states. Throws `NotAStateMachine`. */
export function readMachine(definition: unknown): Scope {
  return readScope(definition, 'machine', undefined, false);
}

function readScope(value: unknown, kind: Scope['kind'], owner: StateNode | undefined, jsonata: boolean): Scope {
  const definition = parseScope(value, owner === undefined ? 'the definition' : `the inside of "${owner.path}"`);
  const inherited = definition.QueryLanguage === undefined ? jsonata : definition.QueryLanguage === 'JSONata';
  const states = new Map<string, StateNode>();
  const scope: Scope = { kind, definition, owner, states };
  for (const [name, raw] of Object.entries(definition.States)) {
    const path = owner === undefined ? name : `${owner.path}/${name}`;
    const state = parseState(raw, path);
    const inner: Scope[] = [];
    const own = state.QueryLanguage === undefined ? inherited : state.QueryLanguage === 'JSONata';
    const node: StateNode = { name, path, scope, definition: state, jsonata: own, inner };
    if (state.Type === 'Map') inner.push(readScope(state.ItemProcessor ?? state.Iterator, 'map', node, own));
    if (state.Type === 'Parallel')
      inner.push(...(state.Branches ?? []).map((branch) => readScope(branch, 'branch', node, own)));
    states.set(name, node);
  }
  return scope;
}

/** All scopes, outermost first. */
export function scopesOf(scope: Scope): Scope[] {
  return [scope, ...[...scope.states.values()].flatMap((node) => node.inner.flatMap(scopesOf))];
}

/** All states, those around others first. */
export function statesOf(scope: Scope): StateNode[] {
  return scopesOf(scope).flatMap((s) => [...s.states.values()]);
}

/** The ways out of a state, in the order in which Step Functions tries them. */
export function edgesOf(node: StateNode): Edge[] {
  const { definition: d } = node;
  const edges: Edge[] = [];
  const add = (kind: Edge['kind'], to: string | null, label: string, index = 0): void => {
    edges.push({ from: node, to, kind, label, index });
  };
  if (d.Type === 'Choice') {
    (d.Choices ?? []).forEach((rule, i) => add('choice', rule.Next, `Choices[${i}]`, i));
    if (d.Default !== undefined) add('default', d.Default, 'Default');
  } else if (d.Type === 'Succeed' || d.Type === 'Fail') {
    add('end', null, d.Type);
  } else {
    if (d.Next !== undefined) add('next', d.Next, 'Next');
    if (d.End === true) add('end', null, 'End');
  }
  (d.Catch ?? []).forEach((catcher, i) => add('catch', catcher.Next, `Catch[${i}]`, i));
  return edges;
}

/** The Map whose iteration a state belongs to, looking through Parallels; undefined outside any Map. */
export function mapAround(node: StateNode): StateNode | undefined {
  for (let scope = node.scope; scope.owner !== undefined; scope = scope.owner.scope)
    if (scope.kind === 'map') return scope.owner;
  return undefined;
}

/** Whether a Map runs its iterations as executions of their own. */
export function isDistributed(map: StateNode): boolean {
  return map.inner[0]?.definition.ProcessorConfig?.Mode === 'DISTRIBUTED';
}

/** Whether a Task invokes a Lambda function. */
export function isLambdaTask(node: StateNode): boolean {
  return node.definition.Type === 'Task' && /:lambda:|:function:/.test(node.definition.Resource ?? '');
}

/** Whether a Task starts an execution of another machine, which has an ending of its own. */
export function startsExecution(node: StateNode): boolean {
  return (
    node.definition.Type === 'Task' && /states:startExecution|sfn:startExecution/i.test(node.definition.Resource ?? '')
  );
}

/** Whether a state has a Catch that takes every error. */
export function hasCatchAll(node: StateNode): boolean {
  return (node.definition.Catch ?? []).some((catcher) => catcher.ErrorEquals.includes('States.ALL'));
}

/** How many failed items a Map puts up with, for people; undefined where none. */
export function toleration(map: StateNode): string | undefined {
  const { definition: d } = map;
  const percentage = numberOf(d.ToleratedFailurePercentage) ?? 0;
  const count = numberOf(d.ToleratedFailureCount) ?? 0;
  if (percentage > 0) return `${percentage} % of the items may fail`;
  if (count > 0) return `${count} items may fail`;
  const byPath = d.ToleratedFailurePercentagePath ?? d.ToleratedFailureCountPath;
  return byPath === undefined ? undefined : `as many items may fail as ${byPath} says`;
}
