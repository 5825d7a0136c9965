import { createHash } from 'node:crypto';
import { CHANNEL_NAME } from './dataset/channel';
import { DEPENDENCY_NAME } from './dataset/circuit-options';
import { DATASET_NAME } from './dataset/dataset-name';
import { ACCEPTED_FORMAT, OUTPUT_FORMATS, type OutputFormat } from './dataset/output';
import { choice, family, oneOf, text, whole, type Parsed } from './key-template';
import { cadenceOf } from './partition';
import { ROLL_CALL_KINDS } from './sweep/roll-call';

/**
 * Every S3 key of the ledger and the lake, built and parsed here and nowhere else (`docs/design.md` §5).
 * Parts are checked when a key is built, so no key is ever made of raw input.
 */

/** Thrown when a key would be built from something that is not a dataset name, partition, run id, … */
export class InvalidKeyPart extends Error {
  override readonly name = 'InvalidKeyPart';
}

/**
 * Executions that are not settled yet; troubles that were escalated; those of datasets that keep failing; objects that cannot be read; what
 * channels were told.
 */
const SWEEP_STATES = ['executions', 'incidents', 'failing', 'unreadable', 'channels'] as const;
export type SweepState = (typeof SWEEP_STATES)[number];
const BACKFILL_FILES = ['plan', 'summary', 'manifest'] as const;
export type BackfillFile = (typeof BACKFILL_FILES)[number];

/** No dot: what follows the first dot of a file's name says what it is, so that no two files of a partition's runs can have one name. */
const runId = text(/^[A-Za-z0-9_-]{1,160}$/);
const FORMATS = Object.keys(OUTPUT_FORMATS) as OutputFormat[];

/** What keys and ids of messages are made of. */
export const KEY_PARTS = {
  dataset: text(DATASET_NAME),
  partition: text(/^[0-9T-]+$/, (one) => cadenceOf(one) !== undefined),
  date: text(/^[0-9-]+$/, (one) => cadenceOf(one) === 'daily'),
  runId,
  backfillId: runId,
  /** Of a plan: the first pass over the batches, or the second over those with duplicates across batches. */
  round: choice<1 | 2>(
    new Map([
      [1, '1'],
      [2, '2'],
    ]),
  ),
  /** Of a batch in its plan. */
  index: whole,
  fingerprint: text(/^[0-9a-f]{32}$/),
  format: choice(new Map(FORMATS.map((format) => [format, OUTPUT_FORMATS[format].extension]))),
  messageId: text(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,255}$/),
  dependency: text(DEPENDENCY_NAME),
  channel: text(CHANNEL_NAME),
  rollCall: oneOf(ROLL_CALL_KINDS),
  name: oneOf(SWEEP_STATES),
  file: oneOf(BACKFILL_FILES),
} as const;

/** Every family of keys; what it is for and who may change it is in `docs/design.md` §5. */
export const KEY_TEMPLATES = {
  /** The partition record. */
  partition: 'partitions/{dataset}/{partition}.json',
  /** The manifest of a run. */
  manifest: 'runs/{dataset}/{partition}/{runId}.json',
  /** The manifest of a run whose input names no dataset or partition; `date` is the UTC day on which it started. */
  unassignedManifest: 'runs/_unassigned/{date}/{runId}.json',
  /** What an execution is about, where its input leaves that to the definition (`contracts/run/identity.ts`); written once. */
  identity: 'identities/{runId}.json',
  /** Object list and batches of a run; of its second pass, over batches with duplicates across batches. */
  plan: 'plans/{dataset}/{partition}/{runId}.json',
  secondPlan: 'plans/{dataset}/{partition}/{runId}.round-2.json',
  /** The settings that a run works with, as its dependencies answered them. */
  settings: 'plans/{dataset}/{partition}/{runId}.settings.json',
  /** Why a batch failed, written by the Lambda that failed. */
  batchFailure: 'plans/{dataset}/{partition}/{runId}.failed-{round}-{index}.json',
  /** The numbers of the records that a batch of the second round must leave out. */
  omissions: 'plans/{dataset}/{partition}/{runId}.omit-{index}.parquet',
  /** What CheckPartition found: counts, rules, failed batches, verdict. */
  check: 'plans/{dataset}/{partition}/{runId}.check.json',
  /** A backfill's plan, what was true when its runs were over, and its manifest. */
  backfill: 'backfills/{backfillId}/{file}.json',
  /** The circuit breaker of a dependency. */
  circuit: 'circuits/{dependency}.json',
  outbox: 'outbox/{messageId}.json',
  receipt: 'receipts/{messageId}.json',
  /** The note that the sweep may start a partition again after a run; its name says it all. */
  restart: 'restarts/{dataset}/{partition}/{runId}.json',
  /** What is remembered of a dataset that keeps failing. */
  troubles: 'troubles/{dataset}.json',
  /** The counts of a daily or weekly overview. */
  rollCall: 'roll-calls/{channel}/{rollCall}-{date}.json',
  /** What a message says of missing partitions that are not expected any more. */
  unlisted: 'unlisted/{messageId}.json',
  /** What the sweep remembers for the app as a whole. */
  sweep: 'sweeps/{name}.json',
  /** The deployed definition of a dataset, and how far the sweep has settled it. */
  dataset: 'datasets/{dataset}.json',

  /** A data file in the lake: what is published, or the accepted records (always Parquet) that it is made from. */
  data: 'data/{dataset}/{partition}/{fingerprint}.{format}',
  /** The batch record: written last, its presence means that the batch is done. */
  batch: 'data/{dataset}/{partition}/{fingerprint}.json',
  /** Hashes of the unique keys of a validated file, where a partition has several batches. */
  uniqueKeys: 'data/{dataset}/{partition}/{fingerprint}.keys.parquet',
  quarantine: 'quarantine/{dataset}/{partition}/{fingerprint}.jsonl.gz',
} as const;

