import { z } from 'zod';
import { unionOf } from './flow/union';
import { ANY, EMPTY_OBJECT, literal, scalar, type Field, type Literal, type Value } from './flow/value';

export type { Value as Shape } from './flow/value';

/** As much of JSON Schema as Zod writes. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: Literal;
  readonly enum?: readonly Literal[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
}

/** An enumeration longer than this is any string: no Choice tells so many apart. */
const MAX_ENUM = 6;

/**
 * What a Zod schema promises about data, for the linter: which fields are always there, and in which of the alternatives of a
 * discriminated union. A field that the schema doesn't know counts as missing.
 */
export function shapeOf(schema: z.ZodType): Value {
  return fromJsonSchema(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonSchema);
}

function fromJsonSchema(schema: JsonSchema): Value {
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined)
    return schema.enum.length > MAX_ENUM ? scalar('string') : (unionOf(schema.enum.map((v) => literal(v))) ?? ANY);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return unionOf(alternatives.map(fromJsonSchema)) ?? ANY;
  switch (schema.type) {
    case 'string':
      return scalar('string');
    case 'number':
    case 'integer':
      return scalar('number');
    case 'boolean':
      return scalar('boolean');
    case 'null':
      return literal(null);
    case 'array':
      return { kind: 'array', items: schema.items === undefined ? ANY : fromJsonSchema(schema.items) };
    case 'object':
      return schema.properties === undefined ? ANY : objectOf(schema.properties, schema.required ?? []);
    default:
      return ANY;
  }
}

function objectOf(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): Value {
  const fields: Record<string, Field> = {};
  for (const [name, property] of Object.entries(properties))
    fields[name] = { value: fromJsonSchema(property), optional: !required.includes(name) };
  return { ...EMPTY_OBJECT, fields };
}
