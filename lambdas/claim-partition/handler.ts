import { createSfnClient, isExecutionRunning, isRedriven } from '../../core/runtime/aws/executions';
import { stepHandler } from '../../core/runtime/step/step';
import { claimPartition } from './claim-partition';

const sfn = createSfnClient();

/** ClaimPartition: parses the input of the execution and takes the partition, or says why not. */
export const handler = stepHandler('claim-partition', (context, input) =>
  claimPartition(
    {
      ...context,
      isRunning: (holder) => isExecutionRunning(sfn, holder, context.now()),
      isRedriven: (executionArn) => isRedriven(sfn, executionArn),
    },
    input,
  ),
);