/** Areas of the ledger and the lake: the first part of their keys. */
export type KeyArea = {
  [K in keyof typeof KEY_TEMPLATES]: (typeof KEY_TEMPLATES)[K] extends `${infer Area}/${string}` ? Area : never;
}[keyof typeof KEY_TEMPLATES];

const { build, parse, prefix } = family(KEY_PARTS, KEY_TEMPLATES, (message) => new InvalidKeyPart(message));

/** Builds the keys: one function for each template, with its parts in their order, and the prefixes that are listed. */
export const keys = {
  ...build,
  plan: (dataset: string, partition: string, run: string, round: 1 | 2) =>
    (round === 1 ? build.plan : build.secondPlan)(dataset, partition, run),
  data: (dataset: string, partition: string, fingerprint: string, format: OutputFormat = ACCEPTED_FORMAT) =>
    build.data(dataset, partition, fingerprint, format),
  /** Prefix of all messages that wait to be delivered. */
  outboxArea: prefix('outbox'),
  /** Prefix of the notes of runs after which the sweep may start a partition again. */
  restartsArea: prefix('restart'),
  /** Prefix of the states of all datasets. */
  datasetsArea: prefix('dataset'),
  /** Prefix of all circuits. */
  circuitsArea: prefix('circuit'),
  /** Prefixes of a dataset's files in the lake. */
  dataOf: (dataset: string) => prefix('data', dataset),
  quarantineOf: (dataset: string) => prefix('quarantine', dataset),
  /** Prefix of all partition records of a dataset. */
  partitionsOf: (dataset: string) => prefix('partition', dataset),
  /** Prefix of all manifests of a partition. */
  manifestsOf: (dataset: string, partition: string) => prefix('manifest', dataset, partition),
} as const;

/** What a key of the ledger or the lake stands for: its family, and the value of each of its parts. */
export type ParsedKey = Parsed<typeof KEY_PARTS, typeof KEY_TEMPLATES>;

/** The reverse of {@link keys}: what a key stands for, or undefined when it is none of ours. */
export const parseKey: (key: string) => ParsedKey | undefined = parse;

/** The run id in the record of a partition that no run was started for: no execution has it. */
export const NEVER_STARTED_RUN_ID = 'never-started';

/**
 * An execution name as a run id. Names of letters, digits, `_` and `-` stay as they are; Step Functions allows others (dots, letters of
 * any script, `+`, `@`, …) that would make awkward keys: those are replaced, and a hash of the name keeps different names different.
 */
export function runIdOf(executionName: string): string {
  if (/^[A-Za-z0-9_-]{1,80}$/.test(executionName) && executionName !== NEVER_STARTED_RUN_ID) return executionName;
  const readable = executionName.replace(/[^A-Za-z0-9_-]/gu, '_').slice(0, 80);
  return `${readable}-${createHash('sha256').update(executionName).digest('hex').slice(0, 16)}`;
}

/**
 * The run id of an execution whose name an earlier one has used up: Step Functions gives a name again 90 days after its execution ended.
 * Made from the name and the UTC day of the start, so that every recorder finds the same. No longer than `runIdOf` may be.
 */
export function runIdOfReuse(executionName: string, startedAt: string): string {
  const readable = executionName.replace(/[^A-Za-z0-9_-]/gu, '_').slice(0, 80);
  const hash = createHash('sha256')
    .update(`${executionName} ${startedAt.slice(0, 10)}`)
    .digest('hex');
  return `${readable}-${hash.slice(0, 16)}`;
}
