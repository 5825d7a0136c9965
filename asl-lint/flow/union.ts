import { ANY, anyWith, tagsIn, type Field, type Union, type Value } from './value';

/** More alternatives than this are merged field by field: it bounds the analysis of loops. */
const MAX_ALTERNATIVES = 12;
/** Data nested deeper than this is not followed: it bounds loops that wrap their own data. */
const MAX_DEPTH = 16;

const keys = new WeakMap<Value, string>();
/** What a value is made of → its number. */
const numbers = new Map<string, string>();
/** By their numbers: of equal values one, so that what was found out about it is found again. */
const values = new Map<string, Value>();

/**
 * Equal for equal values, and short: parts count by their own keys. Values never change and share their parts, so it is made once for
 * each part.
 */
export function keyOf(value: Value): string {
  const known = keys.get(value);
  if (known !== undefined) return known;
  const content = contentOf(value);
  const key = numbers.get(content) ?? String(numbers.size);
  numbers.set(content, key);
  keys.set(value, key);
  if (!values.has(key)) values.set(key, value);
  return key;
}

/** The value that stands for all that equal it. */
function interned<V extends Value>(value: V): V {
  // Of one key are values of one kind only.
  return values.get(keyOf(value)) as V;
}

function contentOf(value: Value): string {
  switch (value.kind) {
    case 'any':
      return `any(${value.tags.join()})`;
    case 'scalar':
      return `${value.type}(${JSON.stringify(value.literal)} ${value.tags.join()} ${value.timestamp ?? ''} ${value.bytes ?? ''})`;
    case 'object': {
      let content = '{';
      for (const name of Object.keys(value.fields)) {
        const field = value.fields[name] as Field;
        content += `${JSON.stringify(name)}${field.optional ? '?' : ':'}${keyOf(field.value)},`;
      }
      return value.rest === undefined ? content : `${content} ${keyOf(value.rest)}`;
    }
    case 'array':
      return value.tuple === undefined
        ? `${keyOf(value.items)}[${value.most ?? ''} ${value.bytes ?? ''}]`
        : `[${value.tuple.map(keyOf).join()}]`;
    case 'union':
      return `(${value.of.map(keyOf).join('|')})`;
  }
}

/** Either of several; undefined only for none. */
export function unionOf(either: readonly Value[]): Value | undefined {
  if (either.length === 1) return either[0];
  const byKey = new Map<string, Exclude<Value, Union>>();
  for (const value of either)
    for (const one of value.kind === 'union' ? value.of : [value]) byKey.set(keyOf(one), interned(one));
  const distinct = [...byKey.values()];
  const any = distinct.find((v) => v.kind === 'any' && v.tags.length === 0);
  if (distinct.length <= 1) return distinct[0];
  if (distinct.length <= MAX_ALTERNATIVES) return interned({ kind: 'union', of: distinct });
  return any ?? distinct.reduce<Value>(merge, distinct[0] as Value);
}

/** One value that covers both, with alternatives given up. */
function merge(a: Value, b: Value): Value {
  if (a.kind !== 'object' || b.kind !== 'object') return anyWith([...tagsIn(a), ...tagsIn(b)]);
  const names = new Set([...Object.keys(a.fields), ...Object.keys(b.fields)]);
  const fields: Record<string, Field> = {};
  for (const name of names) {
    const [x, y] = [a.fields[name], b.fields[name]];
    const value = unionOf([x?.value, y?.value].filter((v) => v !== undefined)) ?? ANY;
    fields[name] = { value, optional: x === undefined || y === undefined || x.optional || y.optional };
  }
  const rest = a.rest ?? b.rest;
  return { kind: 'object', fields, ...(rest === undefined ? {} : { rest }) };
}

/** Gives up what is nested too deep; a value that is not stays the same object. */
export function bounded(value: Value): Value {
  return depthOf(value) > MAX_DEPTH ? cut(value, MAX_DEPTH) : value;
}

const depths = new WeakMap<Value, number>();

/** How deep objects and arrays are nested in a value; 0 for none. */
function depthOf(value: Value): number {
  const known = depths.get(value);
  if (known !== undefined) return known;
  const deepest = (parts: readonly Value[]) => Math.max(0, ...parts.map(depthOf));
  const depth =
    value.kind === 'object'
      ? 1 + deepest(Object.values(value.fields).map((field) => field.value))
      : value.kind === 'array'
        ? 1 + deepest(value.tuple ?? [value.items])
        : value.kind === 'union'
          ? deepest(value.of)
          : 0;
  depths.set(value, depth);
  return depth;
}

function cut(value: Value, depth: number): Value {
  if (depth === 0) return anyWith(tagsIn(value));
  switch (value.kind) {
    case 'any':
    case 'scalar':
      return value;
    case 'object': {
      const fields = Object.entries(value.fields).map(
        ([k, f]) => [k, { value: cut(f.value, depth - 1), optional: f.optional }] as const,
      );
      return { ...value, fields: Object.fromEntries(fields) };
    }
    case 'array':
      return value.tuple === undefined
        ? { ...value, items: cut(value.items, depth - 1) }
        : { ...value, items: ANY, tuple: value.tuple.map((v) => cut(v, depth - 1)) };
    case 'union':
      return unionOf(value.of.map((v) => cut(v, depth))) ?? ANY;
  }
}
