import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  DistributedMap,
  Fail,
  IntegrationPattern,
  JsonPath,
  Map as MapState,
  Pass,
  Result,
  StateMachineType,
  TaskInput,
  Timeout,
  type IChainable,
  type IStateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { is } from './choice-conditions';
import type { Functions } from '../functions/functions';
import { WORK_LIMIT } from './partition-run-machine';
import { executionRef, recording } from './recording-definition';
import { STARTING, WORK } from './retry-policies';
import { addCatchAll, allowing, firstFailed, step, tried, type Tasks } from './task';

/**
 * How much longer an iteration waits than its run may work: the run's own time-out comes first, and is recorded. Runs of a backfill do
 * not wait for their source.
 */
const CHILD_MARGIN = Duration.hours(1);

export interface BackfillDefinitionProps {
  readonly functions: Functions;
  /** The machine that takes one partition. */
  readonly partitionRun: IStateMachine;
  /** Partitions that are worked on at a time. */
  readonly concurrency: number;
}

/**
 * The states of Backfill (`docs/design.md` §2). Every path leads to RecordRun. What a later state or RecordRun finds in the state: what
 * PlanBackfill returned, at the top; `$.summary.Payload`; and after an error `$.failed.<State>` with `Error` and `Cause`.
 */
export function backfillDefinition(scope: Construct, props: BackfillDefinitionProps): IChainable {
  const { functions } = props;
  const recordRun = recording(scope, functions, 'Nothing was missing, or all of it is recovered.');
  const planFailed = firstFailed(scope, 'PlanFailed', 'PlanBackfill');
  planFailed.next(recordRun);
  const tasks: Tasks<'Backfill'> = {
    PlanBackfill: step(scope, functions, 'plan-backfill', {
      comment: 'Reads the input, finds the partitions in debt, and writes the plan of what is going to be done.',
      payload: {
        'input.$': '$$.Execution.Input',
        execution: executionRef(),
        ...tried(),
      },
      retry: WORK,
      onError: { goTo: planFailed, keepAt: '$' },
    }),
    SummarizeBackfill: step(scope, functions, 'summarize-backfill', {
      comment: 'Reads the ledger again: what is recovered, and what is still missing and why.',
      payload: { execution: executionRef(), 'planKey.$': '$.planKey' },
      retry: WORK,
      onError: { goTo: recordRun },
    }),
    RecordRun: recordRun,
  };
  const summarize = tasks.SummarizeBackfill;
  summarize.next(recordRun);

  const forEachWave = MapState.jsonPath(scope, 'ForEachWave', {
    comment: 'One wave after the other: each may need what the one before published.',
    itemsPath: '$.waves',
    maxConcurrency: 1,
    itemSelector: {
      'wave.$': '$$.Map.Item.Value',
      'backfillId.$': '$.backfillId',
      'childPrefix.$': '$.childPrefix',
    },
    // In the place of the partitions, which fill most of what a state may hold.
    resultPath: '$.waves',
  });
  forEachWave.itemProcessor(oneWave(scope, props));
  const wavesStopped = Pass.jsonPath(scope, 'WavesStopped', {
    comment:
      'What was recovered before is reported all the same. The waves make room for the cause of another failure.',
    result: Result.fromArray([]),
    resultPath: '$.waves',
  });
  wavesStopped.next(summarize);
  addCatchAll(forEachWave, { goTo: wavesStopped, keepAt: '$.failed.ForEachWave' });
  forEachWave.next(summarize);

  const planned = [...is('$.planned', true), Condition.isPresent('$.planKey')];
  return tasks.PlanBackfill.next(
    Choice.jsonPath(scope, 'AnyMissing?', {
      comment: 'Is any partition missing? An input that was refused, or an output that says neither, goes on record.',
    })
      .when(
        Condition.and(
          ...planned,
          ...is('$.anyMissing', true),
          ...['$.waves', '$.backfillId', '$.childPrefix'].map((path) => Condition.isPresent(path)),
        ),
        forEachWave,
        { comment: 'yes' },
      )
      .when(Condition.and(...planned, ...is('$.anyMissing', false)), summarize, { comment: 'no' })
      .otherwise(recordRun),
  );
}

