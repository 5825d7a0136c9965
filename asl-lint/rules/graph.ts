import { reachable } from '../graph';
import { edgesOf, scopesOf, type Scope } from '../machine';
import { problem, type Context, type Problem, type Rule } from '../rule';

const inEachScope =
  (check: (scope: Scope) => Problem[]) =>
  ({ machine }: Context): Problem[] =>
    scopesOf(machine).flatMap(check);

const pathOf = (scope: Scope, name: string): string =>
  scope.states.get(name)?.path ?? (scope.owner === undefined ? name : `${scope.owner.path}/${name}`);

export const unknownTarget: Rule = {
  id: 'unknown-target',
  forbids: 'a StartAt, Next, Default, Choice or Catch that names no state of the same machine, Map or branch',
  why: 'Step Functions refuses the definition when it is deployed, or the state that was meant is never reached',
  check: inEachScope((scope) => {
    const { StartAt: start } = scope.definition;
    const names = [...scope.states.keys()].join(', ');
    const hint = `name one of: ${names}`;
    const head = scope.states.has(start)
      ? []
      : [problem(scope.owner ?? '(machine)', `StartAt names "${start}", which does not exist here`, hint)];
    const targets = [...scope.states.values()].flatMap((node) =>
      edgesOf(node)
        .filter((edge) => edge.to !== null && !scope.states.has(edge.to))
        .map((edge) => problem(node, `${edge.label} names "${edge.to}", which does not exist here`, hint)),
    );
    return [...head, ...targets];
  }),
};

export const deadEnd: Rule = {
  id: 'dead-end',
  forbids: 'a state with neither Next nor End, a Choice without choices, or a state with both Next and End',
  why: 'the definition does not say what follows',
  check: ({ states }) =>
    states.flatMap((node) => {
      const { Type, Next, End, Choices } = node.definition;
      if (Type === 'Choice')
        return (Choices ?? []).length > 0 ? [] : [problem(node, 'the Choice has no choices', 'add one, or use Next')];
      if (Type === 'Succeed' || Type === 'Fail') return [];
      if (Next !== undefined && End === true)
        return [problem(node, 'the state has both Next and End', 'keep one of them')];
      return Next !== undefined || End === true
        ? []
        : [problem(node, 'the state has neither Next nor End', 'add "Next": "<state>"')];
    }),
};

export const unreachableState: Rule = {
  id: 'unreachable-state',
  forbids:
    'a state that no path from StartAt enters, or that none enters with data that the states before it can leave',
  why: 'a transition to it was lost, or a question is never answered that way: what the state should do never happens',
  check: (context) => {
    const alone = inEachScope((scope) => {
      const seen = reachable(scope, [scope.definition.StartAt]);
      return [...scope.states.values()]
        .filter((node) => !seen.has(node.name))
        .map((node) =>
          problem(node, 'no path from StartAt enters this state', 'lead a transition to it, or remove the state'),
        );
    })(context);
    const told = new Set(alone.map((found) => found.state));
    return [...alone, ...neverEntered(context, told)];
  },
};

/** States that only answers lead to which never come. Only the first of a row is named: the others follow from it. */
function neverEntered({ states, flow }: Context, told: ReadonlySet<string>): Problem[] {
  return states
    .filter((node) => flow.entered.has(node))
    .flatMap(edgesOf)
    .flatMap((edge) => {
      const node = edge.to === null ? undefined : edge.from.scope.states.get(edge.to);
      if (node === undefined || flow.entered.has(node) || told.has(node.path) || edge.kind !== 'choice') return [];
      const message = `${edge.from.name} never answers ${edge.label}: the data that it is asked about can't be so`;
      return [problem(node, message, 'compare what the states before it leave: paths, types, values')];
    });
}

export const endlessCycle: Rule = {
  id: 'endless-cycle',
  forbids: 'a cycle that nothing but an error leaves',
  why: "the run goes round until the machine's time-out or the limit of 25,000 events, neither of which can be caught",
  check: inEachScope((scope) => {
    const ends = (name: string): boolean => {
      const node = scope.states.get(name);
      return node !== undefined && edgesOf(node).some((edge) => edge.kind !== 'catch' && edge.to === null);
    };
    const entered = reachable(scope, [scope.definition.StartAt]);
    const cycles = new Map<string, string[]>();
    for (const name of entered) {
      const node = scope.states.get(name);
      if (node === undefined) continue;
      const ahead = edgesOf(node).flatMap((edge) => (edge.kind === 'catch' || edge.to === null ? [] : [edge.to]));
      const onward = reachable(scope, ahead, { withoutCatch: true });
      if (!onward.has(name) || [...onward].some(ends)) continue;
      const round = [...onward].filter((other) => reachable(scope, [other], { withoutCatch: true }).has(name)).sort();
      cycles.set(round.join(' ↔ '), round);
    }
    return [...cycles].map(([text, round]) =>
      problem(
        pathOf(scope, round[0] ?? ''),
        `the cycle ${text} has no way out but an error`,
        'add a Choice that leaves it after a bounded time',
      ),
    );
  }),
};
