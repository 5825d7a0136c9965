import { createHash } from 'node:crypto';
import { CHANNEL_NAME } from './dataset/channel';
import { DEPENDENCY_NAME } from './dataset/circuit-settings';
import { DATASET_NAME } from './dataset/dataset';
import { ACCEPTED_FORMAT, OUTPUT_FORMATS, type OutputFormat } from './dataset/output';
import { cadenceOf } from './partition';
import { renderValue } from './problems';
import { ROLL_CALL_KINDS, type RollCallKind } from './sweep/roll-call';

/**
 * Every S3 key of the ledger and the lake, built and parsed here and nowhere else (`docs/design.md` §5).
 * Parts are checked when a key is built, so no key is ever made of raw input.
 */

/** Thrown when a key would be built from something that is not a dataset name, partition, run id, … */
export class InvalidKeyPart extends Error {
  override readonly name = 'InvalidKeyPart';
}

/** No dot: what follows the first dot of a file's name says what it is, so that no two files of a partition's runs can have one name. */
const RUN_ID = /^[A-Za-z0-9_-]{1,160}$/;
/** A plan's name, or that of a file beside it. */
const PLAN_FILE =
  /^[A-Za-z0-9_-]{1,160}\.(?:json|round-2\.json|failed-[12]-\d+\.json|settings\.json|omit-\d+\.parquet|check\.json)$/;
const FINGERPRINT = /^[0-9a-f]{32}$/;
const MESSAGE_ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,255}$/;
const isDate = (text: string) => cadenceOf(text) === 'daily';

function part(kind: string, text: string, ok: boolean): string {
  if (!ok) throw new InvalidKeyPart(`${kind}: got ${renderValue(text)}, which cannot be part of a key`);
  return text;
}
const datasetPart = (dataset: string) => part('dataset', dataset, DATASET_NAME.test(dataset));
const partitionPart = (partition: string) => part('partition', partition, cadenceOf(partition) !== undefined);
const fingerprintPart = (fingerprint: string) => part('fingerprint', fingerprint, FINGERPRINT.test(fingerprint));
const messagePart = (messageId: string) => part('messageId', messageId, MESSAGE_ID.test(messageId));
const dependencyPart = (name: string) => part('dependency', name, DEPENDENCY_NAME.test(name));
const channelPart = (channel: string) => part('channel', channel, CHANNEL_NAME.test(channel));
const datePart = (date: string) => part('date', date, isDate(date));
const runPart = (runId: string) => part('runId', runId, RUN_ID.test(runId));

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

/**
 * The id of the message about a manifest, of a run or a backfill; null for any other key. One manifest has one message, so a
 * recorder that completes a recording finds the receipt of the first one.
 */
export function messageIdOf(manifestKey: string): string | null {
  const parsed = parseKey(manifestKey);
  if (parsed?.kind === 'manifest') return `${parsed.dataset}~${parsed.partition}~${parsed.runId}`;
  if (parsed?.kind === 'unassigned-manifest') return `unassigned~${parsed.date}~${parsed.runId}`;
  if (parsed?.kind === 'backfill' && parsed.file === 'manifest') return `backfill~${parsed.backfillId}`;
  return null;
}

/** The id of the message that a run still goes past its partition's deadline; it has no manifest yet. */
export function overdueMessageId(dataset: string, partition: string, runId: string): string {
  return `overdue~${datasetPart(dataset)}~${partitionPart(partition)}~${runPart(runId)}`;
}

/** The id of the message that a circuit opened or closed: each time is another generation. With the time, since a record may be removed by hand. */
export function circuitMessageId(dependency: string, generation: number, at: Date): string {
  return `circuit~${dependencyPart(dependency)}~${generation}~${at.getTime()}`;
}

/**
 * The id of the message that a change of a definition took missing partitions off the list. `since`: since when the definition before was
 * the deployed one, so that each change has its own, however often they come and go; `next`: the hash of the one after it, null where
 * the dataset is not deployed any more.
 */
