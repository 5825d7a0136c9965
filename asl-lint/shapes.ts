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
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  /** Of ours: most bytes as JSON, where the schema makes sure of that by a check of its own (`contracts/batch/bounds.ts`). */
  readonly maxBytes?: number;
}

/** The longest that JavaScript prints: `-1.2345678901234567e-308`. */
const NUMBER_BYTES = 24;
/** What a character may take in JSON: `\\u0000`; none beyond ASCII takes more in UTF-8. */
const CHARACTER_BYTES = 6;

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
  if (schema.enum !== undefined) return enumeration(schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return unionOf(alternatives.map(fromJsonSchema)) ?? ANY;
  switch (schema.type) {
    case 'string':
      return text(schema);
    case 'number':
      return { ...scalar('number'), bytes: NUMBER_BYTES };
    case 'integer':
      return { ...scalar('number'), bytes: integerBytes(schema) };
    case 'boolean':
      return { ...scalar('boolean'), bytes: 'false'.length };
    case 'null':
      return literal(null);
    case 'array': {
      const items = schema.items === undefined ? ANY : fromJsonSchema(schema.items);
      const { maxItems: most, maxBytes: bytes } = schema;
      return {
        kind: 'array',
        items,
        ...(most === undefined ? {} : { most }),
        ...(bytes === undefined ? {} : { bytes }),
      };
    }
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

function integerBytes({ minimum, maximum }: JsonSchema): number {
  if (minimum === undefined || maximum === undefined) return NUMBER_BYTES;
  return Math.max(String(minimum).length, String(maximum).length);
}

function enumeration(values: readonly Literal[]): Value {
  if (values.length <= MAX_ENUM) return unionOf(values.map((value) => literal(value))) ?? ANY;
  return { ...scalar('string'), bytes: Math.max(...values.map((value) => Buffer.byteLength(JSON.stringify(value)))) };
}

function text({ maxLength, pattern, format, maxBytes }: JsonSchema): Value {
  const character = isPlain(pattern) ? 1 : CHARACTER_BYTES;
  const bytes = maxBytes ?? (maxLength === undefined ? undefined : maxLength * character + 2);
  return {
    ...scalar('string'),
    ...(bytes === undefined ? {} : { bytes }),
    ...(format === 'date-time' ? { timestamp: true as const } : {}),
  };
}

/** Whether a pattern lets only such characters pass as JSON takes as they are: it names each, and none is `"`, `\` or beyond ASCII. */
function isPlain(pattern: string | undefined): boolean {
  if (pattern === undefined || !/^\^.*\$$/s.test(pattern)) return false;
  const body = pattern.slice(1, -1);
  // In a class a dot is a dot.
  const outside = body.replace(/\[(?:\\.|[^\]\\])*\]/g, '');
  return !/\[\^|\\[SWDPpuxc"\\]|"|[^ -~]/.test(body) && !/(?<!\\)\./.test(outside);
}
