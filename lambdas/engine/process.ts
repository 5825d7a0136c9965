import { join } from 'node:path';
import type { Dataset } from '../contracts/dataset';
import { InternalError, RecordsUnaccounted } from '../contracts/errors';
import { sensitiveColumns } from '../domain/sensitive';
import { briefly, isOutOfMemory, kindOf } from './briefly';
import { refuseOtherThanSelect, trimEnd } from './check-sql';
import { Database, type Limits } from './database';
import { refuseAltered } from './file-checksum';
import { writeParquet, type LocalFile } from './outputs';
import { text } from './sql';

export interface ProcessRequest {
  readonly dataset: Dataset;
  /** The accepted records, how many they are, and the CRC-32 of their file where it is known. */
  readonly input: { readonly path: string; readonly records: number; readonly crc32?: string | undefined };
  /** A directory of this invocation's own. */
  readonly workDir: string;
  readonly limits: Limits;
}

/** What a transform gave. `dropped` and `added` are net: fewer or more records than it read. */
export interface Processed {
  readonly data: LocalFile | null;
  readonly dropped: number;
  readonly added: number;
}

/**
 * Runs a dataset's transform over accepted records.
 * @throws RecordsUnaccounted when it drops or adds records without declaring it; InternalError when its SQL fails
 */
export async function runTransform({ dataset, input, workDir, limits }: ProcessRequest): Promise<Processed> {
  const { transform } = dataset;
  if (transform === undefined) throw new InternalError(`dataset ${dataset.name} has no transform`);
  const database = await Database.open(workDir, limits);
  try {
    await refuseOtherThanSelect(database, `dataset ${dataset.name}, transform.sql`, transform.sql);
    await database.run(`CREATE TEMP VIEW records AS SELECT * FROM read_parquet(${text(input.path)})`);
    const data = await writeParquet(database, trimEnd(transform.sql), join(workDir, 'processed.parquet')).catch(
      (error: unknown) => {
        if (error instanceof RecordsUnaccounted || isOutOfMemory(error)) throw error;
        const failed = `the transform of ${dataset.name} failed`;
        if (sensitiveColumns(dataset).length > 0) throw new InternalError(`${failed}: ${kindOf(error)}`);
        throw new InternalError(`${failed}: ${briefly(error)}`, { cause: error });
      },
    );
    if (input.crc32 !== undefined) refuseAltered(input.path, input.crc32, 'the file of accepted records');
    const change = (data?.records ?? 0) - input.records;
    const dropped = Math.max(0, -change);
    const added = Math.max(0, change);
    if (dropped > 0 && !transform.mayDrop) throw undeclared(dataset, 'drops', dropped, 'mayDrop');
    if (added > 0 && !transform.mayAdd) throw undeclared(dataset, 'adds', added, 'mayAdd');
    return { data, dropped, added };
  } finally {
    database.close();
  }
}

function undeclared(dataset: Dataset, verb: string, records: number, declaration: string): RecordsUnaccounted {
  return new RecordsUnaccounted(
    `the transform of ${dataset.name} ${verb} ${records} records, which it does not declare: set transform.${declaration} if that is meant`,
    { details: { records } },
  );
}
