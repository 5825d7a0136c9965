import { numberOf, type Catcher } from '../asl';
import { edgesOf, isDistributed, mapAround, type Edge, type Scope, type StateNode } from '../machine';
import { write } from './access';
import { splitByChoice } from './choice';
import { evaluate, evaluateTemplate, type OnRead, type Surroundings } from './expression';
import { parsePath } from './json-path';
import { taskResult } from './task-result';
import { unionOf } from './union';
import {
  ANY,
  anyWith,
  EMPTY_OBJECT,
  object,
  scalar,
  tagsIn,
  valueOfJson,
  withTag,
  type ArrayValue,
  type Value,
} from './value';

/** What the analysis knows about the machine, and how it looks into Maps and Parallels. */
export interface Env {
  readonly shapes: Readonly<Record<string, Value>>;
  /** Runs the inside of a Map or Parallel: its output; undefined where it never ends normally. */
  readonly runInner: (scope: Scope, input: Value) => Value | undefined;
}

/** Data on its way out of a state. */
export interface Outgoing {
  readonly edge: Edge;
  readonly value: Value;
}

const silent: OnRead = () => undefined;

const NEEDS = [
  ['SecondsPath', 'number'],
  ['TimestampPath', 'timestamp'],
  ['ErrorPath', 'text'],
  ['CausePath', 'text'],
  ['TimeoutSecondsPath', 'number'],
] as const;

/** What a state makes of its input, and which paths it reads on the way. */
export function runState(node: StateNode, input: Value, env: Env, onRead: OnRead): Outgoing[] {
  const { definition: d } = node;
  // JSONata's expressions are not read: what comes out may be anything, and may still hold an error's cause.
  if (node.jsonata) return jsonata(node, input, env);
  const at: Surroundings = { input, inMap: mapAround(node) !== undefined };
  for (const [field, need] of NEEDS) {
    const path = d[field];
    if (path !== undefined) evaluate(path, at, field, onRead, need);
  }
  if (d.Type === 'Choice') return choice(node, at, onRead);
  const output = outputOf(node, at, env, onRead);
  return edgesOf(node).flatMap((edge) => {
    const value = edge.kind === 'catch' ? caught(d.Catch?.[edge.index], input) : output;
    return value === undefined ? [] : [{ edge, value }];
  });
}

/** What a state hands to what it does: its input after `InputPath` and, but for a Map, `Parameters`. */
export function payloadOf(node: StateNode, input: Value, onRead: OnRead = silent): Value {
  const { definition: d } = node;
  if (node.jsonata) return anyWith(tagsIn(input));
  const at: Surroundings = { input, inMap: mapAround(node) !== undefined };
  const effective = pathOr(d.InputPath, at, 'InputPath', onRead);
  if (d['Parameters'] === undefined || d.Type === 'Map') return effective;
  return evaluateTemplate(d['Parameters'], { ...at, input: effective }, 'Parameters', onRead);
}

function outputOf(node: StateNode, at: Surroundings, env: Env, onRead: OnRead): Value | undefined {
  const { definition: d } = node;
  const payload = payloadOf(node, at.input, onRead);
  const raw = resultOf(node, payload, env, onRead);
  if (raw === undefined) return undefined;
  const selector = d['ResultSelector'];
  const result =
    selector === undefined ? raw : evaluateTemplate(selector, { ...at, input: raw }, 'ResultSelector', onRead);
  const combined =
    d.Type === 'Wait' || d.Type === 'Succeed' || d.Type === 'Fail' ? payload : place(d.ResultPath, at.input, result);
  return pathOr(d.OutputPath, { ...at, input: combined }, 'OutputPath', onRead);
}

function resultOf(node: StateNode, payload: Value, env: Env, onRead: OnRead): Value | undefined {
  const { definition: d } = node;
  switch (d.Type) {
    case 'Task':
      return taskResult(node, payload, env.shapes);
    case 'Pass':
      return d['Result'] === undefined ? payload : valueOfJson(d['Result']);
    case 'Map':
      return mapResult(node, payload, env, onRead);
    case 'Parallel': {
      const branches = node.inner.map((branch) => env.runInner(branch, payload));
      const tuple = branches.filter((v) => v !== undefined);
      return tuple.length < branches.length ? undefined : { kind: 'array', items: ANY, tuple };
    }
    default:
      return payload;
  }
}

