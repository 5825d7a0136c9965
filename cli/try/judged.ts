import type { Dataset } from '../../core/contracts/dataset/dataset';
import type { Expectation } from '../../core/contracts/dataset/expectation';
import { partitionEnd } from '../../core/contracts/partition';
import type { ReasonCode } from '../../core/contracts/run/endings';
import { errorNameOf, failedObjectsOf } from '../../core/domain/batch/telling-of-failed-objects';
import { measuredRows, type Measured } from '../../core/domain/quality/judge-quality';
import { judge } from '../../core/domain/quality/verdict';
import { Database, type Limits } from '../../core/engine/duckdb/database';
import { FigureTally, type ColumnExpectation } from '../../core/engine/files/figures';
import type { LocalFile } from '../../core/engine/files/outputs';
import type { Tried } from './attempt';
import type { Gathered } from './tried-files';

/** Where the engine works, and with how much. */
export interface At {
  readonly workDir: string;
  readonly limits: Limits;
}

/**
 * What CheckPartition says. Where the dataset does not say how many objects may fail, one that cannot be read ends its batch, and which
 * others that would take along is not known here: so none may.
 */
export function judgeAll(
  dataset: Dataset,
  { records, rules, unread, gathered }: Pick<Tried, 'records' | 'rules' | 'unread'> & { readonly gathered: Gathered },
): ReasonCode {
  const { tolerance } = dataset;
  const objects = gathered.files.map(({ object }) => object);
  const failedObjects = failedObjectsOf(unread, objects.length);
  const ended = tolerance.failedObjects === undefined ? unread : [];
  return judge(
    { ...dataset, tolerance: { ...tolerance, failedBatches: { batches: 0 } } },
    {
      records,
      rules,
      failed: ended.map((one, index) => ({
        index,
        state: 'ValidateBatch',
        error: errorNameOf(one),
        message: `${one.key}: ${one.message}`,
        objects: [one.key],
      })),
      failedObjects,
      batches: 1,
      objects,
    },
  );
}

/** The figures that the expectations are about; undefined where there is no record to look at. */
export async function measure(
  { dataset, partition }: { readonly dataset: Dataset; readonly partition: string },
  { workDir, limits }: At,
  data: LocalFile | null,
): Promise<(readonly [Expectation, Measured | undefined])[]> {
  const records = data?.records ?? 0;
  const ofColumns = dataset.expectations.filter((one): one is ColumnExpectation => one.kind !== 'rows');
  let measured: Measured[] = [];
  if (ofColumns.length > 0 && data !== null) {
    const database = await Database.open(workDir, limits);
    try {
      const tally = await FigureTally.create(database, dataset, ofColumns);
      await tally.add([data.path]);
      measured = await tally.measure(records, partitionEnd(partition));
    } finally {
      database.close();
    }
  }
  return dataset.expectations.map((one) => [
    one,
    one.kind === 'rows' ? measuredRows(one, records) : measured[ofColumns.indexOf(one)],
  ]);
}