export function unlistedMessageId(dataset: string, since: Date, next: string | null): string {
  return `unlisted~${datasetPart(dataset)}~${since.getTime()}~${next ?? 'removed'}`;
}

/** The id of a regular message of a channel; `date` is the day of the window that it is about. */
export function rollCallMessageId(channel: string, kind: RollCallKind, date: string): string {
  return `${kind}~${channelPart(channel)}~${datePart(date)}`;
}

/**
 * Executions that are not settled yet; troubles that were escalated; those of datasets that keep failing; objects that cannot be read;
 * which channels took messages.
 */
const SWEEP_STATES = ['executions', 'incidents', 'failing', 'unreadable', 'channels'] as const;
export type SweepState = (typeof SWEEP_STATES)[number];
const BACKFILL_FILES = ['plan', 'summary', 'manifest'] as const;
export type BackfillFile = (typeof BACKFILL_FILES)[number];

export const keys = {
  /** The partition record. */
  partition: (dataset: string, partition: string) =>
    `partitions/${datasetPart(dataset)}/${partitionPart(partition)}.json`,
  /** Prefix of all unsent messages. */
  outboxArea: 'outbox/',
  /** Prefix of the notes of runs after which the sweep may start a partition again. */
  restartsArea: 'restarts/',
  /** The note that the sweep may start a partition again after a run; its name says it all. */
  restart: (dataset: string, partition: string, runId: string) =>
    `restarts/${datasetPart(dataset)}/${partitionPart(partition)}/${runPart(runId)}.json`,
  /** Prefix of the states of all datasets. */
  datasetsArea: 'datasets/',
  /** Prefixes of a dataset's files in the lake. */
  dataOf: (dataset: string) => `data/${datasetPart(dataset)}/`,
  quarantineOf: (dataset: string) => `quarantine/${datasetPart(dataset)}/`,
  /** Prefix of all partition records of a dataset. */
  partitionsOf: (dataset: string) => `partitions/${datasetPart(dataset)}/`,
  /** The manifest of a run. */
  manifest: (dataset: string, partition: string, runId: string) =>
    `runs/${datasetPart(dataset)}/${partitionPart(partition)}/${runPart(runId)}.json`,
  /** Prefix of all manifests of a partition. */
  manifestsOf: (dataset: string, partition: string) => `runs/${datasetPart(dataset)}/${partitionPart(partition)}/`,
  /** The manifest of a run whose input names no dataset or partition; `date` is the UTC day on which it started. */
  unassignedManifest: (date: string, runId: string) => `runs/_unassigned/${datePart(date)}/${runPart(runId)}.json`,
  /** Object list and batches of a run; `round` 2 is the second pass over batches with duplicates across batches. */
  plan: (dataset: string, partition: string, runId: string, round: 1 | 2) =>
    `plans/${datasetPart(dataset)}/${partitionPart(partition)}/${runPart(runId)}${round === 1 ? '' : '.round-2'}.json`,
  /** The settings that a run works with, as its dependencies answered them. */
  settings: (dataset: string, partition: string, runId: string) =>
    `plans/${datasetPart(dataset)}/${partitionPart(partition)}/${runPart(runId)}.settings.json`,
  /** Why a batch failed, written by the Lambda that failed. */
  batchFailure: (dataset: string, partition: string, runId: string, round: 1 | 2, index: number) =>
    `plans/${datasetPart(dataset)}/${partitionPart(partition)}/${runPart(runId)}.failed-${round}-${index}.json`,
  /** The numbers of the records that a batch of the second round must leave out. */
  omissions: (dataset: string, partition: string, runId: string, index: number) =>
    `plans/${datasetPart(dataset)}/${partitionPart(partition)}/${runPart(runId)}.omit-${index}.parquet`,
  /** What CheckPartition found: counts, rules, failed batches, verdict. */
  check: (dataset: string, partition: string, runId: string) =>
    `plans/${datasetPart(dataset)}/${partitionPart(partition)}/${runPart(runId)}.check.json`,
  /** What an execution is about, where its input leaves that to the definition (`contracts/run/identity.ts`); written once. */
  identity: (runId: string) => `identities/${runPart(runId)}.json`,
  /** A backfill's plan, what was true when its runs were over, and its manifest. */
  backfill: (backfillId: string, file: BackfillFile) => `backfills/${runPart(backfillId)}/${file}.json`,
  /** The circuit breaker of a dependency. */
  circuit: (dependency: string) => `circuits/${dependencyPart(dependency)}.json`,
  /** Prefix of all circuits. */
  circuitsArea: 'circuits/',
  /** What a message says of missing partitions that are not expected any more. */
  unlisted: (messageId: string) => `unlisted/${messagePart(messageId)}.json`,
  /** The counts of a daily or weekly overview. */
  rollCall: (channel: string, kind: RollCallKind, date: string) =>
    `roll-calls/${channelPart(channel)}/${kind}-${datePart(date)}.json`,
  /** What is remembered of a dataset that keeps failing. */
  troubles: (dataset: string) => `troubles/${datasetPart(dataset)}.json`,
  outbox: (messageId: string) => `outbox/${messagePart(messageId)}.json`,
  receipt: (messageId: string) => `receipts/${messagePart(messageId)}.json`,
  /** What the sweep remembers for the app as a whole. */
  sweep: (name: SweepState) => `sweeps/${name}.json`,
  /** The deployed definition of a dataset, and how far the sweep has settled it. */
  dataset: (dataset: string) => `datasets/${datasetPart(dataset)}.json`,

  /** A data file in the lake: what is published, or the accepted records (always Parquet) that it is made from. */
  data: (dataset: string, partition: string, fingerprint: string, format: OutputFormat = ACCEPTED_FORMAT) =>
    `data/${datasetPart(dataset)}/${partitionPart(partition)}/${fingerprintPart(fingerprint)}.${OUTPUT_FORMATS[format].extension}`,
  /** The batch record: written last, its presence means that the batch is done. */
  batch: (dataset: string, partition: string, fingerprint: string) =>
    `data/${datasetPart(dataset)}/${partitionPart(partition)}/${fingerprintPart(fingerprint)}.json`,
  /** Hashes of the unique keys of a validated file, where a partition has several batches. */
  uniqueKeys: (dataset: string, partition: string, fingerprint: string) =>
    `data/${datasetPart(dataset)}/${partitionPart(partition)}/${fingerprintPart(fingerprint)}.keys.parquet`,
  quarantine: (dataset: string, partition: string, fingerprint: string) =>
    `quarantine/${datasetPart(dataset)}/${partitionPart(partition)}/${fingerprintPart(fingerprint)}.jsonl.gz`,
} as const;

