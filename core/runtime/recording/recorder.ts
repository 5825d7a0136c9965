import { randomUUID } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { readHistory } from '../aws/executions';
import { SlackNotifier } from '../notifiers/slack/notifier';
import type { StepContext } from '../step/step';
import { timeouts } from '../aws/timeouts';
import type { RecordingContext } from './record';

/** Who records: the machine's last step, and the two nets outside it. */
type Recorder = StepContext<'record-run' | 'execution-ended' | 'sweep'>;

/**
 * Makes what recording needs of what a handler has. Call it once per process: the sender keeps the secret that it has read.
 */
export function createRecorder(sfn: SFNClient): (context: Recorder) => RecordingContext {
  // Few and short attempts: without the secret, the message waits for the sweep.
  const secrets = new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: new NodeHttpHandler(timeouts(2_000, 3_000)),
  });
  let notifier: SlackNotifier | undefined;
  return ({ env, now, ledger, datasets, logger, remainingMs, requestId }) => {
    notifier ??= new SlackNotifier({ secrets, secretArn: env.SLACK_SECRET_ARN, timeoutMs: env.SLACK_TIMEOUT_MS, now });
    return {
      ledger,
      datasets,
      logger,
      now,
      remainingMs,
      notifier,
      // Not the request's id: Lambda gives a retry of an event the same one.
      token: randomUUID(),
      codeVersion: env.CODE_VERSION,
      recordedBy: { function: env.POWERTOOLS_SERVICE_NAME, requestId },
      memoryMb: env.FUNCTION_MEMORY_MB,
      readHistory: (executionArn) => readHistory(sfn, executionArn),
    };
  };
}
