import type { Catcher } from '../asl';
import { parsePath } from '../flow/json-path';
import { caught, payloadOf } from '../flow/state';
import { alwaysHolds, type Value } from '../flow/value';
import type { Scope, StateNode } from '../machine';
import { problem, type Context, type Problem, type Rule } from '../rule';

export const catchDropsCause: Rule = {
  id: 'catch-drops-cause',
  allowable: true,
  forbids:
    'a Catch after which error and cause do not reach the terminal state, or inside a Map or Parallel its end; one of the outermost states that overwrites what the run knew',
  why: 'the manifest then says that something failed, but not what, or not for which partition',
  check: (context) =>
    context.states.flatMap((node) =>
      // What the terminal state's own Catch keeps, no state is left to read.
      node.scope.kind === 'machine' && node.name === context.terminal
        ? []
        : (node.definition.Catch ?? []).flatMap((catcher, i) => catchProblems(context, node, catcher, `Catch[${i}]`)),
    ),
};

const KEEP = 'give the Catch a ResultPath of its own, e.g. "$.failed", and keep it until the terminal state';
const KEEP_INSIDE =
  'keep it until the end, or say in the Comment why not: "asl-lint allows catch-drops-cause: <where the cause is>"';

function catchProblems(context: Context, node: StateNode, catcher: Catcher, label: string): Problem[] {
  const outermost = node.scope.kind === 'machine';
  const keep = outermost ? KEEP : KEEP_INSIDE;
  if (node.jsonata || catcher.Assign !== undefined) {
    const text = JSON.stringify([catcher.Output ?? '$states.errorOutput', catcher.Assign]);
    if (text.includes('errorOutput') || !node.jsonata) return [];
    return [problem(node, `${label} drops error and cause`, 'put $states.errorOutput into its Output')];
  }
  if (catcher.ResultPath === null) return [problem(node, `${label} drops error and cause (ResultPath null)`, keep)];
  const input = inputOf(context, node);
  if (input === undefined) return [];
  if (!outermost)
    return reachesEnd(context, node.scope, catcher.Next, caught(catcher, input))
      ? []
      : [problem(node, `the cause that ${label} keeps is dropped before the end`, keep)];
  const lost = overwritten(input, catcher.ResultPath ?? '$');
  if (lost !== undefined) return [problem(node, `${label} overwrites ${lost} with the error`, keep)];
  return reachesTerminal(context, catcher.Next, caught(catcher, input))
    ? []
    : [problem(node, `the cause that ${label} keeps does not reach "${context.terminal}"`, keep)];
}

/** What a state is entered with; undefined where nothing enters it. */
function inputOf({ flow, follow }: Context, { scope, name }: StateNode): Value | undefined {
  if (scope.kind === 'machine') return flow.inputs.get(name);
  const entered = flow.innerInputs.get(scope);
  if (entered === undefined) return undefined;
  return follow(scope, scope.definition.StartAt, entered).inputs.get(name);
}

/** Whether the inside of a Map or Parallel ends with the cause on every way from here. A Fail hands on an error of its own: told of Maps. */
function reachesEnd({ follow }: Context, scope: Scope, from: string, value: Value): boolean {
  if (!scope.states.has(from)) return true; // Told by other rules.
  const { output } = follow(scope, from, value);
  return output === undefined || alwaysHolds(output, 'cause');
}

/** What the error output would replace: known data of the run, but not an earlier error. */
function overwritten(input: Value, resultPath: string): string | undefined {
  const path = parsePath(resultPath);
  let value: Value | undefined = input;
  for (const segment of path?.segments ?? []) {
    if (value?.kind === 'union') value = value.of.find((v) => v.kind === 'object');
    if (value?.kind !== 'object' || !('field' in segment)) return undefined;
    value = Object.hasOwn(value.fields, segment.field) ? value.fields[segment.field]?.value : undefined;
  }
  const whole = value?.kind === 'union' ? value.of.find((v) => v.kind === 'object') : value;
  if (whole === undefined || whole.kind === 'any' || alwaysHolds(whole, 'error')) return undefined;
  if (whole.kind === 'object' && Object.keys(whole.fields).length === 0) return undefined;
  return resultPath === '$' ? 'everything that the run knew' : resultPath;
}

/** Whether the terminal state is handed the cause on every way from here. */
function reachesTerminal({ machine, terminal, follow }: Context, from: string, value: Value): boolean {
  const node = machine.states.get(terminal);
  if (node === undefined || !machine.states.has(from)) return true; // Told by other rules.
  const arrived = follow(machine, from, value).inputs.get(terminal);
  return arrived === undefined || alwaysHolds(payloadOf(node, arrived), 'cause');
}