/** What a key of the ledger or the lake is about. */
export type ParsedKey =
  | { readonly kind: 'partition'; readonly dataset: string; readonly partition: string }
  | {
      readonly kind: 'manifest' | 'restart';
      readonly dataset: string;
      readonly partition: string;
      readonly runId: string;
    }
  | { readonly kind: 'unassigned-manifest'; readonly date: string; readonly runId: string }
  /** A plan, or one of the files beside it; `file` is its whole name. */
  | {
      readonly kind: 'plan';
      readonly dataset: string;
      readonly partition: string;
      readonly runId: string;
      readonly file: string;
    }
  | { readonly kind: 'outbox' | 'receipt' | 'unlisted'; readonly messageId: string }
  | { readonly kind: 'dataset' | 'troubles'; readonly dataset: string }
  | { readonly kind: 'sweep'; readonly name: SweepState }
  | { readonly kind: 'circuit'; readonly dependency: string }
  | { readonly kind: 'roll-call'; readonly channel: string; readonly of: RollCallKind; readonly date: string }
  | { readonly kind: 'identity'; readonly runId: string }
  | { readonly kind: 'backfill'; readonly backfillId: string; readonly file: BackfillFile }
  | {
      readonly kind: 'data' | 'batch' | 'unique-keys' | 'quarantine';
      readonly dataset: string;
      readonly partition: string;
      readonly fingerprint: string;
    };

