import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData, type CfnAlarm, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { labelOf } from '../../core/contracts/function-table';
import type { Functions } from '../functions/functions';
import { ownMetric } from './own-metrics';
import type { Nets } from './nets';
import type { Schedules } from '../schedules/schedules';
import type { AppSettings } from '../app-settings';
import { alertTopic, importedTopic } from './alert-topics';

const FIVE_MINUTES = Duration.minutes(5);
const ONE_HOUR = Duration.hours(1);
/** The sweep escalates after 30 minutes; that it did not help is worth an alarm after an hour. */
const OUTBOX_AGE_LIMIT_SECONDS = 3600;
/** Every Monday each channel has a message: 8 days without one are a day too long. */
const CHANNEL_AGE_LIMIT_SECONDS = Duration.days(8).toSeconds();

export interface OperationsProps {
  readonly schedules: Schedules;
  readonly functions: Functions;
  readonly nets: Nets;
  readonly escalations: ITopic;
  readonly settings: AppSettings;
}

/** How an alarm differs from "goes off at the first occurrence". */
interface AlarmProps {
  readonly id: string;
  /** What has happened; the section of `docs/runbook.md` about it is added. */
  readonly says: string;
  readonly metric: IMetric;
  readonly threshold?: number;
  readonly comparison?: ComparisonOperator;
  readonly missing?: TreatMissingData;
}

/**
 * Alarms on what would silence the app: they go to SNS, never through the Slack code that they watch. Each has a section in
 * `docs/runbook.md`.
 */
export class Operations extends Construct {
  /** Where alarms go. */
  readonly alarms: ITopic;

  constructor(scope: Construct, id: string, { schedules, functions, nets, escalations, settings }: OperationsProps) {
    super(scope, id);
    const { alertEmail, alarmTopicArn } = settings;
    this.alarms =
      alarmTopicArn === undefined
        ? alertTopic(this, 'Alarms', 'Rollcall alarms')
        : importedTopic(this, 'AlarmTopic', alarmTopicArn, 'cloudwatch.amazonaws.com, for the alarms of this account');
    for (const topic of [this.alarms, escalations]) {
      // Who is subscribed to another stack's topic is not for this one to say.
      if (alertEmail !== undefined && topic instanceof Topic) topic.addSubscription(new EmailSubscription(alertEmail));
    }

    this.alarm({
      id: 'StartsInDeadLetterQueue',
      says: 'Scheduler could not start runs; each message in the queue holds the input of one.',
      metric: waiting(schedules.deadLetters),
    });
    this.alarm({
      id: 'StartsDropped',
      says: 'Scheduler gave up starting runs or sweeps.',
      metric: schedules.group.metricDropped({ period: FIVE_MINUTES, statistic: 'sum' }),
    });
    this.alarm({
      id: 'EndingsInDeadLetterQueue',
      says: 'Endings did not reach ExecutionEnded, or it failed three times; each message holds an event. The sweep records them.',
      metric: waiting(nets.endingLetters),
    });
    this.alarm({
      id: 'SweepsInDeadLetterQueue',
      says: 'Scheduler could not start sweeps.',
      metric: waiting(nets.sweepLetters),
    });
    for (const name of ['record-run', 'execution-ended', 'sweep'] as const) {
      this.alarm({
        id: `${labelOf(name)}Errors`,
        says: `${labelOf(name)} threw. Endings are recorded late while this lasts; look at its log group.`,
        metric: functions.of(name).metricErrors({ period: FIVE_MINUTES, statistic: 'sum' }),
      });
    }
    this.alarm({
      id: 'OutboxAge',
      says: 'A message has not been delivered for an hour: its channel refuses it, does not answer, or has no webhook.',
      metric: ownMetric(this, 'outboxAge', { period: FIVE_MINUTES, statistic: 'max' }),
      threshold: OUTBOX_AGE_LIMIT_SECONDS,
      // Between two sweeps there is no data, which says nothing about the outbox.
      missing: TreatMissingData.IGNORE,
    });
    this.alarm({
      id: 'ChannelAge',
      says: 'A channel that a dataset names has not taken a message for 8 days, although each gets one every Monday.',
      metric: ownMetric(this, 'channelAge', { period: FIVE_MINUTES, statistic: 'max' }),
      threshold: CHANNEL_AGE_LIMIT_SECONDS,
      missing: TreatMissingData.IGNORE,
    });
    const notSweeping = this.alarm({
      id: 'SweepNotRunning',
      says: 'No sweep came to its end in a whole clock hour, of six that should have: nothing notices what is missing.',
      metric: ownMetric(this, 'sweepsDone', { period: ONE_HOUR, statistic: 'sum' }),
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      // A sweep that does not run sends nothing.
      missing: TreatMissingData.BREACHING,
    });
    // A sliding window looks further back than its hour for a point that is good, and would notice late (CDK has no L2 for this).
    (notSweeping.node.defaultChild as CfnAlarm).evaluationWindow = { wallClockWindow: { timezone: 'UTC' } };
  }

  /** An alarm that goes off at the first occurrence; by default, no data means that nothing happened. */
  private alarm({ id, says, metric, threshold, comparison, missing }: AlarmProps): Alarm {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${says} Runbook: docs/runbook.md#${id.toLowerCase()}`,
      metric,
      threshold: threshold ?? 1,
      evaluationPeriods: 1,
      comparisonOperator: comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.alarms));
    alarm.addOkAction(new SnsAction(this.alarms));
    return alarm;
  }
}

const waiting = (queue: Queue): IMetric =>
  queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: 'max' });
