import { rulesOfColumn, type Column, type ColumnRule } from '../../contracts/dataset/column';
import type { Dataset } from '../../contracts/dataset/dataset';
import { globOf } from '../duckdb/glob';
import { isUnknown, unknownColumn } from './references';
import { identifier, number, text, textList } from '../duckdb/sql';

/** A rule that a record can break. */
export interface Rule {
  /** As it stands in manifests: `<column>.<rule>` (`COLUMN_RULES`), the name of a row rule, or `record.shape`. */
  readonly name: string;
  /** Whether a record that breaks it is accepted all the same. */
  readonly warns: boolean;
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
  /** What the masks ask more than once, as columns over the typed ones. */
  readonly questions: readonly string[];
  /** For each mask, SQL for the bits of the column rules. */
  readonly columnMasks: readonly string[];
  /** For each mask, SQL for the bits of the row rules; null where it has none. */
  readonly rowMasks: readonly (string | null)[];
}

/** Bits per mask: an INTEGER has 31 that keep it positive, and JavaScript's bit operators take 32. */
const BITS = 30;

export const SHAPE_RULE = 'record.shape';
export const SHAPE: Rule = { name: SHAPE_RULE, warns: false, columns: [] };
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
  const rules: (Rule & { readonly condition: string; readonly kept: string; readonly row: boolean })[] = [
    { ...SHAPE, condition: misshapen ?? 'false', kept: KEPT, row: false },
    { name: KEYS_RULE, warns: false, columns: [], ...opposites(extraKeys), row: false },
  ];
  const questions: string[] = [];
  for (const [place, { name, column, source }] of columns.entries()) {
    for (const kind of rulesOfColumn(column)) {
      const warns = column.otherwise?.[kind] === 'warn';
      const typed = identifier(name);
      const conditions = columnConditions(kind, column, { source, typed, place });
      const question = questionOf(kind, column, typed, place);
      if (question !== null) questions.push(question);
      rules.push({ name: `${name}.${kind}`, warns, columns: [name], ...conditions, row: false });
    }
  }
  for (const rule of dataset.rowRules) {
    // TRY: an expression that fails for one record (a cast, an overflow) must not fail the batch, nor put the value in an error.
    const kept = `TRY(CAST((\n${rule.sql}\n) AS BOOLEAN))`;
    rules.push({
      name: rule.name,
      warns: rule.otherwise === 'warn',
      columns: mentionedColumns(dataset, rule.sql),
      condition: `NOT coalesce(${kept}, false)`,
      kept,
      row: true,
    });
  }
  const masks = Math.ceil(rules.length / BITS);
  const bitsOf = (mask: number, row: boolean) => {
    const own = rules
      .map((rule, i) => ({ ...rule, i }))
      .filter((rule) => rule.row === row && Math.floor(rule.i / BITS) === mask && rule.condition !== 'false');
    if (own.length === 0) return null;
    const terms = own.map((rule) => `CASE WHEN ${rule.condition} THEN ${2 ** (rule.i % BITS)} ELSE 0 END`);
    // Most records keep every rule: which one is broken is asked only of the others.
    const kept = new Set(own.map((rule) => rule.kept).filter((sql) => sql !== KEPT));
    return kept.size === 0 ? '0' : `CASE WHEN ${[...kept].join(' AND ')} THEN 0 ELSE ${terms.join(' + ')} END`;
  };
  const indices = Array.from({ length: masks }, (_, mask) => mask);
  const shaped = (mask: number, bits: string | null) => {
    if (misshapen === null) return bits ?? '0';
    // What is no record has no values either: only its shape is told, not every column that is missing.
    return `CASE WHEN ${misshapen} THEN ${mask === 0 ? 1 : 0} ELSE ${bits ?? '0'} END`;
  };
  return {
    rules: rules.map(({ name, warns, columns: of }) => ({ name, warns, columns: of })),
    questions,
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

/** For each mask of a staged record, SQL for the bits of the rules for which it is not accepted. */
export function rejectingBits(rules: readonly Rule[]): string[] {
  return Array.from({ length: maskCount(rules) }, (_, mask) => {
    const own = rules.slice(mask * BITS, (mask + 1) * BITS);
    const rejecting = own.reduce((bits, { warns }, i) => (warns ? bits : bits + 2 ** i), 0);
    return own.some(({ warns }) => warns) ? `(${maskColumn(mask)} & ${rejecting})` : maskColumn(mask);
  });
}

/** SQL for a record of the stage that breaks no rule but those that only warn. */
export function isSound(rules: readonly Rule[]): string {
  return rejectingBits(rules)
    .map((bits) => `${bits} = 0`)
    .join(' AND ');
}

/** SQL for a record of the stage that breaks the rule of this index. */
export function breaks(index: number): string {
  return `(${maskColumn(Math.floor(index / BITS))} & ${2 ** (index % BITS)}) <> 0`;
}

/** What stands for a rule that needs no question. */
const KEPT = 'true';

/**
 * The two questions about a rule: `condition` is true for a record that breaks it, `kept` only for one that does not. `kept` may be false
 * or NULL for such a record too, which costs time and nothing else. It has no OR, for which DuckDB sorts the records of every vector.
 */
interface Conditions {
  readonly condition: string;
  readonly kept: string;
}

const opposites = (condition: string | null): Conditions =>
  condition === null ? { condition: 'false', kept: KEPT } : { condition, kept: `NOT (${condition})` };

/** Name of the column that says whether the value of the column at this place is one of those that are allowed. */
const listedColumn = (place: number) => `_rollcall_listed${place}`;

/** A question that is dear, because DuckDB makes a join of it wherever it stands; null for a rule that has none. */
function questionOf(rule: ColumnRule, column: Column, typed: string, place: number): string | null {
  if (rule === 'reference') return `${isUnknown(typed, place)} AS ${unknownColumn(place)}`;
  return rule === 'values' ? `${typed} IN ${valueList(column)} AS ${listedColumn(place)}` : null;
}

/** Of a column's value; NULL counts as kept, except by the rule that wants a value. */
function columnConditions(
  rule: ColumnRule,
  column: Column,
  { source, typed, place }: { readonly source: string; readonly typed: string; readonly place: number },
): Conditions {
  /** Asked of a value that there may not be. */
  const ofValue = (condition: string, kept: string): Conditions => ({
    condition,
    kept: column.nullable ? `coalesce(${kept}, true)` : kept,
  });
  switch (rule) {
    case 'type':
      return {
        condition: `${source} IS NOT NULL AND ${typed} IS NULL`,
        kept: column.nullable ? `(${source} IS NULL) = (${typed} IS NULL)` : `${typed} IS NOT NULL`,
      };
    case 'null':
      return { condition: `${source} IS NULL`, kept: `${typed} IS NOT NULL` };
    case 'range': {
      const [least, most] = boundsOf(column);
      return ofValue(
        both(' OR ', least && `${typed} < ${least}`, most && `${typed} > ${most}`),
        both(' AND ', least && `${typed} >= ${least}`, most && `${typed} <= ${most}`),
      );
    }
    case 'length': {
      const [least, most] = lengthsOf(column);
      const length = `length(${typed})`;
      return ofValue(
        both(' OR ', least && `${length} < ${least}`, most && `${length} > ${most}`),
        both(' AND ', least && `${length} >= ${least}`, most && `${length} <= ${most}`),
      );
    }
    case 'pattern': {
      const matches = patternMatch(column, typed);
      return ofValue(`NOT (${matches})`, matches);
    }
    case 'values':
      return ofValue(`NOT ${listedColumn(place)}`, listedColumn(place));
    case 'reference':
      return opposites(unknownColumn(place));
  }
}

/** One condition or both; a rule without a bound is broken by nothing. */
function both(joint: ' OR ' | ' AND ', ...conditions: readonly (string | undefined)[]): string {
  const some = conditions.filter((condition) => condition !== undefined);
  return some.length === 0 ? String(joint === ' AND ') : `(${some.join(joint)})`;
}

function patternMatch(column: Column, typed: string): string {
  if (column.type !== 'string' || column.pattern === undefined) return 'true';
  const glob = globOf(column.pattern);
  return glob === undefined ? `regexp_full_match(${typed}, ${text(column.pattern)})` : `${typed} GLOB ${text(glob)}`;
}

function valueList(column: Column): string {
  if (column.type === 'string') return textList(column.values ?? []);
  return column.type === 'integer' ? `(${(column.values ?? []).map(number).join(', ')})` : '(NULL)';
}

type Bounds = readonly [least: string | undefined, most: string | undefined];

function lengthsOf(column: Column): Bounds {
  if (column.type !== 'string') return [undefined, undefined];
  const bound = (length: number | undefined) => (length === undefined ? undefined : number(length));
  return [bound(column.minLength), bound(column.maxLength)];
}

function boundsOf(column: Column): Bounds {
  if (!('min' in column || 'max' in column)) return [undefined, undefined];
  const bound = (value: number | string | undefined) => {
    if (value === undefined) return undefined;
    return typeof value === 'number' ? number(value) : column.type === 'date' ? `DATE ${text(value)}` : instant(value);
  };
  return [bound(column.min), bound(column.max)];
}

/** An instant of a definition; where it has no seconds DuckDB wants some. */
function instant(value: string): string {
  return `TIMESTAMPTZ ${text(value.replace(/T(\d{2}:\d{2})Z$/, 'T$1:00Z'))}`;
}

/** Columns whose names stand in an expression: what a sample of a broken row rule shows. */
export function mentionedColumns(dataset: Dataset, sql: string): string[] {
  const words = new Set(
    (sql.match(/"[^"]+"|[\p{L}_][\p{L}\p{N}_]*/gu) ?? []).map((w) => w.replaceAll('"', '').toLowerCase()),
  );
  return Object.keys(dataset.columns).filter((name) => words.has(name.toLowerCase()));
}
