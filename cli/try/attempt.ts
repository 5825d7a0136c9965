import { mkdir, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { referenceOf, type Column } from '../../core/contracts/dataset/column';
import { definitionHash, needsProcessing, type Dataset } from '../../core/contracts/dataset/dataset';
import type { RuleResult } from '../../core/contracts/batch/batch';
import type { Expectation } from '../../core/contracts/dataset/expectation';
import type { ProcessFunction } from '../../core/contracts/dataset/process';
import { errorNamed, RollcallError, type ErrorName } from '../../core/contracts/errors';
import { partitionEnd } from '../../core/contracts/partition';
import { endingOf, type ReasonCode, type RunStatus } from '../../core/contracts/run/endings';
import { NO_RECORDS, type RecordCounts } from '../../core/contracts/run/partition-record';
import type { ExpectationResult } from '../../core/contracts/run/quality';
import { MAX_RECORDS_PER_BATCH } from '../../core/domain/batch/plan-batches';
import type { ShowValue } from '../../core/domain/batch/sensitive';
import {
  judgeExpectation,
  judgeRules,
  measuredRows,
  type JudgedRule,
  type Measured,
} from '../../core/domain/quality/judge-quality';
import { judge, refuseUnmetExpectations } from '../../core/domain/quality/verdict';
import { count } from '../../core/domain/text/numbers';
import { Database, type Limits } from '../../core/engine/duckdb/database';
import { FigureTally, type ColumnExpectation } from '../../core/engine/files/figures';
import { processRecords, type Processed } from '../../core/engine/transform/process-records';
import { validate, type Validated } from '../../core/engine/validate';
import { withWorkDir } from '../../core/runtime/aws/files';
import { publishedRows, type PublishedRows } from './published-rows';
import type { Gathered, TriedFile } from './tried-files';

/** How a run would end. */
export interface Would {
  readonly status: RunStatus;
  readonly code: ReasonCode;
  readonly message: string;
  readonly hint: string;
}

export interface UnreadFile {
  readonly path: string;
  readonly error: ErrorName;
  readonly code: ReasonCode;
  readonly message: string;
}

/** What a definition makes of some files. */
export interface Tried {
  readonly would: Would;
  readonly records: RecordCounts;
  /** The most broken first. */
  readonly rules: readonly JudgedRule[];
  readonly expectations: readonly ExpectationResult[];
  readonly unread: readonly UnreadFile[];
  /** What only a run can say. */
  readonly notes: readonly string[];
  /** Null where there is no record to publish. */
  readonly published: PublishedRows | null;
}

export interface TryRequest {
  readonly dataset: Dataset;
  readonly process: ProcessFunction | undefined;
  readonly gathered: Gathered;
  /** Most published rows that are wanted. */
  readonly rows: number;
  readonly show: ShowValue;
}

/** Files that cannot be read after which no more are looked for: each costs a reading of all before it. */
const MOST_UNREAD = 20;

/** A quarter of the machine, and room to spill: nothing else of it is in use for long. */
function limitsHere(): Limits {
  return { memoryMb: Math.min(4096, Math.max(512, Math.floor(totalmem() / 4e6))), spillMb: 20_000 };
}

/**
 * Does with files what ValidateBatch, ProcessBatch and CheckPartition do with the objects of a partition, as one batch. A file that cannot
 * be read is told, and the others are looked at all the same.
 */
export async function tryFiles(request: TryRequest): Promise<Tried> {
  const { gathered } = request;
  if (gathered.table !== null) return nothing(gathered.table);
  const { dataset, notes } = withoutReferences(request.dataset);
  return withWorkDir(async (workDir) => {
    const unread: UnreadFile[] = [];
    const at = { workDir, limits: limitsHere() };
    let validated: Validated;
    try {
      validated = await validateReadable({ ...request, dataset }, at, unread);
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error;
      return { ...nothing(error), unread, notes };
    }
    return { ...(await processed({ ...request, dataset }, at, validated, unread)), unread, notes };
  });
}

function nothing(error: RollcallError): Tried {
  const would = endedBy(error);
  return { would, records: NO_RECORDS, rules: [], expectations: [], unread: [], notes: [], published: null };
}

function endedBy({ code, message }: RollcallError): Would {
  const { status, hint } = endingOf(code);
  return { status, code, message, hint };
}

/** Which values another dataset has is for its publications to say: the ledger is not asked. */
function withoutReferences(dataset: Dataset): { readonly dataset: Dataset; readonly notes: string[] } {
  const notes: string[] = [];
  const columns: Record<string, Column> = {};
  for (const [name, column] of Object.entries(dataset.columns)) {
    const reference = referenceOf(column);
    columns[name] = 'references' in column ? { ...column, references: undefined } : column;
    if (reference !== undefined)
      notes.push(`not checked: ${name}.references, which needs what is published of ${reference.dataset}`);
  }
  return notes.length === 0 ? { dataset, notes } : { dataset: { ...dataset, columns }, notes };
}

interface At {
  readonly workDir: string;
  readonly limits: Limits;
}

/** Validates the files that can be read; the others are found one after the other, since each ends the batch that it is in. */
async function validateReadable(
  { dataset, gathered, show }: TryRequest,
  { workDir, limits }: At,
  unread: UnreadFile[],
): Promise<Validated> {
  let files = gathered.files;
  for (;;) {
    const own = join(workDir, `attempt-${unread.length}`);
    await mkdir(own);
    try {
      const byKey = new Map(files.map((file) => [file.object.key, file]));
      return await validate({
        dataset,
        objects: files.map(({ object }) => object),
        reader: { read: async ({ key }) => fileOf(byKey, key).read() },
        // The sizes of batches are not tried.
        batchBytes: Number.MAX_SAFE_INTEGER,
        batchRecords: MAX_RECORDS_PER_BATCH,
        settings: [],
        references: { of: [], land: () => Promise.reject(new Error('nothing is referred to')) },
        omit: null,
        wantsUniqueKeys: false,
        workDir: own,
        limits,
        show,
      });
    } catch (error) {
      const at =
        error instanceof RollcallError ? files.find(({ object }) => object.key === error.details['object']) : undefined;
      if (!(error instanceof RollcallError) || at === undefined) throw error;
      unread.push({ path: at.path, error: error.name, code: error.code, message: withoutName(error.message, at) });
      if (unread.length >= MOST_UNREAD) throw error;
      files = files.filter((file) => file !== at);
      await rm(own, { recursive: true });
    }
  }
}

function fileOf(files: ReadonlyMap<string, TriedFile>, key: string): TriedFile {
  const file = files.get(key);
  if (file === undefined) throw new Error(`${key} is none of the files`);
  return file;
}

/** The message about an object, which is named as the file that it is. */
function withoutName(message: string, { object }: TriedFile): string {
  const name = `s3://${object.bucket}/${object.key}: `;
  return message.startsWith(name) ? message.slice(name.length) : message;
}

type Judged = Omit<Tried, 'unread' | 'notes'>;

async function processed(
  request: TryRequest,
  at: At,
  validated: Validated,
  unread: readonly UnreadFile[],
): Promise<Judged> {
  const { dataset, gathered } = request;
  const { partition } = gathered;
  const about = { partition, read: validated.counts.read, references: [] };
  const rules = judgeRules(dataset, definitionHash(dataset), about, named(validated.rules, gathered.files), () => []);
  let records: RecordCounts = validated.counts;
  let published: PublishedRows | null = null;
  let expectations: ExpectationResult[] = [];
  try {
    const output = await outputOf(request, at, validated);
    const { data, dropped, added } = output;
    records = { ...records, dropped, added, published: data?.records ?? 0 };
    if (data !== null)
      published = await publishedRows(dataset, { path: data.path, most: request.rows, show: request.show }, at);
    refuseUnread(unread, gathered.files.length);
    const code = judge(dataset, {
      records,
      rules,
      failed: [],
      batches: 1,
      objects: gathered.files.map(({ object }) => object),
    });
    expectations = (await measure(request, at, validated)).flatMap(([expectation, figure]) =>
      figure === undefined ? [] : [judgeExpectation(expectation, figure, partition, () => [])],
    );
    refuseUnmetExpectations({ expectations });
    const { status, sentence, hint } = endingOf(code);
    return { would: { status, code, message: sentence, hint }, records, rules, expectations, published };
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error;
    return { would: endedBy(error), records, rules, expectations, published };
  }
}

/** Samples name the files as they were given. */
function named(rules: readonly RuleResult[], files: readonly TriedFile[]): RuleResult[] {
  const paths = new Map(files.map(({ object, path }) => [object.key, path]));
  return rules.map((rule) => ({
    ...rule,
    samples: rule.samples.map((sample) => ({ ...sample, object: paths.get(sample.object) ?? sample.object })),
  }));
}

/** A file that cannot be read ends its batch, and so the partition. */
function refuseUnread(unread: readonly UnreadFile[], of: number): void {
  const [first] = unread;
  if (first === undefined) return;
  throw errorNamed(
    first.error,
    `${unread.length} of ${count(of, 'file')} cannot be read: ${first.path}: ${first.message}`,
  );
}

/** What ProcessBatch makes of the accepted records, where batches go through it. */
async function outputOf(
  { dataset, process, gathered }: TryRequest,
  { workDir, limits }: At,
  { data }: Validated,
): Promise<Processed> {
  if (data === null || !needsProcessing(dataset)) return { data, dropped: 0, added: 0 };
  return processRecords({
    dataset,
    input: data,
    settings: [],
    process,
    about: { dataset: dataset.name, partition: gathered.partition, settings: {} },
    workDir,
    limits,
  });
}

/** The figures that the expectations are about; undefined where there is no record to look at. */
async function measure(
  { dataset, gathered }: TryRequest,
  { workDir, limits }: At,
  { data }: Validated,
): Promise<(readonly [Expectation, Measured | undefined])[]> {
  const records = data?.records ?? 0;
  const ofColumns = dataset.expectations.filter((one): one is ColumnExpectation => one.kind !== 'rows');
  let measured: Measured[] = [];
  if (ofColumns.length > 0 && data !== null) {
    const database = await Database.open(workDir, limits);
    try {
      const tally = await FigureTally.create(database, dataset, ofColumns);
      await tally.add([data.path]);
      measured = await tally.measure(records, partitionEnd(gathered.partition));
    } finally {
      database.close();
    }
  }
  return dataset.expectations.map((one) => [
    one,
    one.kind === 'rows' ? measuredRows(one, records) : measured[ofColumns.indexOf(one)],
  ]);
}
