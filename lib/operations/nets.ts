import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
  type ScheduleGroup,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Functions } from '../functions/functions';

/** How often what the event did not bring is looked for. */
const SWEEP_EVERY = Duration.minutes(10);

/**
 * EventBridge tries an event it cannot hand over again for 2 hours (its own default is 24 hours). After 15 minutes the sweep has recorded
 * the ending anyway; the rest is for a longer failure of both.
 */
const DELIVERY_RETRIES = 30;
const DELIVERY_MAX_AGE = Duration.hours(2);

export interface NetsProps {
  readonly functions: Functions;
  readonly stateMachine: IStateMachine;
  /** Group of the app's schedules, whose drops an alarm watches. */
  readonly scheduleGroup: ScheduleGroup;
}

/**
 * The two nets outside the state machine, which cannot catch its own time-out, abort, runtime error or history limit: a rule on
 * status-change events, and, because those are best effort, a sweep.
 */
export class Nets extends Construct {
  /** Events that did not reach ExecutionEnded, and events at which it failed three times. */
  readonly endingLetters: Queue;
  /** Sweeps that Scheduler could not start. */
  readonly sweepLetters: Queue;

  constructor(scope: Construct, id: string, { functions, stateMachine, scheduleGroup }: NetsProps) {
    super(scope, id);
    this.endingLetters = deadLetters(this, 'EndingLetters');
    this.sweepLetters = deadLetters(this, 'SweepLetters');

    // $LATEST: no run refers to it, so the newest code records.
    functions.of('execution-ended').configureAsyncInvoke({
      // The most that Lambda does: again after 1 and 2 more minutes.
      retryAttempts: 2,
      maxEventAge: DELIVERY_MAX_AGE,
      onFailure: new SqsDestination(this.endingLetters),
    });
    new Rule(this, 'ExecutionEndedRule', {
      description: 'Executions that ended without success: nothing inside them may have recorded it',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [stateMachine.stateMachineArn],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [
        new LambdaFunction(functions.of('execution-ended'), {
          deadLetterQueue: this.endingLetters,
          retryAttempts: DELIVERY_RETRIES,
          maxEventAge: DELIVERY_MAX_AGE,
        }),
      ],
    });

    // No second attempt of a sweep that failed: the next one comes by itself.
    functions.of('sweep').configureAsyncInvoke({ retryAttempts: 0, maxEventAge: SWEEP_EVERY });
    new Schedule(this, 'Sweep', {
      description: 'Finds what has no ending, was never started or not delivered',
      scheduleGroup,
      schedule: ScheduleExpression.rate(SWEEP_EVERY),
      timeWindow: TimeWindow.off(),
      target: new LambdaInvoke(functions.of('sweep'), {
        input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime }),
        retryAttempts: 2,
        maxEventAge: SWEEP_EVERY,
        deadLetterQueue: this.sweepLetters,
      }),
    });
  }
}

function deadLetters(scope: Construct, id: string): Queue {
  return new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    // The longest there is: it has to outlast a holiday.
    retentionPeriod: Duration.days(14),
  });
}
