import { Annotations, ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/**
 * A topic that people are called by. Not encrypted with alias/aws/sns: neither CloudWatch nor a subscribed service may use that key, and
 * what is published would be lost without a word.
 *
 * A policy of its own takes the place of SNS's default one, and `enforceSSL` makes one of a single Deny; CDK's `SnsAction` grants nothing.
 * So CloudWatch has to be allowed by name.
 */
export function alertTopic(scope: Construct, id: string, displayName: string): Topic {
  const topic = new Topic(scope, id, { displayName, enforceSSL: true });
  const stack = Stack.of(scope);
  const alarms = stack.formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AllowAlarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      // Alarms of this account only: the service works for all accounts.
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account }, ArnLike: { 'aws:SourceArn': alarms } },
    }),
  );
  return topic;
}

/**
 * A topic of another stack. Its policy can't be changed from here, and one that denies loses every message without a
 * word: synth says so.
 */
export function importedTopic(scope: Construct, id: string, arn: string, needs: string): ITopic {
  Annotations.of(scope).addWarningV2(
    `rollcall:${id}`,
    `${arn} is not a topic of this stack, so its policy can't be changed from here: it has to allow sns:Publish to ${needs}. Where it is encrypted, the policy of its key has to allow kms:GenerateDataKey* and kms:Decrypt to the same. Without that, calls are lost silently: see docs/runbook.md#topics`,
  );
  return Topic.fromTopicArn(scope, id, arn);
}
