import { recordInputSchema } from '../contracts/steps';
import { createSfnClient } from '../runtime/executions';
import { createRecorder } from '../runtime/recording/recorder';
import { stepHandler } from '../runtime/step';
import { recordRun } from './record-run';

const recorder = createRecorder(createSfnClient());

/** RecordRun: seals the run, writes its one manifest, tells Slack. */
export const handler = stepHandler('record-run', recordInputSchema, (context, input) =>
  recordRun(recorder(context), input),
);
