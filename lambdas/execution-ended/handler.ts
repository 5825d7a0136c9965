import { createSfnClient, describeEnding } from '../../core/runtime/aws/executions';
import { createRecorder } from '../../core/runtime/recording/recorder';
import { stepHandler } from '../../core/runtime/step/step';
import { executionEnded } from './execution-ended';

const sfn = createSfnClient();
const recorder = createRecorder(sfn);

/** ExecutionEnded: records the endings that nothing inside the machine can. Takes raw EventBridge events. */
export const handler = stepHandler('execution-ended', (context, event) =>
  executionEnded({ ...recorder(context), describe: (arn) => describeEnding(sfn, arn) }, event),
);
