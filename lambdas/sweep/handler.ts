import { z } from 'zod';
import { stepHandler } from '../runtime/step';

export const handler = stepHandler('sweep', z.unknown(), async () => ({}));