/** The reverse of {@link keys}: what a key is about, or undefined when it is none of ours. */
export function parseKey(key: string): ParsedKey | undefined {
  const [area, ...rest] = key.split('/');
  const [first = '', second = '', third = ''] = rest;
  if (area === 'runs' && first === '_unassigned') {
    const runId = stem(third, '.json');
    return rest.length === 3 && isDate(second) && RUN_ID.test(runId)
      ? { kind: 'unassigned-manifest', date: second, runId }
      : undefined;
  }
  if (area === 'outbox' || area === 'receipts' || area === 'unlisted') {
    const messageId = stem(first, '.json');
    const kind = area === 'receipts' ? 'receipt' : area;
    return rest.length === 1 && MESSAGE_ID.test(messageId) ? { kind, messageId } : undefined;
  }
  if (area === 'datasets' || area === 'troubles') {
    const dataset = stem(first, '.json');
    const kind = area === 'datasets' ? 'dataset' : 'troubles';
    return rest.length === 1 && DATASET_NAME.test(dataset) ? { kind, dataset } : undefined;
  }
  if (area === 'circuits') {
    const dependency = stem(first, '.json');
    return rest.length === 1 && DEPENDENCY_NAME.test(dependency) ? { kind: 'circuit', dependency } : undefined;
  }
  if (area === 'roll-calls') {
    const of = ROLL_CALL_KINDS.find((one) => second.startsWith(`${one}-`));
    const date = stem(second.slice((of ?? '').length + 1), '.json');
    return rest.length === 2 && CHANNEL_NAME.test(first) && of !== undefined && isDate(date)
      ? { kind: 'roll-call', channel: first, of, date }
      : undefined;
  }
  if (area === 'identities') {
    const runId = stem(first, '.json');
    return rest.length === 1 && RUN_ID.test(runId) ? { kind: 'identity', runId } : undefined;
  }
  if (area === 'sweeps') {
    const name = SWEEP_STATES.find((one) => `${one}.json` === first);
    return rest.length === 1 && name !== undefined ? { kind: 'sweep', name } : undefined;
  }
  if (area === 'backfills') {
    const file = BACKFILL_FILES.find((one) => `${one}.json` === second);
    return rest.length === 2 && RUN_ID.test(first) && file !== undefined
      ? { kind: 'backfill', backfillId: first, file }
      : undefined;
  }
  if (!DATASET_NAME.test(first)) return undefined;
  const dataset = first;
  if (area === 'partitions') {
    const partition = stem(second, '.json');
    return rest.length === 2 && cadenceOf(partition) !== undefined
      ? { kind: 'partition', dataset, partition }
      : undefined;
  }
  if (rest.length !== 3 || cadenceOf(second) === undefined) return undefined;
  const partition = second;
  switch (area) {
    case 'runs':
    case 'restarts': {
      const runId = stem(third, '.json');
      const kind = area === 'runs' ? 'manifest' : 'restart';
      return RUN_ID.test(runId) ? { kind, dataset, partition, runId } : undefined;
    }
    case 'plans':
      return PLAN_FILE.test(third)
        ? { kind: 'plan', dataset, partition, runId: third.slice(0, third.indexOf('.')), file: third }
        : undefined;
    case 'quarantine': {
      const fingerprint = stem(third, '.jsonl.gz');
      return FINGERPRINT.test(fingerprint) ? { kind: 'quarantine', dataset, partition, fingerprint } : undefined;
    }
    case 'data': {
      const endings = [
        ['.keys.parquet', 'unique-keys'],
        ...Object.values(OUTPUT_FORMATS).map(({ extension }) => [`.${extension}`, 'data'] as const),
        ['.json', 'batch'],
      ] as const;
      for (const [extension, kind] of endings) {
        const fingerprint = stem(third, extension);
        if (FINGERPRINT.test(fingerprint)) return { kind, dataset, partition, fingerprint };
      }
      return undefined;
    }
    default:
      return undefined;
  }
}

/** A file's name without its extension; empty when it has another one, which no pattern takes. */
function stem(file: string, extension: string): string {
  return file.endsWith(extension) ? file.slice(0, -extension.length) : '';
}
