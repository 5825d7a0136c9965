import type { Segment } from './json-path';
import { write } from './access';
import { unionOf } from './union';
import { ANY, literal, scalar, type Literal, type Scalar, type Value } from './value';

/** What a Choice asks of a path, as far as it tells alternatives apart. */
export type Test =
  | { readonly op: 'present' }
  | { readonly op: 'equals'; readonly to: Literal }
  | { readonly op: 'type'; readonly is: ScalarType };

/** What `IsString`, `IsTimestamp` and the like ask for. */
export type ScalarType = 'string' | 'number' | 'boolean' | 'timestamp';

/** A place that may hold a value, or nothing. */
interface Slot {
  readonly value: Value | undefined;
  readonly absent: boolean;
}

/** Value → path, test and truth → what was left of it. The same alternatives come by the same Choices again and again. */
const left = new WeakMap<Value, Map<string, Value | undefined>>();

/** What is left of a value when a test on a path came out as `truth`; undefined where it can't have. */
export function narrow(value: Value, segments: readonly Segment[], test: Test, truth: boolean): Value | undefined {
  const known = left.get(value) ?? new Map<string, Value | undefined>();
  left.set(value, known);
  const key = JSON.stringify([segments, test, truth]);
  if (known.has(key)) return known.get(key);
  const rest =
    value.kind === 'union'
      ? unionOf(value.of.map((one) => narrow(one, segments, test, truth)).filter((one) => one !== undefined))
      : narrowSlot({ value, absent: false }, segments, test, truth)?.value;
  known.set(key, rest);
  return rest;
}

function narrowSlot(slot: Slot, segments: readonly Segment[], test: Test, truth: boolean): Slot | undefined {
  const [first, ...rest] = segments;
  if (first === undefined) return atEnd(slot, test, truth);
  // Where the outer part is absent, so is the path: IsPresent says no, a comparison would have failed the execution.
  const absent = slot.absent && test.op === 'present' && !truth;
  const value = slot.value === undefined ? undefined : inside(slot.value, first, rest, test, truth);
  return value === undefined && !absent ? undefined : { value, absent };
}

/** Narrows a value by a test on something inside it. */
function inside(value: Value, first: Segment, rest: readonly Segment[], test: Test, truth: boolean): Value | undefined {
  if (value.kind === 'union')
    return unionOf(value.of.map((v) => inside(v, first, rest, test, truth)).filter((v) => v !== undefined));
  if (!('field' in first)) return value;
  const name = first.field;
  if (value.kind === 'any') return test.op === 'present' && !truth ? value : write(value, [first, ...rest], ANY);
  const field = value.kind === 'object' && Object.hasOwn(value.fields, name) ? value.fields[name] : undefined;
  const open = value.kind === 'object' ? value.rest : undefined;
  const before: Slot =
    field === undefined ? { value: open, absent: true } : { value: field.value, absent: field.optional };
  const after = narrowSlot(before, rest, test, truth);
  if (after === undefined || value.kind !== 'object') return after === undefined ? undefined : value;
  const { [name]: _replaced, ...others } = value.fields;
  if (after.value === undefined) return { ...value, fields: others };
  // A field of unknown data that may still be absent stays unknown: listing it as optional would claim to know.
  if (field === undefined && after.absent) return value;
  return { ...value, fields: { ...others, [name]: { value: after.value, optional: after.absent } } };
}

function atEnd(slot: Slot, test: Test, truth: boolean): Slot | undefined {
  if (test.op === 'present') return presence(slot, truth);
  const { value: before } = slot;
  if (before === undefined) return undefined;
  const value = test.op === 'equals' ? equal(before, test.to, truth) : typed(before, test.is, truth);
  return value === undefined ? undefined : { value, absent: false };
}

function presence(slot: Slot, truth: boolean): Slot | undefined {
  if (truth) return slot.value === undefined ? undefined : { value: slot.value, absent: false };
  return slot.absent ? { value: undefined, absent: true } : undefined;
}

function equal(value: Value, to: Literal, truth: boolean): Value | undefined {
  if (value.kind === 'union') return unionOf(value.of.map((v) => equal(v, to, truth)).filter((v) => v !== undefined));
  if (value.kind === 'any') return truth ? literal(to, value.tags) : value;
  if (value.kind !== 'scalar' || value.type !== literal(to).type) return truth ? undefined : value;
  if (value.literal !== undefined) return (value.literal === to) === truth ? value : undefined;
  if (truth) return literal(to, value.tags);
  return complement(value, to);
}

/** A scalar that is not `to`: of the types whose values can be counted, the other ones. */
function complement(value: Scalar, to: Literal): Value | undefined {
  if (value.type === 'null') return undefined;
  return value.type === 'boolean' ? literal(to !== true, value.tags) : value;
}

/** What is left of a value that is, or is not, of a type. */
function typed(value: Value, is: ScalarType, truth: boolean): Value | undefined {
  if (value.kind === 'union') return unionOf(value.of.map((v) => typed(v, is, truth)).filter((v) => v !== undefined));
  const type = is === 'timestamp' ? 'string' : is;
  if (value.kind === 'any') {
    if (!truth) return value;
    return { ...scalar(type, value.tags), ...(is === 'timestamp' ? { timestamp: true as const } : {}) };
  }
  if (value.kind !== 'scalar' || value.type !== type) return truth ? undefined : value;
  if (is !== 'timestamp') return truth ? value : undefined;
  if (!truth) return value.timestamp === true ? undefined : value;
  return { ...value, timestamp: true };
}
