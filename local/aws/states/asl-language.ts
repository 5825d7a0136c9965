import { StateMachine } from 'aws-local-stepfunctions';
import { StateError, type AslContext, type ChoiceRule, type StateDefinition } from './asl-types';
import { evaluateIntrinsic, isIntrinsic } from './asl-intrinsics';

/**
 * The language's data flow and choices, as `aws-local-stepfunctions` evaluates them. Each call runs
 * a machine of one state through that library; time, retries, Map and history are the engine's own.
 * What the library gets wrong is rewritten before it sees it; docs/decisions/local-step-functions.md
 * lists those cases.
 */

/** The library overwrites `$$.Execution`, so the context is handed to it one level down. */
function shiftContext(path: string): string {
  return path.replace(/\$\$(?=$|[.[,)\s])/g, '$$$$.Local');
}

type Library = Readonly<Record<string, unknown>>;

async function run(
  states: Library,
  start: string,
  input: unknown,
  context: AslContext,
  handlers: Record<string, (value: unknown) => unknown>,
  extra: Library = {},
): Promise<unknown> {
  const machine = new StateMachine({ StartAt: start, States: states } as never, {
    validationOptions: { noValidate: true },
  });
  const execution = machine.run(input as never, {
    context: { Local: context, ...extra },
    overrides: { taskResourceLocalHandlers: handlers as never },
  });
  try {
    return await execution.result;
  } catch (thrown) {
    throw asStateError((thrown as { cause?: unknown }).cause ?? thrown);
  }
}

/** One Task in the library: its input goes through `fields`, `work` makes its result. */
function runTask(
  fields: Library,
  input: unknown,
  context: AslContext,
  work: (value: unknown) => unknown,
  extra?: Library,
): Promise<unknown> {
  return run(
    { State: { Type: 'Task', Resource: 'local', End: true, ...fields } },
    'State',
    input,
    context,
    { State: work },
    extra,
  );
}

