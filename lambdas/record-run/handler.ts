import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { recordInputSchema } from '../contracts/steps';
import { createSfnClient, readHistory } from '../runtime/executions';
import { Slack } from '../runtime/slack';
import { stepHandler } from '../runtime/step';
import { recordRun } from './record-run';

const sfn = createSfnClient();
/** Few and short attempts: without the secret, the message waits for the sweep. */
const secrets = new SecretsManagerClient({
  maxAttempts: 2,
  requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000, requestTimeout: 3_000 }),
});
/** Kept between invocations with the secret that it has read. */
let slack: Slack | undefined;

/** RecordRun: seals the run, writes its one manifest, tells Slack. */
export const handler = stepHandler('record-run', recordInputSchema, (context, input) => {
  const { env, now } = context;
  slack ??= new Slack({ secrets, secretArn: env.SLACK_SECRET_ARN, timeoutMs: env.SLACK_TIMEOUT_MS, now });
  return recordRun(
    {
      ...context,
      slack,
      codeVersion: env.CODE_VERSION,
      memoryMb: env.FUNCTION_MEMORY_MB,
      readHistory: (arn) => readHistory(sfn, arn),
    },
    input,
  );
});
