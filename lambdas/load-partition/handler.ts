import { loadInputSchema } from '../contracts/steps';
import { stepHandler } from '../runtime/step';
import { loadPartition } from './load-partition';

/** Lambda entry of LoadPartition. */
export const handler = stepHandler('load-partition', loadInputSchema, loadPartition);
