import { defineDataset, type Dataset } from '../../lambdas/contracts/dataset';

/** The job that every contestant does: the same file, the same rules, the same counts. */

/** Files of the benchmark by format. */
export const FORMATS = ['csv', 'jsonl', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

export const SOURCE = 'bench-source';
export const LEDGER = 'bench-ledger';
export const LAKE = 'bench-lake';
export const OUTPUT = 'bench-output';

const CARRIERS = ['AA', 'AS', 'B6', 'DL', 'EV', 'F9', 'HA', 'MQ', 'UA', 'WN'];
/** Of a hundred records one is wrong, in turn in one of these ways. */
export const WRONG_EVERY = 100;
export const WAYS = 7;

/** The file of one size. */
export interface File {
  readonly format: Format;
  readonly records: number;
  readonly key: string;
}

/** What the rules must find. */
export function truthOf(records: number): { accepted: number; rejected: number } {
  const rejected = Math.floor((records + WRONG_EVERY / 2) / WRONG_EVERY);
  return { accepted: records - rejected, rejected };
}

/** SQL for the records, from `range(n) t(i)`: eight columns as text, one in a hundred wrong. */
export function recordsSql(records: number): string {
  const wrong = `i % ${WRONG_EVERY} = ${WRONG_EVERY / 2}`;
  const way = (n: number) => `(${wrong} AND (i // ${WRONG_EVERY}) % ${WAYS} = ${n})`;
  const airport = (salt: number) =>
    `chr(65 + (hash(i + ${salt}) % 26)::INTEGER) || chr(65 + (hash(i + ${salt + 1}) % 26)::INTEGER) || chr(65 + (hash(i + ${salt + 2}) % 26)::INTEGER)`;
  const carriers = CARRIERS.map((carrier) => `'${carrier}'`).join(', ');
  return `
    SELECT 'F' || lpad((CASE WHEN ${way(0)} THEN i - 1 ELSE i END)::VARCHAR, 9, '0') AS flight_id,
           CASE WHEN ${way(1)} THEN 'n/a' ELSE strftime(TIMESTAMP '2026-01-20 05:00:00' + INTERVAL (i % 3600) SECOND, '%Y-%m-%dT%H:%M:%SZ') END AS ts,
           CASE WHEN ${way(2)} THEN lower(${airport(1)}) ELSE 'A' || substr(${airport(1)}, 2) END AS origin,
           CASE WHEN ${way(3)} THEN 'A' || substr(${airport(1)}, 2) ELSE 'B' || substr(${airport(7)}, 2) END AS destination,
           CASE WHEN ${way(4)} THEN 'XX' ELSE [${carriers}][1 + (hash(i) % ${CARRIERS.length})::INTEGER] END AS carrier,
           CASE WHEN ${way(5)} THEN '9999' ELSE ((hash(i + 11) % 300)::INTEGER - 60)::VARCHAR END AS delay,
           CASE WHEN ${way(6)} THEN '-1.5' ELSE ((hash(i + 13) % 60000)::INTEGER / 10.0)::VARCHAR END AS distance,
           CASE WHEN i % 3 = 0 THEN NULL ELSE 'gate ' || (i % 90) || ', on time' END AS note
    FROM range(${records}) t(i)`;
}

/** The dataset: 12 rules on values and records, and a unique key. `rules` 5 leaves out most, 40 adds row rules. */
export function datasetOf(
  format: Format,
  { rules, unique, transform }: { rules: 5 | 12 | 40; unique: boolean; transform: boolean },
): Dataset {
  const strict = rules > 5;
  const more =
    rules === 40 ? Array.from({ length: 28 }, (_, n) => ({ name: `more-${n}`, sql: `delay < ${3000 + n}` })) : [];
  return defineDataset({
    name: 'bench',
    owner: 'bench',
    cadence: 'hourly',
    calendar: { firstPartition: '2020-01-01T00' },
    source: {
      bucket: SOURCE,
      prefix: 'bench/{yyyy}/{MM}/{dd}/{HH}/',
      format,
      compression: format === 'parquet' ? 'none' : 'gzip',
    },
    empty: 'fault',
    tolerance: { rejected: { share: 0.5 } },
    columns: {
      flight_id: { type: 'string', ...(strict ? { pattern: 'F[0-9]{9}' } : {}) },
      ts: { type: 'timestamp', ...(strict ? { min: '2026-01-20T00:00:00Z', max: '2026-01-21T00:00:00Z' } : {}) },
      origin: { type: 'string', pattern: '[A-Z]{3}' },
      destination: { type: 'string', ...(strict ? { pattern: '[A-Z]{3}' } : {}) },
      carrier: { type: 'string', values: CARRIERS },
      delay: { type: 'integer', min: -90, max: 2000 },
      distance: { type: 'double', min: 0, ...(strict ? { max: 6000 } : {}) },
      note: { type: 'string', nullable: true },
    },
    ...(unique ? { unique: ['flight_id'] } : {}),
    rowRules: [{ name: 'goes-somewhere', sql: 'origin <> destination' }, ...more],
    ...(transform ? { transform: { sql: 'SELECT *, delay > 15 AS late FROM records' } } : {}),
  });
}

/** JSON Schema of the same record, for Ajv: values as they come from CSV, coerced. */
export const JSON_SCHEMA = {
  type: 'object',
  required: ['flight_id', 'ts', 'origin', 'destination', 'carrier', 'delay', 'distance'],
  properties: {
    flight_id: { type: 'string', pattern: '^F[0-9]{9}$' },
    ts: { type: 'string', pattern: '^2026-01-20T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$' },
    origin: { type: 'string', pattern: '^[A-Z]{3}$' },
    destination: { type: 'string', pattern: '^[A-Z]{3}$' },
    carrier: { type: 'string', enum: CARRIERS },
    delay: { type: 'integer', minimum: -90, maximum: 2000 },
    distance: { type: 'number', minimum: 0, maximum: 6000 },
    note: { type: ['string', 'null'] },
  },
} as const;
