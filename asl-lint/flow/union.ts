import { ANY, anyWith, tagsIn, type Field, type Value } from './value';

/** More alternatives than this are merged field by field: it bounds the analysis of loops. */
const MAX_ALTERNATIVES = 12;
/** Data nested deeper than this is not followed: it bounds loops that wrap their own data. */
const MAX_DEPTH = 16;

const keys = new WeakMap<Value, string>();

/** Equal for equal values. Values never change and share their parts, so it is made once for each part. */
export function keyOf(value: Value): string {
  const known = keys.get(value);
  if (known !== undefined) return known;
  const key = makeKey(value);
  keys.set(value, key);
  return key;
}

function makeKey(value: Value): string {
  switch (value.kind) {
    case 'any':
      return `any(${value.tags.join()})`;
    case 'scalar':
      return `${value.type}(${JSON.stringify(value.literal)} ${value.tags.join()} ${value.timestamp ?? ''} ${value.bytes ?? ''})`;
    case 'object': {
      const fields = Object.entries(value.fields).map(
        ([k, f]) => `${JSON.stringify(k)}${f.optional ? '?' : ''}:${keyOf(f.value)}`,
      );
      return `{${fields.join()}${value.rest === undefined ? '' : ` ${keyOf(value.rest)}`}}`;
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
export function unionOf(values: readonly Value[]): Value | undefined {
  if (values.length === 1) return values[0];
  const flat = values.flatMap((v) => (v.kind === 'union' ? v.of : [v]));
  const distinct = [...new Map(flat.map((v) => [keyOf(v), v])).values()];
  const any = distinct.find((v) => v.kind === 'any' && v.tags.length === 0);
  if (distinct.length <= 1) return distinct[0];
  if (distinct.length <= MAX_ALTERNATIVES) return { kind: 'union', of: distinct };
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
export function bounded(value: Value, depth = MAX_DEPTH): Value {
  return isDeeper(value, depth) ? cut(value, depth) : value;
}

function isDeeper(value: Value, depth: number): boolean {
  if (depth === 0) return value.kind !== 'any' && value.kind !== 'scalar';
  switch (value.kind) {
    case 'any':
    case 'scalar':
      return false;
    case 'object':
      return Object.values(value.fields).some((f) => isDeeper(f.value, depth - 1));
    case 'array':
      return (value.tuple ?? [value.items]).some((v) => isDeeper(v, depth - 1));
    case 'union':
      return value.of.some((v) => isDeeper(v, depth));
  }
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
