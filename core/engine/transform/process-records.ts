import { join } from 'node:path';
import type { Dataset } from '../../contracts/dataset/dataset';
import { InternalError, RecordsUnaccounted, StepTimedOut } from '../../contracts/errors';
import type { ProcessAbout, ProcessFunction } from '../../contracts/dataset/process';
import { isTextOutput } from '../../contracts/dataset/output';
import type { SettingValue } from '../../contracts/run/run-settings';
import { briefly } from '../duckdb/briefly';
import { refuseOtherThanSelect } from '../sql/check-sql';
import { trimEnd } from '../sql/check-transform';
import { Database, type Limits } from '../duckdb/database';
import { faultOfTransform, isAccountedFor, tellOf } from '../sql/definition-fault';
import { refuseAltered } from '../bytes/file-checksum';
import { runCode } from './process-code';
import { writeParquet, type LocalFile } from '../files/outputs';
import { writeText } from '../files/text-output';
import { createSettings } from '../duckdb/settings-macro';
import { text } from '../duckdb/sql';

export interface ProcessRequest {
  readonly dataset: Dataset;
  /** The accepted records, how many they are, and the CRC-32 of their file where it is known. */
  readonly input: { readonly path: string; readonly records: number; readonly crc32?: string | undefined };
  /** What `setting('<name>')` gives in the transform; empty where it reads none. */
  readonly settings: readonly SettingValue[];
  /** A directory of this invocation's own. */
  readonly workDir: string;
  readonly limits: Limits;
  /** The dataset's transform in TypeScript, where it has one. */
  readonly process: ProcessFunction | undefined;
  readonly about: ProcessAbout;
}

/** What is published of a batch. `dropped` and `added` are net: fewer or more records than the transform read. */
export interface Processed {
  readonly data: LocalFile | null;
  readonly dropped: number;
  readonly added: number;
}

/**
 * Runs a dataset's transform, where it has one, over accepted records and writes what comes of it in the dataset's output format.
 * @throws RecordsUnaccounted when the transform drops or adds records without declaring it, and when a value does not survive the format;
 *   DefinitionFault when it fails, or gives what the format has no way to write; StepTimedOut when it does not finish
 */
export async function processRecords(request: ProcessRequest): Promise<Processed> {
  const { dataset, input, settings, workDir, limits } = request;
  const { transform, output } = dataset;
  const database = await Database.open(workDir, limits);
  try {
    await createSettings(database, settings);
    if (transform?.sql !== undefined) await refuseOtherThanSelect(database, dataset, transform.sql);
    await database.run(`CREATE TEMP VIEW records AS SELECT * FROM read_parquet(${text(input.path)})`);
    const query = transform === undefined ? 'SELECT * FROM records' : await queryOf(database, request, transform);
    const write = () =>
      isTextOutput(output.format)
        ? writeText(database, query, output.format, workDir)
        : writeParquet(database, query, join(workDir, 'processed.parquet'));
    const data = await write().catch((error: unknown) => throwFault(database, request, query, error));
    if (input.crc32 !== undefined) refuseAltered(input.path, input.crc32, 'the file of accepted records');
    const change = (data?.records ?? 0) - input.records;
    const dropped = Math.max(0, -change);
    const added = Math.max(0, change);
    if (transform === undefined) {
      if (change !== 0)
        throw new RecordsUnaccounted(
          `wrote ${data?.records ?? 0} records, expected the ${input.records} accepted ones`,
        );
      return { data, dropped, added };
    }
    if (dropped > 0 && !transform.mayDrop) throw undeclared(dataset, 'drops', dropped, 'mayDrop');
    if (added > 0 && !transform.mayAdd) throw undeclared(dataset, 'adds', added, 'mayAdd');
    return { data, dropped, added };
  } finally {
    database.close();
  }
}

/** Throws on what writing threw, blamed on whom it has to be. */
async function throwFault(
  database: Database,
  { dataset, settings }: ProcessRequest,
  query: string,
  error: unknown,
): Promise<never> {
  if (error instanceof StepTimedOut && dataset.transform !== undefined)
    throw new StepTimedOut(`the transform of ${dataset.name}: ${error.message}`);
  if (isAccountedFor(error)) throw error;
  const tell = tellOf(dataset, settings);
  const options = tell === briefly ? { cause: error } : {};
  // Records that cannot be read are no fault of the SQL.
  const unreadable = await database.rows('SELECT max(hash(*COLUMNS(*))) FROM records').then(
    () => undefined,
    (cause: unknown) => (isAccountedFor(cause) ? Promise.reject(cause) : cause),
  );
  if (unreadable !== undefined)
    throw new InternalError(`the accepted records of ${dataset.name} cannot be read: ${tell(unreadable)}`, options);
  if (dataset.transform?.sql !== undefined) throw await faultOfTransform(database, dataset, query, error, tell);
  throw new InternalError(
    `the records of ${dataset.name} could not be written as ${dataset.output.format}: ${tell(error)}`,
    options,
  );
}

/** The SELECT for what is published: the declared one, or that of what the TypeScript function gave. */
async function queryOf(
  database: Database,
  { dataset, process, about, input }: ProcessRequest,
  transform: NonNullable<Dataset['transform']>,
): Promise<string> {
  const { sql, columns } = transform;
  if (sql !== undefined) return trimEnd(sql);
  if (process === undefined || columns === undefined)
    throw new InternalError(`process.ts of ${dataset.name} is not in the bundle`);
  return runCode(database, { dataset, process, columns, about, accepted: input.records });
}

function undeclared(dataset: Dataset, verb: string, records: number, declaration: string): RecordsUnaccounted {
  return new RecordsUnaccounted(
    `the transform of ${dataset.name} ${verb} ${records} records, which it does not declare: set transform.${declaration} if that is meant`,
    { details: { records } },
  );
}
