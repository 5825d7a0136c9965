import { publishInputSchema } from '../contracts/steps';
import { stepHandler } from '../runtime/step';
import { Store } from '../runtime/store';
import { publishPartition } from './publish-partition';

/** PublishPartition: makes the output official by one compare-and-swap. */
export const handler = stepHandler('publish-partition', publishInputSchema, (context, input) =>
  publishPartition({ ...context, lake: new Store(context.s3, context.env.LAKE_BUCKET) }, input),
);
