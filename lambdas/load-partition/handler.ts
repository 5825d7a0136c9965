import { stepHandler } from '../../core/runtime/step/step';
import { loadPartition } from './load-partition';

/** Lambda entry of LoadPartition. */
export const handler = stepHandler('load-partition', loadPartition);