function mapResult(node: StateNode, input: Value, env: Env, onRead: OnRead): Value | undefined {
  const { definition: d } = node;
  const outside: Surroundings = { input, inMap: mapAround(node) !== undefined };
  const { ItemReader: reader, ItemBatcher: batcher } = d;
  const items = reader === undefined ? evaluate(d.ItemsPath ?? '$', outside, 'ItemsPath', onRead, 'list') : ANY;
  if (reader !== undefined) evaluateTemplate(reader, outside, 'ItemReader', onRead);
  const selector = d['ItemSelector'] ?? d['Parameters'];
  const each = itemOf(items);
  const item =
    selector === undefined
      ? each
      : evaluateTemplate(selector, { input, inMap: true, item: each }, 'ItemSelector', onRead);
  const first = batcher === undefined ? item : ({ ...object({ Items: item }), rest: anyWith(['item']) } as Value);
  const output = node.inner[0] === undefined ? ANY : env.runInner(node.inner[0], first);
  if (d['ResultWriter'] !== undefined) return ANY;
  const tolerates = isDistributed(node) && (numberOf(d.ToleratedFailurePercentage) ?? 0) > 0;
  // An empty list of items gives an empty list of results, so a Map whose iterations never end well can still end well.
  return { kind: 'array', items: output === undefined || tolerates ? ANY : output, ...mostOf(items) };
}

/** A Map leaves as many results as it has items. */
function mostOf(items: Value): Pick<ArrayValue, 'most'> {
  if (items.kind !== 'array') return {};
  const most = items.tuple?.length ?? items.most;
  return most === undefined ? {} : { most };
}

/** What is known of each item of a list; it carries the mark of an item. */
function itemOf(items: Value): Value {
  if (items.kind !== 'array') return anyWith([...tagsIn(items), 'item']);
  return withTag((items.tuple === undefined ? items.items : unionOf(items.tuple)) ?? ANY, 'item');
}

function choice(node: StateNode, at: Surroundings, onRead: OnRead): Outgoing[] {
  const { definition: d } = node;
  const input = pathOr(d.InputPath, at, 'InputPath', onRead);
  const split = splitByChoice(d.Choices ?? [], input, at.inMap, onRead);
  return edgesOf(node).flatMap((edge) => {
    const value = edge.kind === 'default' ? split.otherwise : split.chosen[edge.index];
    if (value === undefined) return [];
    return [{ edge, value: pathOr(d.OutputPath, { ...at, input: value }, 'OutputPath', onRead) }];
  });
}

/** What Step Functions reports of an error, at most: 256 characters of a name, and 32,768 of a cause. */
const ERROR_OUTPUT = object({
  Error: { ...scalar('string', ['error']), bytes: 258 },
  Cause: { ...scalar('string', ['cause']), bytes: 32_770 },
});

/** What a Catch hands on: the input with the error at `ResultPath`. */
export function caught(catcher: Catcher | undefined, input: Value): Value {
  return place(catcher?.ResultPath, input, ERROR_OUTPUT);
}

function jsonata(node: StateNode, input: Value, env: Env): Outgoing[] {
  for (const inner of node.inner) env.runInner(inner, ANY);
  return edgesOf(node).map((edge) => {
    const tags = edge.kind === 'catch' ? (['error', 'cause'] as const) : tagsIn(input);
    return { edge, value: anyWith(tags) };
  });
}

function place(resultPath: string | null | undefined, input: Value, result: Value): Value {
  if (resultPath === null) return input;
  const path = resultPath === undefined ? undefined : parsePath(resultPath);
  return write(input, path?.segments ?? [], result);
}

function pathOr(path: string | null | undefined, at: Surroundings, field: string, onRead: OnRead): Value {
  if (path === null) return EMPTY_OBJECT;
  return path === undefined ? at.input : evaluate(path, at, field, onRead);
}
