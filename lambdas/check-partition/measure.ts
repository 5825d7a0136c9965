import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Output } from '../../core/contracts/batch/batch';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { partitionEnd } from '../../core/contracts/partition';
import type { Run } from '../../core/contracts/run/steps';
import { measuredRows, type Measured } from '../../core/domain/quality/judge-quality';
import { Database, limitsOf } from '../../core/engine/duckdb/database';
import { FigureTally, type ColumnExpectation } from '../../core/engine/files/figures';
import { downloadFile, withWorkDir } from '../../core/runtime/aws/files';
import { inParallel } from '../../core/runtime/aws/parallel';
import type { StepContext } from '../../core/runtime/step/step';
import type { DoneBatch } from './gather';

type Context = Pick<StepContext<'check-partition'>, 'env' | 's3' | 'remainingMs'>;

/** Files on this machine at a time: a batch of 512 MiB makes one of some 100 MB, and DuckDB may want the rest of /tmp to spill. */
const FILES_AT_A_TIME = 2;

/**
 * The figures that a dataset's expectations are about, one for each; undefined where there is no record to look at. The accepted records are read again only where one is about a
 * column: figures of batches could not be added up to distinct values, and finished batches of former runs have none.
 * @throws InternalError when a file is not there or does not have its records
 */
export async function measure(
  context: Context,
  run: Run,
  dataset: Dataset,
  done: readonly DoneBatch[],
): Promise<(Measured | undefined)[]> {
  const records = done.reduce((sum, { validated }) => sum + validated.records.accepted, 0);
  const ofColumns = dataset.expectations.filter((one): one is ColumnExpectation => one.kind !== 'rows');
  const files = done.flatMap(({ validated }) => (validated.output === null ? [] : [validated.output]));
  const measured =
    ofColumns.length === 0 || files.length === 0
      ? []
      : await measureColumns(context, dataset, ofColumns, files, records, partitionEnd(run.partition));
  return dataset.expectations.map((expectation) =>
    expectation.kind === 'rows' ? measuredRows(expectation, records) : measured[ofColumns.indexOf(expectation)],
  );
}

function measureColumns(
  { env, s3, remainingMs }: Context,
  dataset: Dataset,
  expectations: readonly ColumnExpectation[],
  files: readonly Output[],
  records: number,
  end: Date,
): Promise<Measured[]> {
  return withWorkDir(async (workDir) => {
    const database = await Database.open(workDir, limitsOf({ env, remainingMs }));
    try {
      const tally = await FigureTally.create(database, dataset, expectations);
      for (let from = 0; from < files.length; from += FILES_AT_A_TIME) {
        const some = files.slice(from, from + FILES_AT_A_TIME);
        const paths = await inParallel(some, FILES_AT_A_TIME, async ({ key, bytes, crc32 }) => {
          const path = join(workDir, `accepted-${files.findIndex((file) => file.key === key)}.parquet`);
          await downloadFile(s3, env.LAKE_BUCKET, key, path, { bytes, crc32 });
          return path;
        });
        await tally.add(paths);
        for (const path of paths) await rm(path);
      }
      return await tally.measure(records, end);
    } finally {
      database.close();
    }
  });
}
