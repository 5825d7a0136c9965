import { read, type Found } from './access';
import { contextPath } from './context';
import { isIntrinsic, parsePath, pathsInIntrinsic } from './json-path';
import { ANY, anyWith, object, scalar, tagsIn, valueOfJson, type Value } from './value';

/** What a field of a state takes; a value of another type ends the execution, as a path does that is missing. */
export type Need = 'text' | 'timestamp' | 'number' | 'list';

/** Told of every path that a state reads: where it is written, the path, what was found there, and what is needed. */
export type OnRead = (field: string, path: string, found: Found, need?: Need) => void;

/** What an expression may refer to: `$` and, inside a Map, `$$.Map`. */
export interface Surroundings {
  readonly input: Value;
  readonly inMap: boolean;
  /** `$$.Map.Item.Value`, where something is known about it. */
  readonly item?: Value;
}

/** What a path (`$.a`, `$$.Execution.Id`) or an intrinsic function (`States.Format(…)`) yields. */
export function evaluate(text: string, at: Surroundings, field: string, onRead: OnRead, need?: Need): Value {
  if (isIntrinsic(text)) {
    const read = pathsInIntrinsic(text).map((path) => evaluatePath(path, at, field, onRead));
    return intrinsicResult(text, read);
  }
  return evaluatePath(text, at, field, onRead, need);
}

function evaluatePath(text: string, at: Surroundings, field: string, onRead: OnRead, need?: Need): Value {
  const path = parsePath(text);
  // Step Functions refuses what is not a path when the machine is created; variables are not followed.
  if (path === undefined || path.root === 'variable') return ANY;
  const found = path.root === '$$' ? contextPath(path.segments, at.inMap, at.item) : read(at.input, path.segments);
  onRead(field, text, found, need);
  return found.value;
}

/** The result's type where it is certain; what came from an error's cause still does. */
function intrinsicResult(text: string, args: readonly Value[]): Value {
  const tags = args.flatMap(tagsIn);
  const name = /^States\.(\w+)/.exec(text.trim())?.[1] ?? '';
  if (['Format', 'JsonToString', 'Base64Encode', 'Base64Decode', 'Hash', 'UUID'].includes(name))
    return scalar('string', tags);
  if (['ArrayLength', 'MathRandom', 'MathAdd'].includes(name)) return scalar('number', tags);
  return anyWith(tags);
}

/** A payload template (`Parameters`, `ResultSelector`, `ItemSelector`): keys that end in `.$` hold expressions. */
export function evaluateTemplate(template: unknown, at: Surroundings, field: string, onRead: OnRead): Value {
  if (Array.isArray(template)) {
    const tuple = template.map((item, i) => evaluateTemplate(item, at, `${field}[${i}]`, onRead));
    return { kind: 'array', items: ANY, tuple };
  }
  if (typeof template !== 'object' || template === null) return valueOfJson(template);
  const fields = Object.entries(template).map(([key, value]): [string, Value] => {
    const name = `${field}.${key}`;
    if (key.endsWith('.$') && typeof value === 'string') return [key.slice(0, -2), evaluate(value, at, name, onRead)];
    return [key, evaluateTemplate(value, at, name, onRead)];
  });
  return object(Object.fromEntries(fields));
}
