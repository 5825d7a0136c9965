import { definitionHash, needsProcessing, type Dataset } from '../../core/contracts/dataset/dataset';
import type { ReasonCode } from '../../core/contracts/run/endings';
import { endingOf } from '../../core/contracts/run/endings';
import type { Manifest } from '../../core/contracts/run/manifest';
import {
  EMPTY_RECORD,
  NO_RECORDS,
  type EndingRef,
  type PartitionRecord,
  type Publication,
} from '../../core/contracts/run/partition-record';
import type { Plan, SourceObject, SourceSummary } from '../../core/contracts/batch/plan';
import type { CheckResult, Run } from '../../core/contracts/run/steps';
import { dataset } from './datasets';

/** Factories for what the tests of the protocol and of recording work with. */

export const PARTITION = '2026-01-20T05';
/** Half past six: the partition is over since half an hour. */
export const NOW = new Date('2026-01-20T06:30:00.000Z');
export const CODE_VERSION = 'c0de';

export const arnOf = (name: string) => `arn:aws:states:us-east-1:123456789012:execution:PartitionRun:${name}`;

export const execution = (name = 'run-1', input: unknown = { dataset: 'flights', partition: PARTITION }) => ({
  arn: arnOf(name),
  name,
  startTime: '2026-01-20T06:15:03.000Z',
  input,
});

export const ending = (code: ReasonCode): EndingRef => ({ status: endingOf(code).status, code });

export const source: SourceSummary = {
  kind: 'primary',
  bucket: 'source-bucket',
  prefix: 'flights/2026/01/20/05/',
  objects: 3,
  bytes: 1_234_567,
  newestAgeSeconds: 840,
  complete: true,
  listingHash: 'a'.repeat(32),
};

/** The run of a partition of this dataset, as ClaimPartition hands it on. */
export function runOf(definition: Dataset, overrides: Partial<Run> = {}): Run {
  return {
    dataset: definition.name,
    partition: PARTITION,
    runId: 'run-1',
    executionArn: arnOf('run-1'),
    startedAt: '2026-01-20T06:15:03.000Z',
    trigger: 'manual',
    reprocess: false,
    replay: false,
    fence: 1,
    definitionHash: definitionHash(definition),
    codeVersion: CODE_VERSION,
    needsProcessing: needsProcessing(definition),
    hasDependencies: definition.dependencies.length > 0,
    mayWait: true,
    ...overrides,
  };
}

export const run = (overrides: Partial<Run> = {}): Run => runOf(dataset(), overrides);

/** An object of the source as it is listed. */
export function listed(key: string, size = 100, lastModified = '2026-01-20T05:30:00.000Z'): SourceObject {
  return { bucket: 'vendor', key, etag: `"${key}-${size}"`, size, lastModified };
}

export const file = { key: `data/flights/${PARTITION}/${'f'.repeat(32)}.parquet`, records: 690, bytes: 5 };

export function publication(runId = 'run-1', overrides: Partial<Publication> = {}): Publication {
  return {
    runId,
    executionArn: arnOf(runId),
    ending: ending('COMPLETE'),
    publishedAt: '2026-01-20T06:16:00.000Z',
    definitionHash: definitionHash(dataset()),
    codeVersion: CODE_VERSION,
    files: [file],
    quarantineFiles: [],
    records: { ...NO_RECORDS, read: 690, accepted: 690, published: 690 },
    source,
    upstreams: [],
    planKey: `plans/flights/${PARTITION}/${runId}.json`,
    failedBatches: [],
    ...overrides,
  };
}

export function holder(runId = 'run-1', since = '2026-01-20T06:15:04.000Z') {
  return { runId, executionArn: arnOf(runId), since };
}

export const record = (overrides: Partial<PartitionRecord> = {}): PartitionRecord => ({
  ...EMPTY_RECORD,
  ...overrides,
});

export function plan(overrides: Partial<Plan> = {}): Plan {
  return {
    schemaVersion: 1,
    dataset: 'flights',
    partition: PARTITION,
    runId: 'run-1',
    round: 1,
    definitionHash: definitionHash(dataset()),
    codeVersion: CODE_VERSION,
    source,
    upstreams: [],
    references: [],
    settings: null,
    batchBytes: 1_000_000,
    batches: [],
    ...overrides,
  };
}

export function checkResult(overrides: Partial<CheckResult> = {}): CheckResult {
  return {
    schemaVersion: 1,
    runId: 'run-1',
    planKey: `plans/flights/${PARTITION}/run-1.json`,
    ending: ending('COMPLETE'),
    records: { ...NO_RECORDS, read: 690, accepted: 690, published: 690 },
    rules: [],
    failedBatches: [],
    files: [file],
    quarantineFiles: [],
    batches: { all: 1, failed: 0 },
    cost: { ValidateBatch: { peakMb: 400, requests: 7 } },
    ...overrides,
  };
}

export function manifest(code: ReasonCode, overrides: Partial<Manifest> & { detail?: string } = {}): Manifest {
  const { detail, ...rest } = overrides;
  const row = endingOf(code);
  return {
    schemaVersion: 1,
    kind: 'run',
    dataset: 'flights',
    partition: '2001-01-01T05',
    runId: '8f14e45f-ceea-467f-ab39-a4ab4b2cf0f1',
    executionArn: arnOf('8f14e45f-ceea-467f-ab39-a4ab4b2cf0f1'),
    trigger: 'schedule',
    backfillId: null,
    owner: 'Data Engineering',
    status: row.status,
    reason: { code, message: `${row.sentence}${detail === undefined ? '' : ` ${detail}`}`, hint: row.hint },
    source: null,
    upstreams: [],
    settings: null,
    records: NO_RECORDS,
    rules: [],
    failedBatches: [],
    outputs: [],
    quarantine: [],
    steps: [],
    cost: { transitions: 12, lambdaGbSeconds: 4.2, requests: 38, usd: 0.000612 },
    definitionHash: 'd'.repeat(16),
    codeVersion: CODE_VERSION,
    times: {
      scheduled: '2001-01-01T06:15:00.000Z',
      started: '2001-01-01T06:15:01.000Z',
      ended: '2001-01-01T06:15:14.000Z',
    },
    problems: [],
    minimal: false,
    ...rest,
  };
}
