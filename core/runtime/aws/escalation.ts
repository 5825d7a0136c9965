import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Incident } from '../../contracts/sweep/sweep-state';
import { escalationOf, type EscalationSource } from '../../domain/messages/escalation-message';
import { timeouts } from './timeouts';

/** An SNS client whose attempts are bounded, for the same reason as those of S3. */
export function createSnsClient(): SNSClient {
  return new SNSClient({
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler(timeouts(3_000, 10_000)),
  });
}

/** Tells the topic that a trouble began or is over; subscribers filter by the attributes. Errors of SNS come out as they are. */
export async function escalate(
  sns: SNSClient,
  source: EscalationSource,
  incident: Incident,
  over: boolean,
): Promise<void> {
  const { dataset, owner, kind, severity, affects } = incident;
  const { subject, messages, dedupKey, action } = escalationOf(incident, over, source);
  const attribute = (value: string) => ({ DataType: 'String', StringValue: value });
  // A subscriber's filter matches if any of them does.
  const all = (values: readonly string[]) => ({
    DataType: 'String.Array',
    StringValue: JSON.stringify([...new Set(values)]),
  });
  await sns.send(
    new PublishCommand({
      TopicArn: source.topicArn,
      Subject: subject,
      MessageStructure: 'json',
      Message: JSON.stringify(messages),
      MessageAttributes: {
        dataset: affects === undefined ? attribute(dataset) : all(affects.map((one) => one.dataset)),
        owner: affects === undefined ? attribute(owner) : all(affects.map((one) => one.owner)),
        severity: attribute(over ? 'resolved' : severity),
        kind: attribute(kind),
        dedupKey: attribute(dedupKey),
        action: attribute(action),
      },
    }),
  );
}
