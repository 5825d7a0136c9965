import { batchInputSchema } from '../contracts/steps';
import { stepHandler } from '../runtime/step';
import { validateBatch } from './validate-batch';

export const handler = stepHandler('validate-batch', batchInputSchema, validateBatch);
