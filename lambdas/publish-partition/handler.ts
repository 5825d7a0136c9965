import { stepHandler } from '../../core/runtime/step/step';
import { Store } from '../../core/runtime/store/store';
import { publishPartition } from './publish-partition';

/** PublishPartition: makes the output official by one compare-and-swap. */
export const handler = stepHandler('publish-partition', (context, input) =>
  publishPartition({ ...context, lake: new Store(context.s3, context.env.LAKE_BUCKET) }, input),
);
