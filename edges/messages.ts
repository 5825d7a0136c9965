import { byService, unknown, type Edge, type EdgesOf, type Templates, type Unruled } from './edge';
import { queueArn } from './policies';
import type { Resource } from './resource';
import { fieldsOf, list } from './statement';

/** Alarms, topics and buckets: what they send to whom. */

const CLOUDWATCH = 'cloudwatch.amazonaws.com';

/** An alarm publishes to the topics of its actions. */
export const ofAlarm: EdgesOf = (alarm, templates) => {
  if (alarm.get('ActionsEnabled') === false) return [];
  const targets = ['AlarmActions', 'OKActions', 'InsufficientDataActions'].flatMap((name) => list(alarm.get(name)));
  return [...new Set(targets.map(String))].flatMap((target) =>
    target.includes(':sns:')
      ? sending('alarm action', alarm, CLOUDWATCH, target, templates)
      : [unknown('alarm action', alarm, target)],
  );
};

/** A topic hands on to its subscribers. */
export const ofSubscription: EdgesOf = (subscription, templates) => {
  const endpoint = subscription.text('Endpoint', '');
  const topic = subscription.text('TopicArn');
  const { deadLetterTargetArn } = fieldsOf(subscription.get('RedrivePolicy'));
  const letters =
    deadLetterTargetArn === undefined
      ? []
      : sending(
          'letters of a subscription',
          subscription,
          'sns.amazonaws.com',
          String(deadLetterTargetArn),
          templates,
          topic,
        );
  switch (subscription.text('Protocol')) {
    case 'email':
    case 'email-json':
    case 'sms':
    case 'http':
    case 'https':
      return [{ kind: 'subscription', from: subscription.id, to: endpoint, verdict: 'needs no policy' }, ...letters];
    case 'sqs':
    case 'lambda':
      return [...sending('subscription', subscription, 'sns.amazonaws.com', endpoint, templates, topic), ...letters];
    default:
      return [unknown('subscription', subscription, endpoint)];
  }
};

const UNKNOWN_OF_BUCKETS = [
  'AnalyticsConfigurations',
  'InventoryConfigurations',
  'MetadataConfiguration',
  'MetadataTableConfiguration',
  'ReplicationConfiguration',
];

/** A bucket notifies of its objects, and has its accesses logged. */
export const ofBucket: EdgesOf = (bucket, templates) => {
  const notifications = fieldsOf(bucket.get('NotificationConfiguration'));
  const targets = [
    ...list(notifications['TopicConfigurations']).map((one) => fieldsOf(one)['Topic']),
    ...list(notifications['QueueConfigurations']).map((one) => fieldsOf(one)['Queue']),
    ...list(notifications['LambdaConfigurations']).map((one) => fieldsOf(one)['Function']),
  ];
  const { DestinationBucketName: logs } = fieldsOf(bucket.get('LoggingConfiguration'));
  return [
    ...targets.flatMap((target) => sending('notification', bucket, 's3.amazonaws.com', String(target), templates)),
    ...(logs === undefined
      ? []
      : [
          byService('access log', bucket, 'logging.s3.amazonaws.com', {
            action: 's3:PutObject',
            resource: `arn:aws:s3:::${String(logs)}/log`,
            sourceArn: bucket.arn,
            keys: { 's3:ObjectCreationOperation': 'true' },
          }),
        ]),
    ...UNKNOWN_OF_BUCKETS.filter((name) => bucket.get(name) !== undefined).map((name) =>
      unknown(name, bucket, bucket.id),
    ),
  ];
};

const SENDS: Readonly<Record<string, string>> = {
  sns: 'sns:Publish',
  sqs: 'sqs:SendMessage',
  lambda: 'lambda:InvokeFunction',
};

/** A service sends to a topic, a queue or a function; where that is encrypted with a key, it uses the key, too. */
export function sending(
  kind: string,
  from: Resource,
  service: string,
  target: string,
  templates: Templates,
  sourceArn = from.arn,
): (Edge | Unruled)[] {
  const action = SENDS[target.split(':')[2] ?? ''];
  if (action === undefined) return [unknown(kind, from, target)];
  const send = byService(kind, from, service, { action, resource: target, sourceArn });
  const key = keyOf(target, templates);
  if (key === undefined) return [send];
  const use = ['kms:GenerateDataKey', 'kms:Decrypt'].map((one) =>
    byService(`${kind}: key`, from, service, { action: one, resource: key, sourceArn }),
  );
  return [send, ...use];
}

/** The key that a topic or a queue of the templates is encrypted with. */
function keyOf(arn: string, { resources }: Templates): string | undefined {
  const target = resources.find((one) => /^AWS::(SNS::Topic|SQS::Queue)$/.test(one.type) && one.arn === queueArn(arn));
  const key = target?.get('KmsMasterKeyId');
  if (typeof key !== 'string') return undefined;
  const own = resources.find((one) => one.type === 'AWS::KMS::Key' && (one.arn === key || one.name === key));
  return own?.arn ?? key;
}
