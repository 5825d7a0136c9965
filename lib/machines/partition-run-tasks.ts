import type { Construct } from 'constructs';
import type { Functions } from '../functions/functions';
import { batchTasks } from './batch-definition';
import { executionRef, recording } from './recording-definition';
import type { RetryPolicy } from './retry-policies';
import { firstFailed, step, tried, type Tasks } from './task';

/** The Tasks of PartitionRun: what each is given, and where it goes when it fails. RecordRun leads on to the execution's end. */
export function partitionRunTasks(scope: Construct, functions: Functions, retry: RetryPolicy): Tasks<'PartitionRun'> {
  const recordRun = recording(scope, functions, 'Published, or rightly skipped.');
  const claimFailed = firstFailed(scope, 'ClaimFailed', 'ClaimPartition');
  claimFailed.next(recordRun);
  const onError = { goTo: recordRun };
  return {
    ClaimPartition: step(scope, functions, 'claim-partition', {
      comment:
        'Reads the input, derives the partition from the scheduled time, and claims it unless it is published, held or not expected.',
      payload: { 'input.$': '$$.Execution.Input', execution: executionRef(), ...tried() },
      retry,
      onError: { goTo: claimFailed, keepAt: '$' },
    }),
    CheckDependencies: step(scope, functions, 'check-dependencies', {
      comment: 'Asks what the dataset needs whether it is there, and a database for the settings of the run.',
      payload: { 'run.$': '$.run', ...tried() },
      retry,
      onError,
    }),
    LoadPartition: step(scope, functions, 'load-partition', {
      comment: 'Lists the source and plans the batches, or says when to look again.',
      payload: { 'run.$': '$.run', ...tried() },
      retry,
      onError,
    }),
    ...batchTasks(scope, functions, retry),
    CheckPartition: step(scope, functions, 'check-partition', {
      comment:
        'Checks the partition as a whole: failed batches and rejected records against the tolerance, duplicates across batches, that all records add up.',
      payload: { 'run.$': '$.run', 'load.$': '$.load.Payload', 'batches.$': '$.batches', ...tried() },
      retry,
      onError,
    }),
    PublishPartition: step(scope, functions, 'publish-partition', {
      comment:
        'Makes the output official by one compare-and-swap. Before it nothing is published, after it everything.',
      payload: { 'run.$': '$.run', 'load.$': '$.load.Payload', 'check.$': '$.check.Payload', ...tried() },
      retry,
      onError,
    }),
    RecordRun: recordRun,
  };
}
