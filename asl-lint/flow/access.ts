import type { Segment } from './json-path';
import { unionOf } from './union';
import { ANY, anyWith, EMPTY_OBJECT, tagsIn, type Value } from './value';

/** Whether a path is there: for certain, sometimes, never; `unknown` where nothing is known about the data around it. */
export type Presence = 'always' | 'maybe' | 'never' | 'unknown';

export interface Found {
  readonly presence: Presence;
  /** What is there if it is. */
  readonly value: Value;
}

/** Follows a path into a value. */
export function read(value: Value, segments: readonly Segment[]): Found {
  const [first, ...rest] = segments;
  if (first === undefined) return { presence: 'always', value };
  if (value.kind === 'union') return either(value.of.map((v) => read(v, segments)));
  if ('many' in first) return { presence: 'always', value: anyWith(tagsIn(value)) };
  const here = step(value, first);
  if (here.presence === 'never') return here;
  const there = read(here.value, rest);
  return { presence: both(here.presence, there.presence), value: there.value };
}

function step(value: Exclude<Value, { kind: 'union' }>, segment: { field: string } | { index: number }): Found {
  const absent: Found = { presence: 'never', value: ANY };
  if (value.kind === 'any') return { presence: 'unknown', value };
  if ('field' in segment) {
    if (value.kind !== 'object') return absent;
    const field = Object.hasOwn(value.fields, segment.field) ? value.fields[segment.field] : undefined;
    if (field !== undefined) return { presence: field.optional ? 'maybe' : 'always', value: field.value };
    return value.rest === undefined ? absent : { presence: 'unknown', value: value.rest };
  }
  if (value.kind !== 'array') return absent;
  if (value.tuple === undefined) return { presence: 'maybe', value: value.items };
  const item = value.tuple[segment.index];
  return item === undefined ? absent : { presence: 'always', value: item };
}

/** Presence of a field inside something that may be missing itself. */
function both(outer: Presence, inner: Presence): Presence {
  if (inner === 'never') return 'never';
  if (outer === 'maybe' || inner === 'maybe') return 'maybe';
  return outer === 'unknown' || inner === 'unknown' ? 'unknown' : 'always';
}

function either(found: readonly Found[]): Found {
  const value = unionOf(found.filter((f) => f.presence !== 'never').map((f) => f.value)) ?? ANY;
  const all = (presence: Presence): boolean => found.every((f) => f.presence === presence);
  if (all('always')) return { presence: 'always', value };
  if (all('never')) return { presence: 'never', value };
  const missing = found.some((f) => f.presence === 'never' || f.presence === 'maybe');
  return { presence: missing ? 'maybe' : 'unknown', value };
}

/** Puts something at a path, making the objects on the way (`ResultPath`). */
export function write(value: Value, segments: readonly Segment[], what: Value): Value {
  const [first, ...rest] = segments;
  if (first === undefined) return what;
  if (value.kind === 'union') return unionOf(value.of.map((v) => write(v, segments, what))) ?? ANY;
  if (!('field' in first)) return anyWith([...tagsIn(value), ...tagsIn(what)]);
  const around =
    value.kind === 'object' ? value : value.kind === 'any' ? { ...EMPTY_OBJECT, rest: value } : EMPTY_OBJECT;
  const before = step(around, first);
  const inner = before.presence === 'never' ? EMPTY_OBJECT : before.value;
  const whole = unionOf(before.presence === 'maybe' ? [inner, EMPTY_OBJECT] : [inner]) ?? EMPTY_OBJECT;
  return {
    ...around,
    fields: { ...around.fields, [first.field]: { value: write(whole, rest, what), optional: false } },
  };
}
