import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Run } from '../../core/contracts/run/steps';

/**
 * What the steps between claim and recording leave behind. Not by the factories of other tests, which grow with the code: what a release
 * that is kept has written must come out the same for ever.
 */

const STATUS = { COMPLETE: 'PUBLISHED', WITHIN_TOLERANCE: 'PARTIAL', EMPTY_AS_DECLARED: 'NO_DATA' } as const;
export type Published = keyof typeof STATUS;

const RECORDS = { read: 690, accepted: 690, quarantined: 0, duplicates: 0, dropped: 0, added: 0, published: 690 };
const NOTHING = { ...RECORDS, read: 0, accepted: 0, published: 0 };

const sourceOf = ({ dataset, partition }: Run) => ({
  kind: 'primary',
  bucket: 'source-bucket',
  prefix: `${dataset}/${partition}/`,
  objects: 3,
  bytes: 1_234_567,
  newestAgeSeconds: 840,
  complete: true,
  listingHash: 'a'.repeat(32),
});
const filesOf = ({ dataset, partition }: Run) => [
  { key: `data/${dataset}/${partition}/${'f'.repeat(32)}.parquet`, records: 690, bytes: 5 },
];

export function publicationOf(run: Run, code: Published, now: Date) {
  const { dataset, partition, runId, executionArn, definitionHash, codeVersion } = run;
  const isEmpty = code === 'EMPTY_AS_DECLARED';
  return {
    runId,
    executionArn,
    ending: { status: STATUS[code], code },
    publishedAt: now.toISOString(),
    definitionHash,
    codeVersion,
    files: isEmpty ? [] : filesOf(run),
    quarantineFiles: [],
    records: isEmpty ? NOTHING : RECORDS,
    source: sourceOf(run),
    upstreams: [],
    planKey: `plans/${dataset}/${partition}/${runId}.json`,
    failedBatches: [],
  };
}

export function planOf(run: Run) {
  const { dataset, partition, runId, definitionHash, codeVersion } = run;
  return {
    schemaVersion: 1,
    dataset,
    partition,
    runId,
    round: 1,
    definitionHash,
    codeVersion,
    source: sourceOf(run),
    upstreams: [],
    references: [],
    settings: null,
    batchBytes: 1_000_000,
    batches: [],
  };
}

export function checkOf(run: Run) {
  return {
    schemaVersion: 1,
    runId: run.runId,
    planKey: `plans/${run.dataset}/${run.partition}/${run.runId}.json`,
    ending: { status: 'PARTIAL', code: 'WITHIN_TOLERANCE' },
    records: RECORDS,
    rules: [],
    failedBatches: [],
    files: filesOf(run),
    quarantineFiles: [],
    batches: { all: 1, failed: 0 },
    cost: { ValidateBatch: { peakMb: 400, requests: 7 } },
  };
}

/** The history of an execution that has claimed, and was given to RecordRun if it came that far. */
export function historyOf(state: Readonly<Record<string, unknown>>, recorded: boolean): HistoryEvent[] {
  const entered = (id: number, name: string, input: unknown): HistoryEvent => ({
    id,
    previousEventId: id - 1,
    type: 'TaskStateEntered',
    timestamp: new Date(0),
    stateEnteredEventDetails: { name, input: JSON.stringify(input) },
  });
  const { run } = state;
  const began: HistoryEvent = { id: 1, previousEventId: 0, type: 'ExecutionStarted', timestamp: new Date(0) };
  const claimed = entered(2, 'LoadPartition', run === undefined ? {} : { run });
  return recorded ? [began, claimed, entered(3, 'RecordRun', state)] : [began, claimed];
}
