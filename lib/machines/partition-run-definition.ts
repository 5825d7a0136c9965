import {
  Choice,
  Condition,
  Map as MapState,
  Pass,
  Wait,
  WaitTime,
  type IChainable,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { oneBatch } from './batch-definition';
import { is } from './choice-conditions';
import type { Functions } from '../functions/functions';
import { partitionRunTasks } from './partition-run-tasks';
import type { RetryPolicy } from './retry-policies';
import { addCatchAll } from './task';

export interface PartitionRunDefinitionProps {
  readonly functions: Functions;
  /** Batches that are worked on at a time. */
  readonly batchConcurrency: number;
  /** What of the steps is tried again. */
  readonly retry: RetryPolicy;
}

/**
 * The states of PartitionRun (`docs/design.md` §2). Every path leads to RecordRun and from there to RunSucceeded or RunFailed. What a later
 * state or RecordRun finds in the state: `$.run` (who works on what), `$.dependencies.Payload`, `$.load.Payload`, `$.batches`, `$.check.Payload`,
 * `$.publish.Payload`, and after an error `$.failed.<State>` with `Error` and `Cause`.
 */
export function partitionRunDefinition(scope: Construct, props: PartitionRunDefinitionProps): IChainable {
  const tasks = partitionRunTasks(scope, props.functions, props.retry);
  const recordRun = tasks.RecordRun;

  tasks.PublishPartition.next(recordRun);

  const forEachBatch = MapState.jsonPath(scope, 'ForEachBatch', {
    comment:
      'One batch of objects each. A batch that fails is data: it leaves its index and the error, and the others go on.',
    itemsPath: '$.load.Payload.batches',
    maxConcurrency: props.batchConcurrency,
    itemSelector: {
      'run.$': '$.run',
      'planKey.$': '$.load.Payload.planKey',
      'index.$': '$$.Map.Item.Value',
    },
    resultPath: '$.batches',
  });
  forEachBatch.itemProcessor(oneBatch(scope, tasks));
  addCatchAll(forEachBatch, { goTo: recordRun, keepAt: '$.failed.ForEachBatch' });
  forEachBatch.next(tasks.CheckPartition);

  const omitDuplicates = Pass.jsonPath(scope, 'OmitDuplicates', {
    comment: 'The plan of the second round: the later batches again, without the records that an earlier batch has.',
    inputPath: '$.check.Payload.load',
    resultPath: '$.load.Payload',
  });
  omitDuplicates.next(forEachBatch);

  tasks.CheckPartition.next(
    Choice.jsonPath(scope, 'DuplicatesAcross?', {
      comment:
        'Do two batches have records with the same unique key? Asked once: the second round has none left. An output that says neither is recorded as a failure.',
    })
      .when(
        Condition.and(
          ...is('$.check.Payload.duplicatesAcross', true),
          Condition.isPresent('$.check.Payload.load'),
          Condition.isPresent('$.check.Payload.load.batches'),
          Condition.isPresent('$.check.Payload.load.planKey'),
          Condition.isPresent('$.load.Payload.round'),
          Condition.numberEquals('$.load.Payload.round', 1),
        ),
        omitDuplicates,
        { comment: 'yes' },
      )
      .when(Condition.and(...is('$.check.Payload.duplicatesAcross', false)), tasks.PublishPartition, { comment: 'no' })
      .otherwise(recordRun),
  );

  const wait = Wait.jsonPath(scope, 'WaitForPartition', {
    comment:
      'The source is still arriving: $.load.Payload.waitingFor says what is missing. Looks again until the deadline.',
    time: WaitTime.timestampPath('$.load.Payload.resumeAt'),
  });
  wait.next(tasks.LoadPartition);
  tasks.LoadPartition.next(
    Choice.jsonPath(scope, 'PartitionReady?', {
      comment: 'Is the source complete? An output that says neither is recorded as a failure.',
    })
      .when(
        Condition.and(
          ...is('$.load.Payload.ready', true),
          Condition.isPresent('$.load.Payload.planKey'),
          Condition.isPresent('$.load.Payload.batches'),
        ),
        forEachBatch,
        {
          comment: 'yes',
        },
      )
      .when(
        Condition.and(
          ...is('$.load.Payload.ready', false),
          Condition.isPresent('$.load.Payload.resumeAt'),
          Condition.isTimestamp('$.load.Payload.resumeAt'),
        ),
        wait,
        { comment: 'not yet' },
      )
      .otherwise(recordRun),
  );

  tasks.CheckDependencies.next(tasks.LoadPartition);
  return tasks.ClaimPartition.next(
    Choice.jsonPath(scope, 'PartitionClaimed?', {
      comment: 'Does this run hold the partition now? If not, the reason is in the state, and is recorded.',
    })
      // Here and not in a Choice of its own: runs without dependencies don't pay for the question.
      .when(
        Condition.and(...is('$.claimed', true), Condition.isPresent('$.run'), ...is('$.run.hasDependencies', true)),
        tasks.CheckDependencies,
        { comment: 'yes, and its dataset has dependencies' },
      )
      .when(Condition.and(...is('$.claimed', true), Condition.isPresent('$.run')), tasks.LoadPartition, {
        comment: 'yes',
      })
      .otherwise(recordRun),
  );
}
