import type { Column, Dataset } from '../contracts/dataset';
import { identifier, number, text, textList } from './sql';

/** A rule that a record can break. */
export interface Rule {
  /** As it stands in manifests: `<column>.<type|null|range|pattern|values>`, the name of a row rule, or `record.shape`. */
  readonly name: string;
  /** Columns whose values explain the break. */
  readonly columns: readonly string[];
}

/** A column's place in a statement: its source value (text, or what Parquet holds) and its typed value. */
export interface ColumnSql {
  readonly name: string;
  readonly column: Column;
  /** Identifier of the value as it came. */
  readonly source: string;
}

/** Rules and the SQL that finds who breaks them. Broken rules are bits, because adding numbers is the cheapest way to keep a set. */
export interface CompiledRules {
  readonly rules: readonly Rule[];
  /** For each mask, SQL for the bits of the column rules. */
  readonly columnMasks: readonly string[];
  /** For each mask, SQL for the bits of the row rules; null where it has none. */
  readonly rowMasks: readonly (string | null)[];
}

/** Bits per mask: an INTEGER has 31 that keep it positive, and JavaScript's bit operators take 32. */
const BITS = 30;

export const SHAPE_RULE = 'record.shape';
/** Keys that the definition does not name. A batch in which this is broken fails, so it never reaches a manifest. */
const KEYS_RULE = 'record.keys';

/** Name of the staged column that holds mask `i`. */
export const maskColumn = (i: number) => `_rollcall_mask${i}`;

/** SQL for a staged record that is none. */
export const isMisshapen = `${maskColumn(0)} & 1 = 1`;
/** SQL for a staged record with keys that are not declared. */
export const hasExtraKeys = `${maskColumn(0)} & 2 = 2`;

/** What a reader can tell of whole records: SQL conditions, or null where the reader refuses such records itself. */
export interface RecordConditions {
  /** It is no record at all. */
  readonly misshapen: string | null;
  /** It has keys that the definition does not name. */
  readonly extraKeys: string | null;
}

/**
 * The rules of a dataset.
 */
export function compileRules(
  dataset: Dataset,
  columns: readonly ColumnSql[],
  { misshapen, extraKeys }: RecordConditions,
): CompiledRules {
  const rules: (Rule & { readonly condition: string; readonly row: boolean })[] = [
    { name: SHAPE_RULE, columns: [], condition: misshapen ?? 'false', row: false },
    { name: KEYS_RULE, columns: [], condition: extraKeys ?? 'false', row: false },
  ];
  for (const { name, column, source } of columns) {
    for (const [kind, condition] of columnConditions(column, source, identifier(name)))
      rules.push({ name: `${name}.${kind}`, columns: [name], condition, row: false });
  }
  for (const rule of dataset.rowRules) {
    rules.push({
      name: rule.name,
      columns: mentionedColumns(dataset, rule.sql),
      // TRY: an expression that fails for one record (a cast, an overflow) must not fail the batch, nor put the value in an error.
      condition: `NOT coalesce(TRY(CAST((\n${rule.sql}\n) AS BOOLEAN)), false)`,
      row: true,
    });
  }
  const masks = Math.ceil(rules.length / BITS);
  const bitsOf = (mask: number, row: boolean) => {
    const terms = rules
      .map((rule, i) => ({ ...rule, i }))
      .filter((rule) => rule.row === row && Math.floor(rule.i / BITS) === mask && rule.condition !== 'false')
      .map((rule) => `CASE WHEN ${rule.condition} THEN ${2 ** (rule.i % BITS)} ELSE 0 END`);
    return terms.length === 0 ? null : terms.join(' + ');
  };
  const indices = Array.from({ length: masks }, (_, mask) => mask);
  const shaped = (mask: number, bits: string | null) => {
    if (misshapen === null) return bits ?? '0';
    // What is no record has no values either: only its shape is told, not every column that is missing.
    return `CASE WHEN ${misshapen} THEN ${mask === 0 ? 1 : 0} ELSE ${bits ?? '0'} END`;
  };
  return {
    rules: rules.map(({ name, columns: of }) => ({ name, columns: of })),
    columnMasks: indices.map((mask) => shaped(mask, bitsOf(mask, false))),
    rowMasks: indices.map((mask) => bitsOf(mask, true)),
  };
}

/** The rules that a staged record broke. */
export function brokenRules(rules: readonly Rule[], masks: readonly number[]): Rule[] {
  return rules.filter((_, i) => ((masks[Math.floor(i / BITS)] ?? 0) & (1 << (i % BITS))) !== 0);
}

/** How many masks a number of rules takes. */
export const maskCount = (rules: readonly Rule[]) => Math.ceil(rules.length / BITS);

/** `[kind, SQL that is true for a broken value]`; a condition that is NULL counts as kept. */
function columnConditions(column: Column, source: string, typed: string): [string, string][] {
  const conditions: [string, string][] = [['type', `${source} IS NOT NULL AND ${typed} IS NULL`]];
  if (!column.nullable) conditions.push(['null', `${source} IS NULL`]);
  const range = rangeCondition(column, typed);
  if (range !== null) conditions.push(['range', range]);
  if (column.type === 'string' && column.pattern !== undefined)
    conditions.push(['pattern', `NOT regexp_full_match(${typed}, ${text(column.pattern)})`]);
  if (column.type === 'string' && column.values !== undefined)
    conditions.push(['values', `${typed} NOT IN ${textList(column.values)}`]);
  if (column.type === 'integer' && column.values !== undefined)
    conditions.push(['values', `${typed} NOT IN (${column.values.map(number).join(', ')})`]);
  return conditions;
}

function rangeCondition(column: Column, typed: string): string | null {
  if (!('min' in column || 'max' in column)) return null;
  const bound = (value: number | string) =>
    typeof value === 'number' ? number(value) : column.type === 'date' ? `DATE ${text(value)}` : instant(value);
  const parts = [
    ...(column.min === undefined ? [] : [`${typed} < ${bound(column.min)}`]),
    ...(column.max === undefined ? [] : [`${typed} > ${bound(column.max)}`]),
  ];
  return parts.length === 0 ? null : parts.join(' OR ');
}

/** An instant of a definition; where it has no seconds DuckDB wants some. */
function instant(value: string): string {
  return `TIMESTAMPTZ ${text(value.replace(/T(\d{2}:\d{2})Z$/, 'T$1:00Z'))}`;
}

/** Columns whose names stand in an expression: what a sample of a broken row rule shows. */
function mentionedColumns(dataset: Dataset, sql: string): string[] {
  const words = new Set(
    (sql.match(/"[^"]+"|[\p{L}_][\p{L}\p{N}_]*/gu) ?? []).map((w) => w.replaceAll('"', '').toLowerCase()),
  );
  return Object.keys(dataset.columns).filter((name) => words.has(name.toLowerCase()));
}
