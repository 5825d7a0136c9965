import { createSfnClient, isExecutionRunning } from '../../core/runtime/aws/executions';
import { SourceReader } from '../../core/runtime/step/source-reader';
import { stepHandler } from '../../core/runtime/step/step';
import { planBackfill } from './plan-backfill';

const sfn = createSfnClient();

/** PlanBackfill: finds the partitions that are missing and writes the plan, or says what is wrong with the input. */
export const handler = stepHandler('plan-backfill', (context, input) =>
  planBackfill(
    {
      ...context,
      ledger: context.ledger.forManyReads(),
      source: new SourceReader(context.s3),
      isRunning: (holder) => isExecutionRunning(sfn, holder, context.now()),
      codeVersion: context.env.CODE_VERSION,
    },
    input,
  ),
);
