import { stepHandler } from '../../core/runtime/step/step';
import { checkPartition } from './check-partition';

export const handler = stepHandler('check-partition', checkPartition);
