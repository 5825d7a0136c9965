import type { Column, Dataset } from '../../contracts/dataset/dataset';
import { declaredSettings } from '../../contracts/dataset/dependency';
import { DefinitionFault, RecordsUnaccounted } from '../../contracts/errors';
import { renderValue } from '../../contracts/problems';
import type { ProcessAbout, ProcessFunction, ProcessRecord, ProcessValue } from '../../contracts/dataset/process';
import { sensitiveColumns } from '../../domain/batch/sensitive';
import type { Database } from '../duckdb/database';
import { identifier } from '../duckdb/sql';
import { typedText } from '../stage/typed-text';

/** Table of what the function gave, as text. */
const GIVEN = '_rollcall_given';

/** Output columns of a transform in TypeScript, by name. */
type CodeColumns = Readonly<Record<string, Column>>;

export interface CodeRequest {
  readonly dataset: Dataset;
  readonly process: ProcessFunction;
  readonly columns: CodeColumns;
  readonly about: ProcessAbout;
  /** How many records there are: the function has to be given all of them. */
  readonly accepted: number;
}

/**
 * Runs a transform in TypeScript over `records` and gives the SQL for what came of it, typed by the same strict rules as a source. Some
 * thousands of records are in JavaScript at a time.
 * @throws DefinitionFault when the function throws, or gives something else than records of the declared columns; RecordsUnaccounted when it
 *   was not given all of them
 */
export async function runCode(
  database: Database,
  { dataset, process, columns, about, accepted }: CodeRequest,
): Promise<string> {
  const named = Object.entries(columns);
  await database.run(`CREATE TABLE ${GIVEN} (${named.map(([name]) => `${identifier(name)} VARCHAR`).join(', ')})`);
  const failed = (problem: string) => new DefinitionFault(`process.ts of ${dataset.name} ${problem}`);
  let seen = 0;
  const appender = await database.appender(GIVEN);
  try {
    for await (const rows of database.stream(`SELECT ${inputColumns(dataset)} FROM records`)) {
      seen += rows.length;
      const records = rows.map((row) => recordOf(dataset, row, failed));
      const given = await call(process, records, about, dataset);
      if (!Array.isArray(given)) throw failed(`gave ${renderType(given)}, expected an array of records`);
      for (const record of given as readonly unknown[]) appender.append(textsOf(record, columns, failed));
    }
  } finally {
    appender.close();
  }
  if (seen !== accepted)
    throw new RecordsUnaccounted(`${seen} of ${accepted} records were given to process.ts of ${dataset.name}`);
  for (const [name, column] of named) await refuseUntyped(database, name, column, failed);
  const typed = named.map(([name, column]) => `${typedText(column, identifier(name))} AS ${identifier(name)}`);
  return `SELECT ${typed.join(', ')} FROM ${GIVEN}`;
}

async function call(
  process: ProcessFunction,
  records: readonly ProcessRecord[],
  about: ProcessAbout,
  dataset: Dataset,
): Promise<unknown> {
  try {
    return await process(records, about);
  } catch (error) {
    // What a user's code throws may quote what it was given.
    if (sensitiveColumns(dataset).length > 0 || declaredSettings(dataset).some(({ sensitive }) => sensitive))
      throw new DefinitionFault(`process.ts of ${dataset.name} threw an error, whose text may quote sensitive values`);
    const text = error instanceof Error ? `${error.name}: ${error.message}` : renderValue(error);
    throw new DefinitionFault(`process.ts of ${dataset.name} threw ${text.slice(0, 300)}`, { cause: error });
  }
}

/** The accepted records as JavaScript can hold them without loss. */
function inputColumns(dataset: Dataset): string {
  return Object.entries(dataset.columns)
    .map(([name, { type }]) => {
      const column = identifier(name);
      switch (type) {
        case 'timestamp':
          return `strftime(${column} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS ${column}`;
        case 'date':
        case 'decimal':
          return `CAST(${column} AS VARCHAR) AS ${column}`;
        default:
          return column;
      }
    })
    .join(', ');
}

type Failed = (problem: string) => DefinitionFault;

function recordOf(dataset: Dataset, row: Readonly<Record<string, unknown>>, failed: Failed): ProcessRecord {
  const record: Record<string, ProcessValue> = {};
  for (const name of Object.keys(dataset.columns)) {
    const value = row[name] ?? null;
    if (typeof value === 'bigint') {
      if (!Number.isSafeInteger(Number(value)))
        throw failed(`cannot be given an integer beyond 2^53 (column ${JSON.stringify(name)}): use transform.sql`);
      set(record, name, Number(value));
    } else set(record, name, value as ProcessValue);
  }
  return record;
}

/** Also a column called `__proto__` is one. */
function set(record: Record<string, ProcessValue>, name: string, value: ProcessValue): void {
  Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true });
}

/** A record's values as text, in the order of the columns. */
function textsOf(record: unknown, columns: CodeColumns, failed: Failed): (string | null)[] {
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw failed(`gave ${renderType(record)} for a record, expected an object with the declared columns`);
  const values = record as Readonly<Record<string, unknown>>;
  const extra = Object.keys(values).find((name) => !Object.hasOwn(columns, name));
  if (extra !== undefined)
    throw failed(
      `gave a column ${JSON.stringify(extra)}, expected one of transform.columns: ${Object.keys(columns).join(', ')}`,
    );
  return Object.entries(columns).map(([name, { nullable }]) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === null || value === undefined) {
      if (!nullable)
        throw failed(`gave no value for ${JSON.stringify(name)}, which transform.columns does not call nullable`);
      return null;
    }
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
    throw failed(`gave ${renderType(value)} for ${JSON.stringify(name)}, expected text, a number, true or false`);
  });
}

/** @throws DefinitionFault when values are not of the column's type */
async function refuseUntyped(database: Database, name: string, column: Column, failed: Failed): Promise<void> {
  const source = identifier(name);
  const wrong = await database.count(
    `SELECT count(*) FROM ${GIVEN} WHERE ${source} IS NOT NULL AND (${typedText(column, source)}) IS NULL`,
  );
  if (wrong > 0)
    throw failed(`gave ${wrong} values for ${JSON.stringify(name)} that are not of the type ${column.type}`);
}

function renderType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}
