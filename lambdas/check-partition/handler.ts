import { checkInputSchema } from '../contracts/steps';
import { stepHandler } from '../runtime/step';
import { checkPartition } from './check-partition';

export const handler = stepHandler('check-partition', checkInputSchema, checkPartition);
