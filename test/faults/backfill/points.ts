import { functionsOf, labelOf, type StepOf } from '../../../core/contracts/function-table';
import { api, get, head, put, type Point } from '../points';

/** Backfill's Tasks that invoke a function. */
type Task = StepOf<'Backfill'>;
export const TASKS: readonly Task[] = functionsOf('Backfill').map(labelOf);

const RECORD = /^partitions\//;
const PLAN = /^backfills\/.*\/plan\.json$/;
const SUMMARY = /^backfills\/.*\/summary\.json$/;
const MANIFEST = /^backfills\/.*\/manifest\.json$/;
const POINTER = /^outbox\/backfill~/;
const RECEIPT = /^receipts\/backfill~/;

/** What recording a backfill does, in its order, whichever recorder does it. */
const recording: readonly Point[] = [
  get('manifest', MANIFEST),
  get('plan', PLAN),
  get('summary', SUMMARY),
  put('outbox', POINTER),
  put('manifest', MANIFEST),
  head('receipt', RECEIPT),
  { ...put('receipt', RECEIPT), afterPost: true },
  { name: 'delete-outbox', operation: 'DeleteObject', on: POINTER, nth: 1, writes: true, afterPost: true },
];

/** The requests at which a case may strike, by name; those of RecordRun are about the backfill, not about its runs. */
export const TASK_POINTS: Readonly<Record<Task, readonly Point[]>> = {
  PlanBackfill: [
    get('plan', PLAN),
    get('record', RECORD),
    { name: 'list-source', operation: 'ListObjectsV2', on: /^$/, nth: 1, writes: false },
    put('plan', PLAN),
  ],
  SummarizeBackfill: [get('plan', PLAN), get('record', RECORD), put('summary', SUMMARY)],
  RecordRun: recording,
};

export const NET_POINTS: Readonly<Record<'ExecutionEnded' | 'Sweep', readonly Point[]>> = {
  ExecutionEnded: [api('states:GetExecutionHistory'), ...recording],
  // Looks for the manifest first, and delivers later: by then it has taken the pointer for itself.
  Sweep: [api('states:ListExecutions'), head('manifest', MANIFEST), ...recording, put('lease', POINTER, 2)],
};