function asStateError(thrown: unknown): StateError {
  if (thrown instanceof StateError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const known = error.name.startsWith('States.') && error.name !== 'States.Runtime';
  return known ? new StateError(error.name, error.message) : new StateError('States.Runtime', error.message, false);
}

/** The value at a path (`$…` or `$$…`) or of an intrinsic function. */
export async function query(path: string, input: unknown, context: AslContext): Promise<unknown> {
  if (path === '$') return input;
  if (isIntrinsic(path))
    return evaluateIntrinsic(
      path,
      (each) => query(each, input, context),
      (call, args) => library(call, args, context),
    );
  return runTask({ InputPath: shiftContext(path) }, input, context, (value) => value);
}

async function library(call: string, args: readonly unknown[], context: AslContext): Promise<unknown> {
  const result = await runTask({ Parameters: { 'value.$': call } }, { args }, context, (value) => value);
  return (result as { value: unknown }).value;
}

/** A payload template (Parameters, ResultSelector, ItemSelector) filled in. */
export async function fill(template: unknown, input: unknown, context: AslContext): Promise<unknown> {
  const computed: unknown[] = [];
  const prepare = async (part: unknown): Promise<unknown> => {
    if (Array.isArray(part)) return Promise.all(part.map(prepare));
    if (typeof part !== 'object' || part === null) return part;
    const entries = Object.entries(part).map(async ([key, value]) => {
      if (!key.endsWith('.$') || typeof value !== 'string') return [key, await prepare(value)] as const;
      if (value !== '$' && !isIntrinsic(value)) return [key, shiftContext(value)] as const;
      const position = computed.push(undefined) - 1;
      computed[position] = await query(value, input, context);
      return [key, `$$.Computed[${position}]`] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  };
  const prepared = await prepare(template);
  return runTask({ Parameters: prepared }, input, context, (value) => value, { Computed: computed });
}

/** What the state works on: InputPath, then Parameters. */
export async function effectiveInput(state: StateDefinition, input: unknown, context: AslContext): Promise<unknown> {
  let value = input;
  if (state.InputPath === null) value = {};
  else if (state.InputPath !== undefined) value = await query(state.InputPath, value, context);
  if (state.Parameters !== undefined && state.Type !== 'Map') value = await fill(state.Parameters, value, context);
  return value;
}

/** What the state passes on: ResultSelector, ResultPath, OutputPath. */
export async function effectiveOutput(
  state: StateDefinition,
  input: unknown,
  result: unknown,
  context: AslContext,
): Promise<unknown> {
  const selected = state.ResultSelector === undefined ? result : await fill(state.ResultSelector, result, context);
  const placed = await place(state.ResultPath, input, selected, context);
  if (state.OutputPath === null) return {};
  return state.OutputPath === undefined ? placed : query(state.OutputPath, placed, context);
}

/** The input with a value placed at a ResultPath. */
export async function place(
  resultPath: string | null | undefined,
  input: unknown,
  value: unknown,
  context: AslContext,
): Promise<unknown> {
  if (resultPath === undefined || resultPath === '$') return value;
  return runTask({ ResultPath: resultPath }, input, context, () => value);
}

/** The state that a Choice leads to. */
export async function choose(state: StateDefinition, input: unknown, context: AslContext): Promise<string> {
  const rules = (state.Choices ?? []).map((rule) => ({ ...rewriteRule(rule), Next: rule.Next }));
  const targets = [
    ...new Set([...rules.map((rule) => rule.Next ?? ''), ...(state.Default === undefined ? [] : [state.Default])]),
  ];
  const names = new Map(targets.map((target, index) => [target, `Target${index}`]));
  let chosen = '';
  const states: Record<string, unknown> = {
    State: {
      Type: 'Choice',
      Choices: rules.map((rule) => ({ ...rule, Next: names.get(rule.Next ?? '') })),
      ...(state.Default === undefined ? {} : { Default: names.get(state.Default) }),
    },
  };
  const handlers: Record<string, (value: unknown) => unknown> = {};
  for (const [target, name] of names) {
    states[name] = { Type: 'Task', Resource: 'local', End: true };
    handlers[name] = () => {
      chosen = target;
      return null;
    };
  }
  await run(states, 'State', input, context, handlers);
  return chosen;
}

const TYPE_TESTS = ['IsPresent', 'IsNull', 'IsString', 'IsNumeric', 'IsBoolean', 'IsTimestamp'];

/**
 * The library takes `IsX: false` for "never" and compares values of different types as JavaScript
 * does; on AWS the first means "is not X", and the second is false. Said in a way that it gets right:
 */
function rewriteRule(rule: ChoiceRule): ChoiceRule {
  const shifted = Object.fromEntries(
    Object.entries(rule).map(([key, value]) => [
      key,
      (key === 'Variable' || key.endsWith('Path')) && typeof value === 'string' ? shiftContext(value) : value,
    ]),
  ) as ChoiceRule;
  const { Next: _, ...test } = shifted;
  if (Array.isArray(test['And'])) return { And: (test['And'] as ChoiceRule[]).map(rewriteRule) };
  if (Array.isArray(test['Or'])) return { Or: (test['Or'] as ChoiceRule[]).map(rewriteRule) };
  if (test['Not'] !== undefined) return { Not: rewriteRule(test['Not'] as ChoiceRule) };
  const { Variable } = test;
  const operator = Object.keys(test).find((key) => key !== 'Variable' && key !== 'Comment') ?? '';
  const typeTest = TYPE_TESTS.includes(operator);
  if (typeTest) return test[operator] === false ? { Not: { Variable, [operator]: true } } : test;
  const type = /^(String|Numeric|Boolean|Timestamp)/.exec(operator)?.[1];
  if (type === undefined) throw new StateError('States.Runtime', `Unknown comparison ${operator}`, false);
  const value = operator === 'StringMatches' ? String(test[operator]).replaceAll('?', '\\?') : test[operator];
  return {
    And: [
      { Variable, [`Is${type}`]: true },
      { Variable, [operator]: value },
    ],
  };
}
