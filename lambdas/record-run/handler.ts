import { createSfnClient } from '../../core/runtime/aws/executions';
import { createRecorder } from '../../core/runtime/recording/recorder';
import { stepHandler } from '../../core/runtime/step/step';
import { recordRun } from './record-run';

const recorder = createRecorder(createSfnClient());

/** RecordRun: seals the run, writes its one manifest, tells Slack. */
export const handler = stepHandler('record-run', (context, input) => recordRun(recorder(context), input));
