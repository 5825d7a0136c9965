import {
  COLUMN_RULES,
  referenceOf,
  type Column,
  type ColumnReference,
  type ColumnRule,
} from '../../contracts/dataset/column';
import type { Dataset } from '../../contracts/dataset/dataset';
import { boundsOf, type Expectation } from '../../contracts/dataset/expectation';
import { uniqueOf } from '../../contracts/dataset/unique';
import type { Reference } from '../../contracts/dataset/upstreams';
import { cut } from '../../contracts/batch/bounds';
import { listed } from '../text/lists';
import { count, figure, number, percent } from '../text/numbers';

/** Sentences about rules and expectations, for people. Plain text: a renderer escapes it. */

/** `412 of 690 records`. */
const of = (broken: number, read: number) => `${number(broken)} of ${count(read, 'record')}`;

/** What it means that so many records broke a rule: `delay: 412 of 690 records out of range −90…2,000`. */
export function brokenSentence(
  dataset: Dataset,
  rule: string,
  broken: number,
  { read, references }: { readonly read: number; readonly references: readonly Reference[] },
): string {
  if (rule === 'record.shape') return `${of(broken, read)} that are no record at all`;
  if (rule === 'unique') {
    const { columns = [], keep = 'first' } = uniqueOf(dataset) ?? {};
    return `${columns.join(', ')}: ${of(broken, read)} with the key of ${keep === 'last' ? 'a later' : 'an earlier'} one`;
  }
  const row = dataset.rowRules.find(({ name }) => name === rule);
  if (row !== undefined) return `${rule}: ${of(broken, read)} for which it is not true that ${cut(row.sql, 120)}`;
  const at = rule.lastIndexOf('.');
  const name = rule.slice(0, at);
  const column = dataset.columns[name];
  const kind = COLUMN_RULES.find((one) => one === rule.slice(at + 1));
  if (column === undefined || kind === undefined) return `${rule}: ${of(broken, read)}`;
  return `${name}: ${of(broken, read)} ${breach(kind, column, references)}`;
}

function breach(kind: ColumnRule, column: Column, references: readonly Reference[]): string {
  switch (kind) {
    case 'type':
      return `that have no ${typeName(column)} there`;
    case 'null':
      return 'without a value';
    case 'range':
      return 'min' in column || 'max' in column ? `out of range ${range(column.min, column.max)}` : 'out of range';
    case 'length':
      return column.type === 'string' ? `not of a length of ${range(column.minLength, column.maxLength)}` : '';
    case 'pattern':
      return column.type === 'string' ? `not of the pattern ${cut(column.pattern ?? '', 80)}` : '';
    case 'reference':
      return notAmong(referenceOf(column), references);
    case 'values':
      return 'values' in column ? `with a value other than ${someOf(column.values ?? [])}` : '';
  }
}

/** `not in airports.iata`; where there is nothing to be in, that too. */
function notAmong(to: ColumnReference | undefined, references: readonly Reference[]): string {
  if (to === undefined) return '';
  const publications = references.filter(({ dataset }) => dataset === to.dataset);
  const isEmpty = publications.every(({ files }) => files.every(({ records }) => records === 0));
  const which = publications.map(({ partition }) => partition);
  return `not in ${to.dataset}.${to.column}${isEmpty ? `, which is empty: ${to.dataset} ${someOf(which)} has no records` : ''}`;
}

function typeName(column: Column): string {
  return column.type === 'decimal'
    ? `decimal of ${column.precision} digits, ${column.scale} behind the point`
    : column.type;
}

function someOf(values: readonly (string | number)[]): string {
  return cut(listed(values.map(String), 5), 120);
}

/** `−90…2,000`, `exactly 5`, `at least 5`, `at most 5`. */
function range(min: number | string | undefined, max: number | string | undefined, show = shown): string {
  if (min === undefined) return `at most ${max === undefined ? 'anything' : show(max)}`;
  if (min === max) return `exactly ${show(min)}`;
  return max === undefined ? `at least ${show(min)}` : `${show(min)}…${show(max)}`;
}
const shown = (bound: number | string) => (typeof bound === 'number' ? figure(bound) : bound);

/** What a figure of an expectation is: `delay: 12.3 % of the records have no value`. */
export function figureSentence(expectation: Expectation, value: number | null, exact?: string): string {
  const text = exact ?? (value === null ? '' : figure(value));
  if (expectation.kind === 'rows') return `rows: ${text}`;
  const { column } = expectation;
  if (value === null) return `${column}: no record has a value`;
  switch (expectation.kind) {
    case 'nulls':
      return `${column}: ${percent(value)} of the records have no value`;
    case 'distinct':
      return `${column}: ${value === 1 ? '1 distinct value' : `${text} distinct values`}`;
    case 'sum':
      return `${column}: the sum is ${text}`;
    case 'freshness': {
      const minutes = `${figure(Math.round(Math.abs(value)))} min`;
      return `${column}: the newest record is of ${minutes} ${value < 0 ? 'after' : 'before'} the end of the partition`;
    }
  }
}

/** What was expected of it; empty where there are no bounds. */
export function boundsSentence(expectation: Expectation): string {
  const { min, max } = boundsOf(expectation);
  if (min === undefined && max === undefined) return '';
  if (expectation.kind === 'nulls') return `expected at most ${percent(max ?? 1)}`;
  if (expectation.kind === 'freshness') return `expected at most ${figure(max ?? 0)} min before it`;
  return `expected ${range(min, max)}`;
}

/** A figure of a former partition, or the median of some: in the unit of the figure. */
export function figureText(expectation: Expectation, value: number): string {
  if (expectation.kind === 'nulls') return percent(value);
  return expectation.kind === 'freshness' ? `${figure(Math.round(value))} min` : figure(value);
}
