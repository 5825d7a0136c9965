/**
 * What is known about a piece of state data, without its values: which fields it always has, may have, or cannot have. `any` is data
 * of which nothing is known.
 */
export type Value = AnyValue | Scalar | ObjectValue | ArrayValue | Union;

/** Where data came from: `error` and `cause` of a Catch, `item` of a Map. It follows the data wherever it is copied. */
export type Tag = 'error' | 'cause' | 'item';
export type Literal = string | number | boolean | null;

export interface AnyValue {
  readonly kind: 'any';
  readonly tags: readonly Tag[];
}
export interface Scalar {
  readonly kind: 'scalar';
  readonly type: 'string' | 'number' | 'boolean' | 'null';
  readonly literal?: Literal;
  /** A text that is an instant, as `TimestampPath` needs it. */
  readonly timestamp?: true;
  /** Most bytes of it as JSON; undefined where nothing bounds it. */
  readonly bytes?: number;
  readonly tags: readonly Tag[];
}
export interface Field {
  readonly value: Value;
  readonly optional: boolean;
}
export interface ObjectValue {
  readonly kind: 'object';
  readonly fields: Readonly<Record<string, Field>>;
  /** What fields that are not listed may hold; undefined where there are none. */
  readonly rest?: AnyValue;
}
export interface ArrayValue {
  readonly kind: 'array';
  readonly items: Value;
  /** Most elements; undefined where nothing bounds them. */
  readonly most?: number;
  /** Most bytes of all of it as JSON, where that is known to be less than its elements could take. */
  readonly bytes?: number;
  /** The elements one by one where their number is known. */
  readonly tuple?: readonly Value[];
}
export interface Union {
  readonly kind: 'union';
  readonly of: readonly Exclude<Value, Union>[];
}

export const ANY: AnyValue = { kind: 'any', tags: [] };
export const EMPTY_OBJECT: ObjectValue = { kind: 'object', fields: {} };

export function anyWith(tags: Iterable<Tag>): AnyValue {
  return { kind: 'any', tags: [...new Set(tags)].sort() };
}
export function scalar(type: Scalar['type'], tags: readonly Tag[] = []): Scalar {
  return { kind: 'scalar', type, tags };
}
export function literal(value: Literal, tags: readonly Tag[] = []): Scalar {
  const type = value === null ? 'null' : (typeof value as 'string' | 'number' | 'boolean');
  return { kind: 'scalar', type, literal: value, tags };
}
/** An object with exactly these fields, always. */
export function object(fields: Readonly<Record<string, Value>>): ObjectValue {
  return {
    kind: 'object',
    fields: Object.fromEntries(Object.entries(fields).map(([k, value]) => [k, { value, optional: false }])),
  };
}

/** All tags anywhere inside. */
export function tagsIn(value: Value): Tag[] {
  switch (value.kind) {
    case 'any':
    case 'scalar':
      return [...value.tags];
    case 'object':
      return [...Object.values(value.fields).flatMap((f) => tagsIn(f.value)), ...(value.rest?.tags ?? [])];
    case 'array':
      return (value.tuple ?? [value.items]).flatMap(tagsIn);
    case 'union':
      return value.of.flatMap(tagsIn);
  }
}

/** The same with a tag everywhere inside. */
export function withTag(value: Value, tag: Tag): Value {
  switch (value.kind) {
    case 'any':
    case 'scalar':
      return { ...value, tags: [...new Set([...value.tags, tag])].sort() };
    case 'object': {
      const fields = Object.entries(value.fields).map(([name, field]) => [
        name,
        { ...field, value: withTag(field.value, tag) },
      ]);
      const rest = value.rest === undefined ? {} : { rest: withTag(value.rest, tag) as AnyValue };
      return { ...value, fields: Object.fromEntries(fields) as ObjectValue['fields'], ...rest };
    }
    case 'array':
      return {
        ...value,
        items: withTag(value.items, tag),
        ...(value.tuple === undefined ? {} : { tuple: value.tuple.map((item) => withTag(item, tag)) }),
      };
    case 'union':
      return { kind: 'union', of: value.of.map((one) => withTag(one, tag) as Exclude<Value, Union>) };
  }
}

/** Whether every alternative certainly holds the tag. An optional field does not count. */
export function alwaysHolds(value: Value, tag: Tag): boolean {
  switch (value.kind) {
    case 'any':
    case 'scalar':
      return value.tags.includes(tag);
    case 'object':
      return (
        Object.values(value.fields).some((f) => !f.optional && alwaysHolds(f.value, tag)) ||
        (value.rest?.tags.includes(tag) ?? false)
      );
    case 'array':
      return (value.tuple ?? [value.items]).some((item) => alwaysHolds(item, tag));
    case 'union':
      return value.of.every((v) => alwaysHolds(v, tag));
  }
}

/** Plain JSON as a value: its fields, and its literals. */
export function valueOfJson(json: unknown): Value {
  if (Array.isArray(json)) return { kind: 'array', items: ANY, tuple: json.map(valueOfJson) };
  if (typeof json === 'object' && json !== null)
    return object(Object.fromEntries(Object.entries(json).map(([k, v]) => [k, valueOfJson(v)])));
  return literal(json as Literal);
}
