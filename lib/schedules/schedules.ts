import { createHash } from 'node:crypto';
import { Duration, NestedStack, RemovalPolicy } from 'aws-cdk-lib';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { firingTimes } from './schedule-times';

/**
 * A start that fails is tried 5 more times within 15 minutes, then goes to the dead-letter queue. Scheduler's own 185 times in 24 hours
 * would let an outage of a morning start runs all day that the sweep (every 10 minutes) or the backfill has long made up for.
 */
const START_RETRIES = 5;
const START_MAX_AGE = Duration.minutes(15);

/**
 * Up to so many schedules are in the stack itself. Where there are more, CloudFormation's 500 resources for a stack are not enough for
 * them and everything else (100 to 180), and all are in nested stacks.
 */
const SCHEDULES_IN_STACK = 250;
/**
 * Nested stacks, if any. A fixed number, so that a dataset's schedules stay where they are when other datasets come: with 2,000 schedules
 * each has some 250. The 2,500 resources of one operation on a stack and its nested ones are used up before one of them is full.
 */
const NESTED_STACKS = 8;

export interface SchedulesProps {
  readonly datasets: readonly Dataset[];
  readonly stateMachine: IStateMachine;
  /** The time of the synthesis. */
  readonly now: Date;
}

/** Starts a run for every expected partition of every dataset when it becomes available. */
export class Schedules extends Construct {
  readonly group: ScheduleGroup;
  /** Starts that could not be made. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { datasets, stateMachine, now }: SchedulesProps) {
    super(scope, id);
    this.group = new ScheduleGroup(this, 'Group', {
      // Its name is fixed: one that stayed would be in the way of the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // The longest there is: it has to outlast a holiday.
      retentionPeriod: Duration.days(14),
    });
    const wanted = datasets.flatMap((dataset) => firingTimes(dataset, now).map((times) => ({ dataset, times })));
    for (const { dataset, times } of wanted) {
      const { id: suffix, cron, start, end } = times;
      const place = wanted.length <= SCHEDULES_IN_STACK ? this : this.nested(dataset.name);
      new Schedule(place, `${dataset.name}${suffix}`, {
        description: `Starts the run of each ${dataset.cadence} partition of ${dataset.name} when it is available`,
        scheduleGroup: this.group,
        schedule: ScheduleExpression.cron(cron),
        timeWindow: TimeWindow.off(),
        ...(start === undefined ? {} : { start }),
        ...(end === undefined ? {} : { end }),
        target: new StepFunctionsStartExecution(stateMachine, {
          input: ScheduleTargetInput.fromObject({
            dataset: dataset.name,
            // The time that was meant, not the time of delivery: the partition is derived from it, by what the dataset says now. What
            // it says by the time the run works, or is recorded, may be something else.
            scheduledTime: ContextAttribute.scheduledTime,
            cadence: dataset.cadence,
            availableMinutes: dataset.availableMinutes,
            trigger: 'schedule',
          }),
          retryAttempts: START_RETRIES,
          maxEventAge: START_MAX_AGE,
          deadLetterQueue: this.deadLetters,
        }),
      });
    }
  }

  /** The nested stack of a dataset's schedules. Moved there from the stack itself, a schedule is created before the old one is removed. */
  private nested(dataset: string): Construct {
    const number = createHash('sha256').update(dataset).digest().readUInt32BE() % NESTED_STACKS;
    const id = `Nested${number}`;
    const there = this.node.tryFindChild(id);
    return there instanceof NestedStack
      ? there
      : new NestedStack(this, id, { description: `Schedules that start the runs of Rollcall, part ${number + 1}` });
  }
}
