import { createHmac } from 'node:crypto';
import type { Dataset } from '../../contracts/dataset/dataset';
import { renderValue } from '../../contracts/problems';

/** How a value of a column is shown to people. */
export type ShowValue = (column: string, value: unknown) => string;

/** Replaces a sensitive value where the key is missing. */
const HIDDEN = '(sensitive)';
/** Hex digits that are shown: 48 bits tell the values of a partition apart. */
const DIGITS = 12;

/** The columns of a dataset whose values must not be shown. */
export function sensitiveColumns(dataset: Pick<Dataset, 'columns'>): readonly string[] {
  return Object.entries(dataset.columns).flatMap(([name, column]) => (column.sensitive ? [name] : []));
}

/**
 * How a dataset's values are shown: as JSON, shortened; those of sensitive columns as `hash:<12 hex digits>` of an HMAC-SHA256 under
 * the deployment's key, so that equal values look equal, and a reader without the key can't try values out. Whether there is a value at all
 * is shown. Column names are compared without case, as SQL compares them.
 * @param key without it, sensitive values are not shown at all
 */
export function showValues(dataset: Pick<Dataset, 'columns'>, key: string | undefined): ShowValue {
  const sensitive = new Set(sensitiveColumns(dataset).map((name) => name.toLowerCase()));
  return (column, value) => {
    if (value === null || value === undefined || !sensitive.has(column.toLowerCase())) return renderValue(value);
    return key === undefined ? HIDDEN : `hash:${hashOf(column.toLowerCase(), value, key)}`;
  };
}

function hashOf(column: string, value: unknown, key: string): string {
  // With the column: that two columns have equal values must not show.
  const text = typeof value === 'string' ? value : renderWhole(value);
  return createHmac('sha256', key).update(`${column}\0${text}`).digest('hex').slice(0, DIGITS);
}

function renderWhole(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
