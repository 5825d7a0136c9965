import { defineDataset, type Dataset } from '../../core/contracts/dataset/dataset';

/** The job that every contestant does: the same file, the same rules, the same counts. */

/** Files of the benchmark by format. */
export const FORMATS = ['csv', 'jsonl', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

/** Where records come from: made up, with one in a hundred wrong; or real flights (npm package `vega-datasets`) with what is wrong in them. */
export const ORIGINS = ['generated', 'flights'] as const;
export type Origin = (typeof ORIGINS)[number];

/** How many rules a job has, besides types and presence. */
export const RULE_COUNTS = [5, 12, 40] as const;
export type RuleCount = (typeof RULE_COUNTS)[number];

export const SOURCE = 'bench-source';
export const LEDGER = 'bench-ledger';
export const LAKE = 'bench-lake';
export const OUTPUT = 'bench-output';

const CARRIERS = ['AA', 'AS', 'B6', 'DL', 'EV', 'F9', 'HA', 'MQ', 'UA', 'WN'];
/** Of a hundred records one is wrong, in turn in one of these ways. */
const WRONG_EVERY = 100;
const WAYS = 7;
/** Repeats the key of the record before: wrong only where keys are unique. */
const WAY_DUPLICATE = 0;

/** The file of one size. */
export interface File {
  readonly origin: Origin;
  readonly format: Format;
  readonly records: number;
  readonly key: string;
}

/** What a contestant counted, or has to count. */
export interface Counts {
  readonly accepted: number;
  readonly rejected: number;
}

/** What is checked in a file. */
export interface Job {
  readonly origin: Origin;
  readonly format: Format;
  readonly rules: RuleCount;
  /** Whether `flight_id` is a unique key: the first record of a key is kept, later ones are rejected. */
  readonly unique: boolean;
}

/** A column as contestants get it; bounds belong to accepted values. Every column but a nullable one has to have a value. */
export interface Column {
  readonly type: 'string' | 'timestamp' | 'integer' | 'double';
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly values?: readonly string[];
  /** Of a timestamp in ISO 8601, UTC. */
  readonly min?: number | string;
  readonly max?: number | string;
}

/** A rule on a record: the column compared with another one or with a number. */
export type RowRule =
  | { readonly name: string; readonly column: string; readonly operator: '<>'; readonly other: string }
  | { readonly name: string; readonly column: string; readonly operator: '<'; readonly bound: number };

/** What 5, 12 and 40 rules alike must find in a generated file: one record in a hundred, fewer where duplicates are allowed. */
export function truthOf({ unique }: Pick<Job, 'unique'>, records: number): Counts {
  const wrong = Math.floor((records + WRONG_EVERY / 2 - 1) / WRONG_EVERY);
  const duplicates = Math.ceil((wrong - WAY_DUPLICATE) / WAYS);
  const rejected = unique ? wrong : wrong - duplicates;
  return { accepted: records - rejected, rejected };
}

/** SQL for the records of a file, all columns as text; needs the file of flights by name where they are real. */
export function recordsSql(origin: Origin, records: number, flightsFile: string): string {
  return origin === 'generated' ? generatedSql(records) : flightsSql(records, flightsFile);
}

function generatedSql(records: number): string {
  const wrong = `i % ${WRONG_EVERY} = ${WRONG_EVERY / 2}`;
  const way = (n: number) => `(${wrong} AND (i // ${WRONG_EVERY}) % ${WAYS} = ${n})`;
  const airport = (salt: number) =>
    `chr(65 + (hash(i + ${salt}) % 26)::INTEGER) || chr(65 + (hash(i + ${salt + 1}) % 26)::INTEGER) || chr(65 + (hash(i + ${salt + 2}) % 26)::INTEGER)`;
  const carriers = CARRIERS.map((carrier) => `'${carrier}'`).join(', ');
  return `
    SELECT 'F' || lpad((CASE WHEN ${way(WAY_DUPLICATE)} THEN i - 1 ELSE i END)::VARCHAR, 9, '0') AS flight_id,
           CASE WHEN ${way(1)} THEN 'n/a' ELSE strftime(TIMESTAMP '2026-01-20 05:00:00' + INTERVAL (i % 3600) SECOND, '%Y-%m-%dT%H:%M:%SZ') END AS ts,
           CASE WHEN ${way(2)} THEN lower(${airport(1)}) ELSE 'A' || substr(${airport(1)}, 2) END AS origin,
           CASE WHEN ${way(3)} THEN 'A' || substr(${airport(1)}, 2) ELSE 'B' || substr(${airport(7)}, 2) END AS destination,
           CASE WHEN ${way(4)} THEN 'XX' ELSE [${carriers}][1 + (hash(i) % ${CARRIERS.length})::INTEGER] END AS carrier,
           CASE WHEN ${way(5)} THEN '9999' ELSE ((hash(i + 11) % 300)::INTEGER - 60)::VARCHAR END AS delay,
           CASE WHEN ${way(6)} THEN '-1.5' ELSE ((hash(i + 13) % 60000)::INTEGER / 10.0)::VARCHAR END AS distance,
           CASE WHEN i % 3 = 0 THEN NULL ELSE 'gate ' || (i % 90) || ', on time' END AS note
    FROM range(${records}) t(i)`;
}

/** The package has no key: a flight's is its number. What is more than it has comes from its begin again. */
function flightsSql(records: number, file: string): string {
  const flights = `(SELECT *, file_row_number AS n FROM read_parquet('${file}', file_row_number = true))`;
  return `
    SELECT 'F' || lpad((copy * total + n)::VARCHAR, 9, '0') AS flight_id, strftime("date", '%Y-%m-%dT%H:%M:%SZ') AS ts,
           origin, destination, delay::VARCHAR AS delay, distance::VARCHAR AS distance
    FROM (SELECT count(*) AS total FROM read_parquet('${file}')), range(${records}) c(copy), ${flights}
    WHERE copy * total < ${records} AND copy * total + n < ${records}
    ORDER BY copy, n`;
}

/** SQL for the number of real flights that keep every rule, written by itself rather than made from the definition. */
export function goodFlightsSql(table: string): string {
  return `
    SELECT count(*) FROM ${table}
    WHERE delay::INTEGER BETWEEN -120 AND 1440 AND distance::INTEGER BETWEEN 1 AND 3000 AND origin <> destination`;
}

/** The columns of a job with their rules. 5 rules leave out what no record of the file breaks anyway. */
export function columnsOf({ origin, rules }: Pick<Job, 'origin' | 'rules'>): Readonly<Record<string, Column>> {
  const strict = rules > 5;
  const airport: Column = { type: 'string', pattern: '[A-Z]{3}' };
  const id: Column = { type: 'string', ...(strict ? { pattern: 'F[0-9]{9}' } : {}) };
  if (origin === 'flights')
    return {
      flight_id: id,
      ts: { type: 'timestamp', ...(strict ? { min: '2001-01-01T00:00:00Z', max: '2001-12-31T23:59:59Z' } : {}) },
      origin: airport,
      destination: airport,
      delay: { type: 'integer', min: -120, max: 1440 },
      distance: { type: 'integer', min: 1, max: 3000 },
    };
  return {
    flight_id: id,
    ts: { type: 'timestamp', ...(strict ? { min: '2026-01-20T00:00:00Z', max: '2026-01-21T00:00:00Z' } : {}) },
    origin: airport,
    destination: { type: 'string', ...(strict ? { pattern: '[A-Z]{3}' } : {}) },
    carrier: { type: 'string', values: CARRIERS },
    delay: { type: 'integer', min: -90, max: 2000 },
    distance: { type: 'double', min: 0, ...(strict ? { max: 6000 } : {}) },
    note: { type: 'string', nullable: true },
  };
}

/** The rules on records: 40 rules are 12 and 28 bounds. */
export function rowRulesOf({ rules }: Pick<Job, 'rules'>): RowRule[] {
  const more = Array.from({ length: rules === 40 ? 28 : 0 }, (_, n): RowRule => ({
    name: `more-${n}`,
    column: 'delay',
    operator: '<',
    bound: 3000 + n,
  }));
  return [{ name: 'goes-somewhere', column: 'origin', operator: '<>', other: 'destination' }, ...more];
}

/** The job as a definition of ours; with a transform where ProcessBatch has something to do. */
export function datasetOf(job: Job, { transform }: { transform: boolean }): Dataset {
  const { format, unique } = job;
  return defineDataset({
    name: transform ? 'bench-processed' : 'bench',
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
    columns: columnsOf(job) as Parameters<typeof defineDataset>[0]['columns'],
    ...(unique ? { unique: ['flight_id'] } : {}),
    rowRules: rowRulesOf(job).map((rule) => ({
      name: rule.name,
      sql: `${rule.column} ${rule.operator} ${rule.operator === '<' ? rule.bound : rule.other}`,
    })),
    ...(transform ? { transform: { sql: 'SELECT *, delay > 15 AS late FROM records' } } : {}),
  });
}

/**
 * JSON Schema of the record of a job, for Ajv: values as they come from CSV, coerced; with a format `utc` and a keyword `between` for
 * timestamps. JSON Schema has no comparison of two values.
 */
export function jsonSchemaOf(job: Job): object {
  const columns = Object.entries(columnsOf(job));
  const bounds = rowRulesOf(job).flatMap((rule) =>
    rule.operator === '<' ? [{ properties: { [rule.column]: { exclusiveMaximum: rule.bound } } }] : [],
  );
  return {
    type: 'object',
    required: columns.filter(([, { nullable }]) => nullable !== true).map(([name]) => name),
    properties: Object.fromEntries(columns.map(([name, column]) => [name, jsonSchemaOfColumn(column)])),
    ...(bounds.length > 0 ? { allOf: bounds } : {}),
  };
}

function jsonSchemaOfColumn({ type, nullable, pattern, values, min, max }: Column): object {
  const bounds = defined({ minimum: min, maximum: max });
  switch (type) {
    case 'integer':
      return { type: 'integer', ...bounds };
    case 'double':
      return { type: 'number', ...bounds };
    case 'timestamp':
      return { type: 'string', format: 'utc', ...(min === undefined ? {} : { between: [min, max] }) };
    case 'string':
      return {
        type: nullable === true ? ['string', 'null'] : 'string',
        ...defined({ pattern: pattern === undefined ? undefined : `^${pattern}$`, enum: values }),
      };
  }
}

function defined(of: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));
}
