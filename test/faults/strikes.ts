import { functionsOf, labelOf, type StepOf } from '../../core/contracts/function-table';
import type { Act, Injection, Shape } from './case';
import type { Actor, Point } from './points';
import type { SituationName } from './situations';

/* What can be done to each Task, and over which data: the main dimensions of the matrix. */

export type Task = StepOf<'PartitionRun'>;
export const FOREVER = Number.POSITIVE_INFINITY;

/** Situations in which the state does its work. */
export const SITUATIONS_OF: Readonly<Record<Task, readonly SituationName[]>> = {
  ClaimPartition: ['good', 'again', 'partial', 'corrupt', 'two'],
  // No dataset here has dependencies: what can happen to it is in test/workflow/partition-run.long.ts.
  CheckDependencies: [],
  LoadPartition: ['good', 'empty', 'again', 'arriving', 'oneFails', 'shaped'],
  ValidateBatch: ['good', 'two', 'partial', 'again', 'duplicates', 'shaped'],
  ProcessBatch: ['shaped'],
  CheckPartition: ['good', 'partial', 'oneFails', 'empty', 'again', 'duplicates', 'shaped'],
  PublishPartition: ['good', 'again', 'partial', 'two', 'empty', 'oneFails', 'shaped'],
  RecordRun: ['good', 'corrupt', 'again', 'partial', 'empty', 'two', 'unfinished', 'oneFails', 'shaped'],
};

/** The Tasks that are struck, in the order of a run. */
export const TASKS: readonly Task[] = functionsOf('PartitionRun')
  .map(labelOf)
  .filter((task) => SITUATIONS_OF[task].length > 0);

/** Situations in which every request of the state's points is made. */
export const REACHED_IN: Readonly<Record<Task, readonly SituationName[]>> = {
  ClaimPartition: ['good', 'again', 'empty', 'corrupt'],
  CheckDependencies: [],
  LoadPartition: ['good', 'again', 'two', 'arriving', 'shaped'],
  ValidateBatch: ['good', 'partial', 'again', 'shaped'],
  ProcessBatch: ['shaped'],
  CheckPartition: ['good', 'partial', 'again', 'shaped', 'two'],
  PublishPartition: ['good', 'again', 'partial', 'shaped', 'two'],
  RecordRun: ['good', 'again', 'corrupt', 'partial', 'shaped'],
};

const SHAPES: readonly Shape[] = ['large', 'null', 'empty', 'text', 'list', 'wrong-types', 'half'];

/** The eight kinds of the issue, some of them in more than one form. */
export function faultsOf(at: Actor): Injection[] {
  return [
    { kind: 'throw', at, error: 'TransientError', times: 2 },
    { kind: 'throw', at, error: 'TransientError', times: FOREVER },
    { kind: 'throw', at, error: 'SchemaMismatch', times: FOREVER },
    { kind: 'throw', at, error: 'SomethingUnknown', times: FOREVER },
    { kind: 'time-out', at, of: 'lambda' },
    { kind: 'time-out', at, of: 'state' },
    { kind: 'kill', at },
    { kind: 'throttle', at, times: 1 },
    { kind: 'throttle', at, times: FOREVER },
    ...SHAPES.map((shape): Injection => ({ kind: 'output', at, shape })),
    { kind: 'cut', at, how: 'abort' },
    { kind: 'cut', at, how: 'limit' },
  ];
}

/** Acts at a request of a Task. Only a write can conflict, and a lost answer of a read is the same as an error. */
export function actsAt(point: Point): Act[] {
  const always: Act[] = ['kill-before', 'error-500', 'hang', 'abort-soon', 'limit-at-once', 'orphan-soon'];
  if (!point.writes) return point.operation === 'api' ? ['kill-before', 'error-500'] : always;
  return [
    ...always,
    'kill-after',
    'answer-lost',
    ...(point.operation === 'PutObject' ? (['conflict-409'] as const) : []),
    'abort-at-once',
    'abort-late',
    'limit-soon',
    'limit-late',
    'orphan-late',
  ];
}
