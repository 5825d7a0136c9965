import { stepHandler } from '../../core/runtime/step/step';
import { processBatch } from './process-batch';
import { loadProcesses } from './load-processes';

const processes = loadProcesses(process.env);

/** ProcessBatch: applies the dataset's transform to the accepted records of a batch. */
export const handler = stepHandler('process-batch', (context, input) => processBatch({ ...context, processes }, input));
