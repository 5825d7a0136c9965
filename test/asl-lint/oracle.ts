import type { Json } from './own-machine';

/**
 * Runs a state machine on data, to see whether it dies of States.Runtime, which nothing catches: by other means than the linter, which
 * never sees data. Knows what our own machines use of the language, and no time.
 */

/** The execution died of what no Catch takes: a path that is not there, or a value of another type than the state needs. */
export class RuntimeDeath extends Error {
  override readonly name = 'RuntimeDeath';
}
/** An error that a Catch takes. */
class StateFailed extends Error {
  override readonly name = 'StateFailed';
  constructor(
    readonly error: string,
    readonly text: string,
  ) {
    super(error);
  }
}

/** What a Task answers: a result, or an error. */
export type Answer = { readonly result: unknown } | { readonly error: string };
export type Answerer = (state: string) => Answer;

/** States after which a run is taken to go on for ever. */
const MOST_STATES = 80;

/** @throws RuntimeDeath */
export function runOn(machine: Json, executionInput: unknown, answer: Answerer): void {
  const context = {
    Execution: { Id: 'arn', Name: 'name', StartTime: '2026-01-20T05:00:00Z', Input: executionInput },
    State: { Name: 's', EnteredTime: '2026-01-20T05:00:00Z', RetryCount: 0 },
    StateMachine: { Id: 'arn', Name: 'name' },
  };
  try {
    scope(machine, executionInput, context, { answer, left: MOST_STATES });
  } catch (error) {
    if (!(error instanceof StateFailed) && !(error instanceof Endless)) throw error;
  }
}

class Endless extends Error {
  override readonly name = 'Endless';
}
interface Run {
  readonly answer: Answerer;
  left: number;
}

function scope(machine: Json, input: unknown, context: Json, run: Run): unknown {
  let value = input;
  for (let name: string | undefined = machine.StartAt; name !== undefined;) {
    if (run.left-- <= 0) throw new Endless();
    const state: Json = machine.States[name];
    if (state.Type === 'Choice') {
      name = choose(state, value, context);
      continue;
    }
    let caught: Json;
    try {
      value = step(name, state, value, context, run);
    } catch (error) {
      if (!(error instanceof StateFailed)) throw error;
      caught = (state.Catch ?? []).find(({ ErrorEquals }: Json) =>
        ErrorEquals.some((one: string) => one === 'States.ALL' || one === error.error),
      );
      if (caught === undefined) throw error;
      value = put(caught.ResultPath, value, { Error: error.error, Cause: error.text }, false);
    }
    if (state.Type === 'Succeed') return value;
    name = caught === undefined ? state.Next : caught.Next;
  }
  return value;
}

function step(name: string, state: Json, input: unknown, context: Json, run: Run): unknown {
  const effective = state.InputPath === undefined ? input : at(state.InputPath, input, context);
  const payload = state.Parameters === undefined ? effective : fill(state.Parameters, effective, context);
  const result = resultOf(name, state, payload, context, run);
  if (['Succeed', 'Wait'].includes(state.Type)) return result;
  const selected = state.ResultSelector === undefined ? result : fill(state.ResultSelector, result, context);
  const placed = put(state.ResultPath, input, selected, true);
  return state.OutputPath === undefined ? placed : at(state.OutputPath, placed, context);
}

function resultOf(name: string, state: Json, payload: unknown, context: Json, run: Run): unknown {
  switch (state.Type) {
    case 'Task': {
      const answer = run.answer(name);
      if ('error' in answer) throw new StateFailed(answer.error, 'why');
      return String(state.Resource).endsWith('lambda:invoke')
        ? { Payload: answer.result, StatusCode: 200 }
        : answer.result;
    }
    case 'Map': {
      const items = at(state.ItemsPath ?? '$', payload, context);
      if (!Array.isArray(items)) throw new RuntimeDeath(`${name}: ItemsPath is no list`);
      return items.map((item, Index) =>
        iteration(state, payload, { ...context, Map: { Item: { Index, Value: item } } }, run),
      );
    }
    case 'Pass':
      return state.Result ?? payload;
    case 'Wait':
      if (state.TimestampPath !== undefined && !isTimestamp(at(state.TimestampPath, payload, context)))
        throw new RuntimeDeath(`${name}: TimestampPath is no timestamp`);
      return payload;
    case 'Fail':
      for (const field of ['ErrorPath', 'CausePath'])
        if (state[field] !== undefined && typeof at(state[field], payload, context) !== 'string')
          throw new RuntimeDeath(`${name}: ${field} is no text`);
      throw new StateFailed(String(state.Error ?? 'failed'), '');
    default:
      return payload;
  }
}