/** The runs of one wave. */
function oneWave(scope: Construct, props: BackfillDefinitionProps): IChainable {
  const forEachPartition = DistributedMap.jsonPath(scope, 'ForEachPartition', {
    comment: allowing(
      'map-without-catch',
      'ForEachWave catches what it fails of itself; the waves after it may need what it did not publish',
      'One run each. Distributed: 3,000 runs have no room in one history of 25,000 events.',
    ),
    label: 'Partitions',
    mapExecutionType: StateMachineType.STANDARD,
    itemsPath: '$.wave.items',
    itemSelector: {
      'item.$': '$$.Map.Item.Value',
      'reprocess.$': '$.wave.reprocess',
      'publications.$': '$.wave.publications',
      'backfillId.$': '$.backfillId',
      'childPrefix.$': '$.childPrefix',
    },
    // Part of a budget: see `app-settings.ts`.
    maxConcurrency: props.concurrency,
    // Each iteration ends well by itself; what could still fail one (an abort) must not end the others.
    toleratedFailurePercentage: 100,
    // How a run ended is in the ledger.
    resultSelector: { ended: true },
  });
  forEachPartition.itemProcessor(onePartition(scope, props));

  const unreadable = Fail.jsonPath(scope, 'WaveUnreadable', {
    comment: 'Caught by ForEachWave: what was recovered before is reported.',
    error: 'InternalError',
    cause: 'PlanBackfill answered a wave without items, reprocess or publications.',
  });
  return Choice.jsonPath(scope, 'WaveReadable?', {
    comment:
      'Is everything there that the runs are started with? A path that is missing would kill the execution, uncaught.',
  })
    .when(
      Condition.and(
        ...['$.wave.items', '$.wave.reprocess', '$.wave.publications'].map((path) => Condition.isPresent(path)),
      ),
      forEachPartition,
      { comment: 'yes' },
    )
    .otherwise(unreadable);
}

/** One iteration of ForEachPartition. It always ends well; how the run ended is in the ledger. */
function onePartition(scope: Construct, { partitionRun }: BackfillDefinitionProps): IChainable {
  const ended = Pass.jsonPath(scope, 'PartitionEnded', {
    comment: 'Leaves nothing: the run has recorded its own ending, and 3,000 results must fit into 256 KiB.',
    result: Result.fromObject({}),
  });
  const run = StepFunctionsStartExecution.jsonPath(scope, 'RunPartition', {
    comment: allowing(
      'catch-drops-cause',
      'the run is an execution of its own, whose ending is on record with its cause',
      'Runs PartitionRun and waits for its end. A run that fails is data, and so is one that was started before under this name.',
    ),
    stateMachine: partitionRun,
    integrationPattern: IntegrationPattern.RUN_JOB,
    // From the backfill's name, not from the clock: a repeated start finds it there.
    name: JsonPath.format(
      '{}-{}-{}',
      JsonPath.stringAt('$.childPrefix'),
      JsonPath.stringAt('$.item.dataset'),
      JsonPath.stringAt('$.item.partition'),
    ),
    input: TaskInput.fromObject({
      'dataset.$': '$.item.dataset',
      'partition.$': '$.item.partition',
      trigger: 'backfill',
      'backfillId.$': '$.backfillId',
      'reprocess.$': '$.reprocess',
      // What the plan saw: a publication that is newer is not replaced.
      'publications.$': '$.publications',
    }),
    taskTimeout: Timeout.duration(WORK_LIMIT.plus(CHILD_MARGIN)),
    // A run's output is of no use here.
    resultPath: JsonPath.DISCARD,
  });
  for (const policy of STARTING) run.addRetry(policy);
  run.addCatch(ended, { errors: ['States.DataLimitExceeded'], resultPath: JsonPath.DISCARD });
  run.addCatch(ended, { errors: ['States.ALL'], resultPath: JsonPath.DISCARD });
  run.next(ended);
  return Choice.jsonPath(scope, 'PartitionNamed?', {
    comment:
      'Does the item say which partition? If not, nothing is started, and the partition is reported still missing.',
  })
    .when(Condition.and(Condition.isPresent('$.item.dataset'), Condition.isPresent('$.item.partition')), run, {
      comment: 'yes',
    })
    .otherwise(ended);
}
