import { join } from 'node:path';
import { RecordsUnaccounted } from '../../contracts/errors';
import type { Dataset } from '../../contracts/dataset/dataset';
import type { SourceObject } from '../../contracts/batch/plan';
import { MAX_RECORDS_PER_BATCH } from '../../domain/batch/batches';
import { Budget, landBinary, landText, naming, type LandedText } from '../bytes/land';
import { parquetFooter } from '../bytes/parquet-footer';
import type { StagedObject } from '../files/quarantine';
import { stageCsv, type Staged } from './read-csv';
import { stageJsonl } from './read-jsonl';
import { stageParquet, type LandedParquet } from './read-parquet';
import type { Rule } from './rules';
import type { Stage } from './stage';
import { ENOUGH_REJECTED, Rejections } from './stopped';
import { maySpanLines } from '../lines/text-format';
import { uniqueRule } from './unique';
import type { ValidateRequest } from '../validate';

/** An object on this machine, whose records are counted by its bytes, or by its footer. */
type Landed =
  | (LandedParquet & { readonly kind: 'parquet'; readonly records: number; readonly crc32: string })
  | (LandedText & { readonly kind: 'text'; readonly object: SourceObject });

async function landObjects({ dataset, objects, reader, workDir, ...request }: ValidateRequest): Promise<Landed[]> {
  const budget = new Budget(request.batchBytes, request.batchRecords ?? MAX_RECORDS_PER_BATCH);
  const landed: Landed[] = [];
  for (const [index, object] of objects.entries()) {
    const path = join(workDir, `object-${index}`);
    const one = await naming(object, async (): Promise<Landed> => {
      if (dataset.source.format !== 'parquet')
        return { kind: 'text', object, ...(await landText(dataset, object, reader, path, budget)) };
      const crc32 = await landBinary(object, reader, path, budget);
      const footer = await parquetFooter(path);
      budget.takeRecords(footer.records, object, true);
      return { kind: 'parquet', object, path, footer, budget, crc32, records: footer.records };
    });
    landed.push(one);
  }
  return landed;
}

/**
 * Stages the records of all objects.
 * @throws TooManyRejected as soon as it is certain that nothing can be published, and enough is known to say why
 */
export async function stageObjects(
  stage: Stage,
  request: ValidateRequest,
  rules: readonly Rule[],
): Promise<StagedObject[]> {
  const { dataset, workDir, show, mostRejected = () => Infinity, enoughRejected = ENOUGH_REJECTED } = request;
  const landed = await landObjects(request);
  const counted = landed.reduce((sum, { records }) => sum + records, 0);
  // Where values may hold line feeds, only the reader knows how many records there are.
  const isExact = landed.every((one) => one.kind === 'parquet' || !maySpanLines(one.format));
  const limit = mostRejected(isExact ? counted : null);
  const rejections = new Rejections(stage.database, rules, limit, enoughRejected);
  const staged: StagedObject[] = [];
  let after = 0;
  for (const [i, object] of landed.entries()) {
    const { stopped, ...one } = await naming(object.object, () =>
      stageObject(stage, dataset, object, after, rejections),
    );
    staged.push(one);
    after += one.rows;
    await rejections.take(one, stopped || i === landed.length - 1);
    if (rejections.areTooMany)
      throw await rejections.error(staged, counted, {
        unique: uniqueRule(dataset),
        path: join(workDir, 'shown.jsonl.gz'),
        show,
      });
  }
  return staged;
}

async function stageObject(
  stage: Stage,
  dataset: Dataset,
  landed: Landed,
  after: number,
  { left }: Rejections,
): Promise<StagedObject & Pick<Staged, 'stopped'>> {
  const { object, path, crc32 } = landed;
  if (landed.kind === 'parquet') {
    const rows = await stageParquet(stage, dataset, landed, after);
    return { object, path, format: null, scrutiny: 'trusting', after, rows, misshapen: 0, crc32, stopped: false };
  }
  const { format } = landed;
  const outcome = await (format.kind === 'csv' ? stageCsv : stageJsonl)(stage, dataset, landed, after, left);
  const read = outcome.rows + outcome.misshapen;
  // Where stray quotes had to be told from line feeds inside values, only the line-by-line reading knows how many records there are.
  const countable = !outcome.stopped && (outcome.scrutiny === 'trusting' || !maySpanLines(format));
  if (countable && read !== landed.records)
    throw new RecordsUnaccounted(
      `got ${read} records from the reader, expected ${landed.records} as counted by the bytes`,
    );
  return { object, path, format, after, ...outcome, crc32 };
}
