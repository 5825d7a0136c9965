import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Incident } from '../contracts/sweep-state';
import { timeouts } from './timeouts';

/** An SNS client whose attempts are bounded, for the same reason as those of S3. */
export function createSnsClient(): SNSClient {
  return new SNSClient({
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler(timeouts(3_000, 10_000)),
  });
}

const WHAT: Readonly<Record<Incident['kind'], string>> = {
  deadline: 'deadline missed',
  undelivered: 'messages undelivered',
  circuit: 'circuit open',
  unreadable: 'object unreadable',
};

/** SNS takes subjects of ASCII, at most 100 characters. */
const MAX_SUBJECT = 100;

/** Tells the topic that a trouble began or is over; subscribers filter by the attributes. Errors of SNS come out as they are. */
export async function escalate(sns: SNSClient, topicArn: string, incident: Incident, over: boolean): Promise<void> {
  const { dataset, owner, kind, severity, summary, since, affects } = incident;
  const attribute = (value: string) => ({ DataType: 'String', StringValue: value });
  // A subscriber's filter matches if any of them does.
  const all = (values: readonly string[]) => ({
    DataType: 'String.Array',
    StringValue: JSON.stringify([...new Set(values)]),
  });
  const subject = `Rollcall: ${dataset} ${WHAT[kind]}${over ? ', over' : ''}`;
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject.slice(0, MAX_SUBJECT),
      Message: over ? `${summary} The trouble had begun at ${since}.` : summary,
      MessageAttributes: {
        dataset: affects === undefined ? attribute(dataset) : all(affects.map((one) => one.dataset)),
        owner: affects === undefined ? attribute(owner) : all(affects.map((one) => one.owner)),
        severity: attribute(over ? 'resolved' : severity),
      },
    }),
  );
}
