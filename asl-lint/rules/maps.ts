import { caught } from '../flow/state';
import { alwaysHolds, type Tag, type Value } from '../flow/value';
import { describeWay, reachable } from '../graph';
import { edgesOf, startsExecution, toleration, type Scope, type StateNode } from '../machine';
import { problem, type Context, type Problem, type Rule } from '../rule';

export const mapSwallowsFailures: Rule = {
  id: 'map-swallows-failures',
  forbids:
    "a Map that tolerates failed items which left nothing behind, whose iteration's Catch loses the item or the error or ends in a Fail, or that throws its result away",
  why: 'items fail, and the run looks complete',
  check: (context) =>
    context.states.filter((node) => node.definition.Type === 'Map').flatMap((map) => mapProblems(context, map)),
};

function mapProblems(context: Context, map: StateNode): Problem[] {
  const iteration = map.inner[0];
  if (iteration === undefined) return [];
  const catches = catchesOf(iteration);
  const found = catches.flatMap((way) => catchProblems(context, iteration, way));
  const tolerated = toleration(map);
  const leavesNothing = tolerated !== undefined && map.definition['ResultWriter'] === undefined;
  const uncaught = [...iteration.states.values()].filter(canFail).filter((node) => !hasWayOut(node));
  if (leavesNothing && uncaught.length > 0)
    found.push(
      problem(
        map,
        `${tolerated}, but a failed "${uncaught[0]?.name}" leaves nothing behind`,
        'catch States.ALL inside and end the iteration in a Pass that keeps the item and the error',
      ),
    );
  const data = catches.some(({ node }) => !startsExecution(node));
  if (map.definition.ResultPath === null && data)
    found.push(
      problem(
        map,
        'the Map throws its result away, and with it which items failed',
        'keep it: "ResultPath": "$.items"',
      ),
    );
  return found;
}

const canFail = (node: StateNode): boolean => ['Task', 'Map', 'Parallel'].includes(node.definition.Type);

const hasWayOut = (node: StateNode): boolean =>
  (node.definition.Catch ?? []).some((catcher) => catcher.ErrorEquals.includes('States.ALL'));

interface CaughtWay {
  readonly node: StateNode;
  readonly index: number;
}

/** The catchers of an iteration's own states. */
function catchesOf(iteration: Scope): CaughtWay[] {
  return [...iteration.states.values()].flatMap((node) =>
    (node.definition.Catch ?? []).map((_, index) => ({ node, index })),
  );
}

function catchProblems(context: Context, iteration: Scope, { node, index }: CaughtWay): Problem[] {
  const catcher = node.definition.Catch?.[index];
  // A child execution has a history and an ending of its own: its iteration need not repeat them.
  if (catcher === undefined || node.jsonata || startsExecution(node) || !iteration.states.has(catcher.Next)) return [];
  const label = `Catch[${index}]`;
  const fail = [...reachable(iteration, [catcher.Next], { withoutCatch: true })].find(
    (name) => iteration.states.get(name)?.definition.Type === 'Fail',
  );
  if (fail !== undefined && toleration(node.scope.owner as StateNode) !== undefined)
    return [problem(node, `${label} leads to "${fail}": the failed item leaves nothing behind`, keepHint)];
  if (fail !== undefined)
    return [problem(node, `${label} leads to "${fail}": one failed item ends the whole Map`, keepHint)];
  const input: Value = itemInput(context, iteration);
  const at = context.follow(iteration, iteration.definition.StartAt, input).inputs.get(node.name);
  if (at === undefined) return [];
  const { output } = context.follow(iteration, catcher.Next, caught(catcher, at));
  const lost = lostTags(output);
  if (lost.length === 0) return [];
  const way = describeWay(edgesOf(node).filter((edge) => edge.kind === 'catch' && edge.index === index));
  const what = lost.map((tag) => (tag === 'item' ? 'which item it was' : "the error's name")).join(' and ');
  return [problem(node, `a failed item leaves the Map without ${what}: ${way}`, keepHint)];
}

const keepHint =
  'lead the Catch to a Pass whose Parameters keep the item (e.g. "index.$") and the error ("error.$": "$.failed.Error")';

function lostTags(output: Value | undefined): Tag[] {
  if (output === undefined) return [];
  return (['item', 'error'] as const).filter((tag) => !alwaysHolds(output, tag));
}

/** What an iteration is entered with, as the analysis of the whole machine found it. */
function itemInput(context: Context, iteration: Scope): Value {
  return context.flow.innerInputs.get(iteration) ?? { kind: 'any', tags: ['item'] };
}
