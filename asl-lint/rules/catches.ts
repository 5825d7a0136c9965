import type { Catcher } from '../asl';
import { follow } from '../flow/follow';
import { parsePath } from '../flow/json-path';
import { caught, payloadOf } from '../flow/state';
import { alwaysHolds, type Value } from '../flow/value';
import type { StateNode } from '../machine';
import { problem, type Context, type Problem, type Rule } from '../rule';

export const catchDropsCause: Rule = {
  id: 'catch-drops-cause',
  forbids:
    'a Catch of the outermost states after which error and cause do not reach the terminal state, or that overwrites what the run knew',
  why: 'the manifest then says that something failed, but not what, or not for which partition',
  check: (context) =>
    [...context.machine.states.values()].flatMap((node) =>
      // What the terminal state's own Catch keeps, nobody is left to read.
      node.name === context.terminal
        ? []
        : (node.definition.Catch ?? []).flatMap((catcher, i) => catchProblems(context, node, catcher, `Catch[${i}]`)),
    ),
};

function catchProblems(context: Context, node: StateNode, catcher: Catcher, label: string): Problem[] {
  const keep = 'give the Catch a ResultPath of its own, e.g. "$.failed", and keep it until the terminal state';
  if (node.jsonata || catcher.Assign !== undefined) {
    const text = JSON.stringify([catcher.Output ?? '$states.errorOutput', catcher.Assign]);
    if (text.includes('errorOutput') || !node.jsonata) return [];
    return [problem(node, `${label} drops error and cause`, 'put $states.errorOutput into its Output')];
  }
  if (catcher.ResultPath === null) return [problem(node, `${label} drops error and cause (ResultPath null)`, keep)];
  const input = context.flow.inputs.get(node.name);
  if (input === undefined) return [];
  const lost = overwritten(input, catcher.ResultPath ?? '$');
  if (lost !== undefined) return [problem(node, `${label} overwrites ${lost} with the error`, keep)];
  return reachesTerminal(context, catcher.Next, caught(catcher, input))
    ? []
    : [problem(node, `the cause that ${label} keeps does not reach "${context.terminal}"`, keep)];
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
function reachesTerminal({ machine, terminal, options }: Context, from: string, value: Value): boolean {
  const node = machine.states.get(terminal);
  if (node === undefined || !machine.states.has(from)) return true; // Told by other rules.
  const arrived = follow(machine, from, value, options.shapes ?? {}).inputs.get(terminal);
  return arrived === undefined || alwaysHolds(payloadOf(node, arrived), 'cause');
}
