/** The part of Amazon States Language that a picture shows. */
interface AslState {
  readonly Type: string;
  readonly Comment?: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string; readonly Comment?: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly MaxConcurrency?: number;
  readonly ItemProcessor?: AslMachine;
}
export interface AslMachine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, AslState>>;
}

export interface Node {
  readonly name: string;
  readonly type: string;
  /** A few words under the name; empty for none. */
  readonly note: string;
  /** What a Map does with each item. */
  readonly inner: Graph | undefined;
}
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** Whether it is taken only when something went wrong: an error that was caught, an unexpected output. */
  readonly exceptional: boolean;
  /** Whether it leads back to a state that was there before. */
  readonly back: boolean;
}
export interface Graph {
  readonly start: string;
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

/** What there is to draw of a definition. States and edges come in the order in which they are reached, so that equal machines give equal pictures. */
export function graphOf(machine: AslMachine): Graph {
  const order = reachable(machine);
  const isBack = backEdges(machine);
  return {
    start: machine.StartAt,
    nodes: order.map((name) => nodeOf(name, stateOf(machine, name))),
    edges: order
      .flatMap((name) => edgesOf(name, stateOf(machine, name)))
      .map((edge) => ({ ...edge, back: isBack(edge) })),
  };
}

function stateOf({ States }: AslMachine, name: string): AslState {
  const state = States[name];
  if (state === undefined) throw new Error(`no state ${name}`);
  return state;
}

/** Breadth first, ordinary ways before exceptional ones. */
function reachable(machine: AslMachine): string[] {
  const order = [machine.StartAt];
  for (const name of order) {
    for (const { to } of edgesOf(name, stateOf(machine, name))) if (!order.includes(to)) order.push(to);
  }
  return order;
}

/** Which edges close a circle, found by going deep: they lead to a state on the way from the start to their own. */
function backEdges(machine: AslMachine): (edge: Way) => boolean {
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const here = [...path, name];
    for (const { to } of edgesOf(name, stateOf(machine, name))) {
      if (here.includes(to)) found.add(`${name}>${to}`);
      else if (!done.has(to)) visit(to, here);
    }
    done.add(name);
  };
  visit(machine.StartAt, []);
  return ({ from, to }) => found.has(`${from}>${to}`);
}

function nodeOf(name: string, state: AslState): Node {
  return {
    name,
    type: state.Type,
    note: noteOf(state),
    inner: state.ItemProcessor === undefined ? undefined : graphOf(state.ItemProcessor),
  };
}

function noteOf({ Type, Resource, TimeoutSeconds, MaxConcurrency }: AslState): string {
  if (Resource?.includes('states:startExecution') === true) return 'an execution of PartitionRun';
  if (Type === 'Task' && TimeoutSeconds !== undefined)
    return `λ  up to ${Math.round(TimeoutSeconds / 60)} min, retried`;
  if (Type === 'Map')
    return MaxConcurrency === undefined
      ? 'each item'
      : `each item, ${MaxConcurrency === 1 ? 'one after the other' : `${MaxConcurrency} at a time`}`;
  if (Type === 'Wait') return 'until a time';
  return '';
}

type Way = Omit<Edge, 'back'>;

function edgesOf(from: string, state: AslState): Way[] {
  const edges: Way[] = [];
  if (state.Next !== undefined) edges.push({ from, to: state.Next, label: '', exceptional: false });
  const choices = state.Choices ?? [];
  for (const { Next, Comment = '' } of choices) edges.push({ from, to: Next, label: Comment, exceptional: false });
  if (state.Default !== undefined) {
    // With one answer asked for, the default is the other; with several, it is what should not happen.
    const unexpected = choices.length > 1;
    const label = unexpected ? 'neither' : choices[0]?.Comment === 'yes' ? 'no' : 'else';
    edges.push({ from, to: state.Default, label, exceptional: unexpected });
  }
  for (const to of new Set((state.Catch ?? []).map(({ Next }) => Next))) {
    edges.push({ from, to, label: '', exceptional: true });
  }
  return edges;
}
