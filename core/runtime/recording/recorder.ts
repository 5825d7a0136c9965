import { randomUUID } from 'node:crypto';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { readHistory } from '../aws/executions';
import { ByChannel } from '../notifiers/by-channel';
import type { StepContext } from '../step/step';
import type { RecordingContext } from './record-ending';

/** Who records: the machine's last step, and the two nets outside it. */
type Recorder = StepContext<'record-run' | 'execution-ended' | 'sweep'>;

/**
 * Makes what recording needs of what a handler has. Call it once per process: notifiers keep what they have read.
 */
export function createRecorder(sfn: SFNClient): (context: Recorder) => RecordingContext {
  let notifier: ByChannel | undefined;
  return ({ env, now, ledger, datasets, logger, remainingMs, requestId }) => {
    notifier ??= new ByChannel(env.CHANNELS, { env, now });
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
