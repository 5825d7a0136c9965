import { batchInputSchema } from '../contracts/steps';
import { stepHandler } from '../runtime/step';
import { processBatch } from './process-batch';

export const handler = stepHandler('process-batch', batchInputSchema, processBatch);
