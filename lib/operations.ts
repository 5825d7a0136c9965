import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Functions } from './functions';
import type { Schedules } from './schedules';

const FIVE_MINUTES = Duration.minutes(5);

export interface OperationsProps {
  readonly schedules: Schedules;
  readonly functions: Functions;
  readonly alertEmail: string | undefined;
}

/**
 * Alarms on what would silence the app: they go to SNS, never through the Slack code that they watch.
 */
export class Operations extends Construct {
  /** Where alarms go. */
  readonly alarms: Topic;

  constructor(scope: Construct, id: string, { schedules, functions, alertEmail }: OperationsProps) {
    super(scope, id);
    // Not encrypted with alias/aws/sns: CloudWatch may not use that key, and the alarms would be lost without a word.
    this.alarms = new Topic(this, 'Alarms', { displayName: 'Rollcall alarms', enforceSSL: true });
    if (alertEmail !== undefined) this.alarms.addSubscription(new EmailSubscription(alertEmail));

    this.alarm(
      'StartsInDeadLetterQueue',
      'Scheduler could not start runs; each message in the queue holds the input of one.',
      schedules.deadLetters.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: 'max' }),
    );
    this.alarm(
      'StartsDropped',
      'Scheduler gave up starting runs.',
      schedules.group.metricDropped({ period: FIVE_MINUTES, statistic: 'sum' }),
    );
    this.alarm(
      'RecordRunErrors',
      'RecordRun threw. It is tried again for 15 minutes; look at its log group if this stays.',
      functions.recordRun.metricErrors({ period: FIVE_MINUTES, statistic: 'sum' }),
    );
  }

  /** An alarm that goes off at the first occurrence; no data means that nothing happened. */
  private alarm(id: string, alarmDescription: string, metric: IMetric): void {
    const alarm = new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.alarms));
    alarm.addOkAction(new SnsAction(this.alarms));
  }
}
