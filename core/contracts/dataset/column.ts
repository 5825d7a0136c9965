import { z } from 'zod';
import { datasetNameSchema } from './dataset-name';
import { originSchema } from './formats/origin';
import { readBoolean, readDate, readFraction, readInteger, readText, readTimestamp } from './formats/read-words';
import { patternSchema } from './pattern';

const positiveInt = z.int().positive();
const count = z.int().nonnegative();

/** Column names become quoted SQL identifiers; control characters and quotes have no honest use in one. */
export const columnNameSchema = z.string().regex(/^(?!_rollcall)(?!\d+$)[^\p{Cc}"\\]{1,128}$/iu, {
  error:
    'expected 1 to 128 characters without quotes, backslashes or control characters, not a bare number, not beginning with _rollcall',
});

/** What happens to a record that breaks a rule: it is rejected, accepted and told, or nothing of its partition is published. */
export const otherwiseSchema = z.enum(['reject', 'warn', 'fail']);
export type Otherwise = z.output<typeof otherwiseSchema>;

/** The rules that a column can have, by the last part of their names. */
export const COLUMN_RULES = ['type', 'null', 'range', 'length', 'pattern', 'values', 'reference'] as const;
export type ColumnRule = (typeof COLUMN_RULES)[number];

const otherwise = otherwiseSchema.optional();
const common = {
  /** What breaking one of the column's rules means; `reject` for those that are not named. */
  otherwise: z
    .strictObject({
      /** A value that is not of the type cannot be published, so it is never a matter of a warning. */
      type: z.enum(['reject', 'fail']).optional(),
      null: otherwise,
      range: otherwise,
      length: otherwise,
      pattern: otherwise,
      values: otherwise,
      reference: otherwise,
    })
    .optional(),
  /** Whether the value may be missing: an empty CSV field, a JSON null or an absent key, a Parquet null. Default false. */
  nullable: z.boolean().default(false),
  /** Where its values come from, where that is not a field of its own name. */
  from: originSchema.optional(),
  /** Whether an object may lack it altogether; its values are NULL then, so that it is nullable too. Default false. */
  optional: z.boolean().optional(),
  /** Whether samples, messages and logs may show its values only as keyed hashes. The quarantine file holds records as they came. */
  sensitive: z.boolean().default(false),
};

/** A column of another dataset: what that has published there are the values that are allowed. */
const columnReferenceSchema = z.strictObject({ dataset: datasetNameSchema, column: columnNameSchema });
export type ColumnReference = z.output<typeof columnReferenceSchema>;
/** Where a value has to be found. Numbers that are not exact, and booleans, name nothing. */
const referring = { references: columnReferenceSchema.optional() };

const text = {
  /** RE2 pattern that the whole value must match. */
  pattern: patternSchema.optional(),
  /** Allowed values. */
  values: z.array(z.string()).min(1).optional(),
  /** Length in characters (Unicode code points). */
  minLength: positiveInt.optional(),
  maxLength: positiveInt.optional(),
  /**
   * CSV: whether quoted values may hold line feeds. Default false, because then a stray quote is found on its own line instead of
   * swallowing the lines up to the next one.
   */
  multiline: z.boolean().default(false),
};
const numeric = { min: z.number().optional(), max: z.number().optional() };
const temporal = (expected: string, exists: (text: string) => boolean) => {
  const bound = z.string().refine(exists, { error: `expected ${expected}` });
  return { min: bound.optional(), max: bound.optional() };
};
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?Z$/;

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  // Some engines roll 02-30 over to 03-02: only a date that prints back unchanged exists.
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}

function isTimestamp(text: string): boolean {
  return isDate(TIMESTAMP.exec(text)?.[1] ?? '');
}

/** Any JSON value, Parquet struct, list or map, kept as JSON text without blanks between its tokens: digits and order of members as they came. */
export const jsonColumnSchema = z.strictObject({ type: z.literal('json'), ...common });

export const columnSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('string'), ...common, ...referring, ...text, read: readText.optional() }),
    z.strictObject({
      type: z.literal('integer'),
      ...common,
      ...referring,
      min: z.int().optional(),
      max: z.int().optional(),
      values: z.array(z.int()).min(1).optional(),
      read: readInteger.optional(),
    }),
    z.strictObject({ type: z.literal('double'), ...common, ...numeric, read: readFraction.optional() }),
    z.strictObject({
      type: z.literal('decimal'),
      /** Digits in all, and digits behind the point: a value with more of either is rejected, never rounded. */
      precision: positiveInt.max(38),
      scale: count.max(38),
      ...common,
      ...referring,
      ...numeric,
      read: readFraction.optional(),
    }),
    z.strictObject({ type: z.literal('boolean'), ...common, read: readBoolean.optional() }),
    /**
     * ISO 8601 with `T` or a space between date and time, unless `read` says otherwise. A value without offset is read as UTC; published as
     * UTC.
     */
    z.strictObject({
      type: z.literal('timestamp'),
      ...common,
      ...referring,
      ...temporal('an instant like 2026-01-20T05:00:00Z', isTimestamp),
      read: readTimestamp.optional(),
    }),
    z.strictObject({
      type: z.literal('date'),
      ...common,
      ...referring,
      ...temporal('a date like 2026-01-20', isDate),
      read: readDate.optional(),
    }),
    jsonColumnSchema,
  ])
  // What may be absent may be missing.
  .overwrite((column) => (column.optional === true ? { ...column, nullable: true } : column));
/** A column of the source: its type and the rules that each of its values must keep. */
export type Column = z.output<typeof columnSchema>;

/** How a column's text is read, where the definition says more than its type; undefined where it does not. */
export function readOf(column: Column): Exclude<Column, { type: 'json' }>['read'] {
  return 'read' in column ? column.read : undefined;
}

/** The rules that a column has. */
export function rulesOfColumn(column: Column): ColumnRule[] {
  const has = (field: string) => (column as Readonly<Record<string, unknown>>)[field] !== undefined;
  return COLUMN_RULES.filter((rule) => {
    switch (rule) {
      case 'type':
        return true;
      case 'null':
        return !column.nullable;
      case 'range':
        return has('min') || has('max');
      case 'length':
        return has('minLength') || has('maxLength');
      case 'pattern':
      case 'values':
        return has(rule);
      case 'reference':
        return referenceOf(column) !== undefined;
    }
  });
}

/** Where a column's values have to be found; undefined where the definition does not say. */
export function referenceOf(column: Column): ColumnReference | undefined {
  return 'references' in column ? column.references : undefined;
}

/** Whether the values of `column` can be looked up among those of `other` without a loss: of one type, or a decimal among integers. */
export function isComparable(column: Column, other: Column): boolean {
  return column.type === other.type || (column.type === 'decimal' && other.type === 'integer');
}
