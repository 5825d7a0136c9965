import { readOf, type Column } from '../../contracts/dataset/column';
import { textList } from '../duckdb/sql';
import { isJsonNull } from './json-text';
import { readNumber } from './read-number';
import { readTime } from './read-time';
import { typedText } from './typed-text';

/**
 * Text → typed value, as the column's `read` says; the same in every format. What each word means: `docs/columns.md`.
 */

/** SQL for a text, NULL where it is one of the values that the column calls so; or the null of JSON in a column of it. */
export function withoutNulls(column: Column, source: string): string {
  if (column.type === 'json') return `CASE WHEN ${isJsonNull(source)} THEN NULL ELSE ${source} END`;
  const nulls = readOf(column)?.nullValues;
  return nulls === undefined ? source : `CASE WHEN ${source} IN ${textList(nulls)} THEN NULL ELSE ${source} END`;
}

/** SQL for the typed value of a text expression; NULL when the text is not of the type. */
export function readText(column: Column, source: string): string {
  if (readOf(column) === undefined) return typedText(column, source);
  switch (column.type) {
    case 'string':
    case 'json':
      return typedText(column, source);
    case 'integer':
    case 'decimal':
    case 'double':
      return readNumber(column, source);
    case 'boolean':
      return readBoolean(column, source);
    case 'timestamp':
    case 'date':
      return readTime(column, source);
  }
}

function readBoolean({ read }: Extract<Column, { type: 'boolean' }>, source: string): string {
  const { true: truths = TRUE, false: falsehoods = FALSE } = read ?? {};
  return `CASE WHEN ${source} IN ${textList(truths)} THEN true WHEN ${source} IN ${textList(falsehoods)} THEN false END`;
}

const TRUE = ['true', 'True', 'TRUE'];
const FALSE = ['false', 'False', 'FALSE'];
