import { Duration, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { DefinitionBody, QueryLanguage, StateMachine, type IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { functionsOf } from '../../core/contracts/function-table';
import { backfillDefinition } from './backfill-definition';
import { backfillCron } from './backfill-schedule';
import type { Functions } from '../functions/functions';
import type { Schedules } from '../schedules/schedules';
import { machineLogs } from './machine-logs';
import type { AppSettings } from '../app-settings';

/**
 * How long a backfill may take: by default it is over before the next one begins. 3,000 hours of 5 minutes, 4 at a time, are 63 hours. Where
 * it comes more often, two can go on side by side: what one has published or holds, the other leaves alone.
 */
const TIME_LIMIT = Duration.days(6);

/**
 * A start that fails is tried 5 more times within an hour, then goes to the dead-letter queue of the other starts. The next
 * backfill reaches back to the oldest partition that is missing, so nothing is lost by giving up.
 */
const START_RETRIES = 5;
const START_MAX_AGE = Duration.hours(1);

/** As for the events of PartitionRun (`nets.ts`). */
const DELIVERY_RETRIES = 30;
const DELIVERY_MAX_AGE = Duration.hours(2);

/** The machine's name, known before the machine is; see {@link partitionRunName}. */
export function backfillName(scope: Construct): string {
  return `${Stack.of(scope).stackName}-Backfill`;
}

export interface BackfillProps {
  readonly functions: Functions;
  /** The machine that takes one partition. */
  readonly partitionRun: IStateMachine;
  readonly schedules: Schedules;
  /** Dead-letter queue of the events that bring endings. */
  readonly endingLetters: IQueue;
  readonly settings: AppSettings;
}

/** The state machine that finds the partitions that are missing, runs them, and reports what is true afterwards. */
export class Backfill extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: BackfillProps) {
    super(scope, id);
    const { functions, partitionRun, schedules, settings } = props;
    const stateMachineName = backfillName(this);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName,
      comment: 'Finds the partitions that are missing, runs them, and reports what is true afterwards',
      queryLanguage: QueryLanguage.JSON_PATH,
      definitionBody: DefinitionBody.fromChainable(
        backfillDefinition(this, { functions, partitionRun, concurrency: settings.backfillConcurrency }),
      ),
      timeout: TIME_LIMIT,
      tracingEnabled: true,
      logs: machineLogs(this, stateMachineName, settings),
    });
    // A backfill takes days: deployments go on meanwhile, and it keeps the versions that it began with.
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: functionsOf('Backfill').map((name) => `${functions.of(name).functionArn}:*`),
      }),
    );
    // What the machine can't record by itself: its own time-out, abort, runtime error.
    new Rule(this, 'EndedRule', {
      description: 'Backfills that ended without success: nothing inside them may have recorded it',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [this.stateMachine.stateMachineArn],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [
        new LambdaFunction(functions.of('execution-ended'), {
          deadLetterQueue: props.endingLetters,
          retryAttempts: DELIVERY_RETRIES,
          maxEventAge: DELIVERY_MAX_AGE,
        }),
      ],
    });
    // Its name is older than the setting, and a new one would replace the schedule.
    new Schedule(this, 'Weekly', {
      description: 'Starts the backfill of all datasets',
      scheduleGroup: schedules.group,
      schedule: ScheduleExpression.cron(backfillCron(settings.backfillSchedule)),
      timeWindow: TimeWindow.off(),
      target: new StepFunctionsStartExecution(this.stateMachine, {
        // The time that was meant: a late delivery must not move the range.
        input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime, trigger: 'schedule' }),
        retryAttempts: START_RETRIES,
        maxEventAge: START_MAX_AGE,
        deadLetterQueue: schedules.deadLetters,
      }),
    });
  }
}
