import { totalmem } from 'node:os';
import { referenceOf, type Column } from '../../core/contracts/dataset/column';
import { definitionHash, needsProcessing, type Dataset } from '../../core/contracts/dataset/dataset';
import type { FailedObject } from '../../core/contracts/batch/failed-objects';
import type { RuleResult } from '../../core/contracts/batch/batch';
import type { ProcessFunction } from '../../core/contracts/dataset/process';
import { RollcallError } from '../../core/contracts/errors';
import { endingOf, type ReasonCode, type RunStatus } from '../../core/contracts/run/endings';
import { NO_RECORDS, type RecordCounts } from '../../core/contracts/run/partition-record';
import type { ExpectationResult } from '../../core/contracts/run/quality';
import { MAX_RECORDS_PER_BATCH } from '../../core/domain/batch/plan-batches';
import type { ShowValue } from '../../core/domain/batch/sensitive';
import { judgeExpectation, judgeRules, type JudgedRule } from '../../core/domain/quality/judge-quality';
import { refuseUnmetExpectations } from '../../core/domain/quality/verdict';
import type { Limits } from '../../core/engine/duckdb/database';
import { processRecords, type Processed } from '../../core/engine/transform/process-records';
import { asFailedObject } from '../../core/engine/stage/set-aside';
import { validate, type Validated } from '../../core/engine/validate';
import { withWorkDir } from '../../core/runtime/aws/files';
import { judgeAll, measure, type At } from './judged';
import { publishedRows, type PublishedRows } from './published-rows';
import type { Gathered, TriedFile } from './tried-files';

/** How a run would end. */
interface Would {
  readonly status: RunStatus;
  readonly code: ReasonCode;
  readonly message: string;
  readonly hint: string;
}

/** What a definition makes of some files. */
export interface Tried {
  readonly would: Would;
  readonly records: RecordCounts;
  /** The most broken first. */
  readonly rules: readonly JudgedRule[];
  readonly expectations: readonly ExpectationResult[];
  /** Files that cannot be read, their paths in place of keys. */
  readonly unread: readonly FailedObject[];
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
    const at = { workDir, limits: limitsHere() };
    const known = { ...request, dataset };
    try {
      return { ...(await processed(known, at, await validateAll(known, at))), notes };
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error;
      return { ...nothing(error), notes };
    }
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

/** Validates all files as one batch; those that cannot be read are set aside. */
function validateAll({ dataset, gathered, show }: TryRequest, { workDir, limits }: At): Promise<Validated> {
  const files = new Map(gathered.files.map((file) => [file.object.key, file]));
  return validate({
    dataset,
    partition: gathered.partition,
    objects: gathered.files.map(({ object }) => object),
    reader: { read: async ({ key }) => fileOf(files, key).read() },
    // The sizes of batches are not tried.
    batchBytes: Number.MAX_SAFE_INTEGER,
    batchRecords: MAX_RECORDS_PER_BATCH,
    settings: [],
    references: { of: [], land: () => Promise.reject(new Error('nothing is referred to')) },
    omit: null,
    wantsUniqueKeys: false,
    workDir,
    limits,
    show,
  });
}

function fileOf(files: ReadonlyMap<string, TriedFile>, key: string): TriedFile {
  const file = files.get(key);
  if (file === undefined) throw new Error(`${key} is none of the files`);
  return file;
}

async function processed(request: TryRequest, at: At, validated: Validated): Promise<Omit<Tried, 'notes'>> {
  const { dataset, gathered } = request;
  const { partition } = gathered;
  const about = { partition, read: validated.counts.read, references: [] };
  const paths = new Map(gathered.files.map(({ object, path }) => [object.key, path]));
  const rules = judgeRules(dataset, definitionHash(dataset), about, named(validated.rules, paths), () => []);
  const unread = validated.unread.map(asFailedObject).map((one) => ({ ...one, key: paths.get(one.key) ?? one.key }));
  let records: RecordCounts = validated.counts;
  let published: PublishedRows | null = null;
  let expectations: ExpectationResult[] = [];
  try {
    const output = await outputOf(request, at, validated);
    const { data, dropped, added } = output;
    records = { ...records, dropped, added, published: data?.records ?? 0 };
    if (data !== null)
      published = await publishedRows(dataset, { path: data.path, most: request.rows, show: request.show }, at);
    const code = judgeAll(dataset, { records, rules, unread, gathered });
    expectations = (await measure({ dataset, partition }, at, validated.data)).flatMap(([expectation, figure]) =>
      figure === undefined ? [] : [judgeExpectation(expectation, figure, partition, () => [])],
    );
    refuseUnmetExpectations({ expectations });
    const { status, sentence, hint } = endingOf(code);
    return { would: { status, code, message: sentence, hint }, records, rules, expectations, unread, published };
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error;
    return { would: endedBy(error), records, rules, expectations, unread, published };
  }
}

/** Samples name the files as they were given. */
function named(rules: readonly RuleResult[], paths: ReadonlyMap<string, string>): RuleResult[] {
  return rules.map((rule) => ({
    ...rule,
    samples: rule.samples.map((sample) => ({ ...sample, object: paths.get(sample.object) ?? sample.object })),
  }));
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
