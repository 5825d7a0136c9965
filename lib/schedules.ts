import { Duration, RemovalPolicy } from 'aws-cdk-lib';
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
import type { Dataset } from '../lambdas/contracts/dataset';
import { firingTimes } from './schedule-times';

/**
 * A start that fails is tried 5 more times within 15 minutes, then goes to the dead-letter queue. Scheduler's own 185 times in 24 hours
 * would let an outage of a morning start runs all day that the sweep (every 10 minutes) or the backfill has long made up for.
 */
const START_RETRIES = 5;
const START_MAX_AGE = Duration.minutes(15);

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
    for (const dataset of datasets) {
      for (const { id: suffix, cron, start, end } of firingTimes(dataset, now)) {
        new Schedule(this, `${dataset.name}${suffix}`, {
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
  }
}