function iteration(map: Json, input: unknown, context: Json, run: Run): unknown {
  const tolerated = map.ToleratedFailurePercentage === 100;
  const item = map.ItemSelector === undefined ? context.Map.Item.Value : fill(map.ItemSelector, input, context);
  // The children of a Distributed Map are executions: only they die.
  const inside = map.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED' ? { ...context } : context;
  try {
    return scope(map.ItemProcessor, item, inside, run);
  } catch (error) {
    if (tolerated && error instanceof StateFailed) return null;
    throw error;
  }
}

function choose(state: Json, input: unknown, context: Json): string {
  for (const rule of state.Choices) if (holds(rule, input, context)) return rule.Next;
  if (state.Default === undefined) throw new RuntimeDeath('no choice matched');
  return state.Default;
}

function holds(rule: Json, input: unknown, context: Json): boolean {
  if (rule.And !== undefined) return rule.And.every((one: Json) => holds(one, input, context));
  if (rule.Or !== undefined) return rule.Or.some((one: Json) => holds(one, input, context));
  if (rule.Not !== undefined) return !holds(rule.Not, input, context);
  if (rule.IsPresent !== undefined) return (find(rule.Variable, input, context) !== undefined) === rule.IsPresent;
  const value = at(rule.Variable, input, context);
  if (rule.IsString !== undefined) return (typeof value === 'string') === rule.IsString;
  if (rule.IsTimestamp !== undefined) return isTimestamp(value) === rule.IsTimestamp;
  if (rule.IsNull !== undefined) return (value === null) === rule.IsNull;
  for (const operator of ['BooleanEquals', 'NumericEquals', 'StringEquals'])
    if (rule[operator] !== undefined) return value === rule[operator];
  throw new Error(`the oracle does not know ${JSON.stringify(rule)}`);
}

/** Undefined where there is nothing. */
function find(path: string, input: unknown, context: Json): unknown {
  const root = path.startsWith('$$') ? context : input;
  const names = path
    .replace(/^\$+\.?/, '')
    .split('.')
    .filter((name) => name !== '');
  return names.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
        ? (value as Json)[name]
        : undefined,
    root,
  );
}

function at(path: string, input: unknown, context: Json): unknown {
  const value = find(path, input, context);
  if (value === undefined) throw new RuntimeDeath(`${path} is not there`);
  return value;
}

function fill(template: unknown, input: unknown, context: Json): unknown {
  if (Array.isArray(template)) return template.map((one) => fill(one, input, context));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), expression(String(value), input, context)]
        : [key, fill(value, input, context)],
    ),
  );
}

function expression(text: string, input: unknown, context: Json): unknown {
  if (!text.startsWith('States.')) return at(text, input, context);
  const values = [...text.matchAll(/\$[$.\w]+/g)].map(([path]) => at(path, input, context));
  if (values.some((value) => typeof value === 'object')) throw new StateFailed('States.IntrinsicFailure', text);
  return values.join('-');
}

function put(path: string | null | undefined, input: unknown, value: unknown, mayFail: boolean): unknown {
  if (path === null) return input;
  if (path === undefined || path === '$') return value;
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    if (mayFail) throw new StateFailed('States.ResultPathMatchFailure', path);
    throw new RuntimeDeath(`the error can't be put at ${path}`);
  }
  const whole = structuredClone(input) as Json;
  const names = path.slice(2).split('.');
  let here = whole;
  for (const name of names.slice(0, -1))
    here = here[name] = typeof here[name] === 'object' && here[name] !== null ? here[name] : {};
  here[names.at(-1) ?? ''] = value;
  return whole;
}

function isTimestamp(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}
