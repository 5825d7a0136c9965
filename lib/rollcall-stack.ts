import { CfnOutput, SecretValue, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Dataset } from '../core/contracts/dataset/dataset';
import { sensitiveColumns } from '../core/domain/batch/sensitive';
import { Backfill, backfillName } from './machines/backfill-machine';
import type { Bundle } from './build/bundle';
import { Functions } from './functions/functions';
import { awsLimits } from './limits/plugin';
import { Nets } from './operations/nets';
import { Operations } from './operations/operations';
import { PartitionRun, partitionRunName } from './machines/partition-run-machine';
import { Schedules } from './schedules/schedules';
import type { AppSettings } from './app-settings';
import { Storage } from './storage';
import { alertTopic, importedTopic } from './operations/alert-topics';

export interface RollcallStackProps extends StackProps {
  readonly datasets: readonly Dataset[];
  readonly settings: AppSettings;
  readonly bundle: Bundle;
  /** The time of the synthesis: schedules must not start in the past. */
  readonly now: Date;
}

/** The whole app. */
export class RollcallStack extends Stack {
  constructor(scope: Construct, id: string, props: RollcallStackProps) {
    super(scope, id, { description: 'Rollcall: every run has exactly one ending on record', ...props });
    const { datasets, settings, bundle, now } = props;
    Validations.of(this).addPlugins(awsLimits);

    const storage = new Storage(this, 'Storage');
    const slackSecret = new Secret(this, 'SlackSecret', {
      secretName: `${this.stackName}/slack-webhooks`,
      description: 'JSON from channel to Slack webhook URL, e.g. {"default": "https://hooks.slack.com/services/…"}',
      // Holds no secret: an empty object for an operator to fill in. Later deployments leave alone what is in it.
      secretStringValue: SecretValue.unsafePlainText('{}'),
    });
    const sampleKey = datasets.some((dataset) => sensitiveColumns(dataset).length > 0)
      ? new Secret(this, 'SampleKey', {
          description: 'Key under which the values of sensitive columns are hashed in samples',
          generateSecretString: { passwordLength: 64, excludePunctuation: true },
        })
      : undefined;
    const escalations =
      settings.escalationTopicArn === undefined
        ? alertTopic(this, 'Escalations', 'Rollcall escalations')
        : importedTopic(this, 'EscalationTopic', settings.escalationTopicArn, 'the role of the Sweep function');
    const functions = new Functions(this, 'Functions', {
      storage,
      slackSecret,
      sampleKey,
      datasets,
      bundle,
      settings,
      partitionRunName: partitionRunName(this),
      backfillName: backfillName(this),
      escalations,
    });
    const { stateMachine } = new PartitionRun(this, 'PartitionRun', { functions, datasets, settings });
    const schedules = new Schedules(this, 'Schedules', { datasets, stateMachine, now });
    const nets = new Nets(this, 'Nets', { functions, stateMachine, scheduleGroup: schedules.group });
    const backfill = new Backfill(this, 'Backfill', {
      functions,
      partitionRun: stateMachine,
      schedules,
      endingLetters: nets.endingLetters,
      settings,
    });
    const operations = new Operations(this, 'Operations', {
      schedules,
      functions,
      nets,
      escalations,
      settings,
    });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('LedgerBucket', storage.ledger.bucketName, 'Records of what happened');
    output('LakeBucket', storage.lake.bucketName, 'Data and quarantine');
    output('PartitionRunArn', stateMachine.stateMachineArn, 'Start it with {"dataset": "…", "partition": "…"}');
    output(
      'BackfillArn',
      backfill.stateMachine.stateMachineArn,
      'Start it with {"dataset": "…", "start": "2026-01-20", "end": "2026-01-26"}, or by `rollcall backfill start`',
    );
    output(
      'SetSlackWebhook',
      `aws secretsmanager put-secret-value --secret-id ${this.stackName}/slack-webhooks --secret-string '{"default": "<webhook URL>"}'`,
      'Run this once, so that messages reach Slack',
    );
    output(
      'EscalationTopicArn',
      escalations.topicArn,
      'Subscribe to it (all of it, or filtered by the attributes dataset, owner, severity) to be called when Slack is not enough',
    );
    if (sampleKey !== undefined)
      output(
        'SampleKeySecret',
        sampleKey.secretArn,
        'Who may read it sees in `rollcall quarantine show` which values are equal',
      );
    output(
      'EraseRole',
      storage.erase.roleArn,
      'Take it on to remove what the buckets keep forever; nothing else may, see docs/runbook.md',
    );
    output('AlarmTopicArn', operations.alarms.topicArn, 'Subscribe to it to get the alarms');
    output(
      'DependencyReaderRole',
      functions.of('check-dependencies').role?.roleArn ?? '',
      "Allow it s3:ListBucket and secretsmanager:GetSecretValue in the policies of other accounts' buckets and secrets that datasets depend on",
    );
    output(
      'SourceReaderRoles',
      [functions.of('load-partition'), functions.of('validate-batch')].map((fn) => fn.role?.roleArn ?? '').join(' '),
      "Allow these s3:ListBucket and s3:GetObject in the policies of other accounts' source buckets, and kms:Decrypt in the policies of their keys",
    );
  }
}
