import { Choice, Condition, Pass, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { is } from './choice-conditions';
import type { Functions } from '../functions/functions';
import type { RetryPolicy } from './retry-policies';
import { allowing, step, tried, type Tasks } from './task';

/** Why the iterations don't keep the causes of what failed. */
const CAUSES_ELSEWHERE =
  'the Lambda leaves its cause in the ledger, the history has that of a killed one, and 500 have no room in 256 KiB';

type BatchTasks = Pick<Tasks<'PartitionRun'>, 'ValidateBatch' | 'ProcessBatch'>;

/** The Tasks of an iteration of ForEachBatch. */
export function batchTasks(scope: Construct, functions: Functions, retry: RetryPolicy): BatchTasks {
  const payload = { 'run.$': '$.run', 'planKey.$': '$.planKey', 'index.$': '$.index', ...tried() };
  const failed = (id: string, state: string) =>
    Pass.jsonPath(scope, id, {
      comment: `Keeps the batch's index and the error's name; the cause is in the ledger and in the execution's history.`,
      parameters: { 'index.$': '$.index', state, 'error.$': '$.failed.Error' },
    });
  const ValidateBatch = step(scope, functions, 'validate-batch', {
    comment: allowing(
      'catch-drops-cause',
      CAUSES_ELSEWHERE,
      'Checks every record: accepted records become Parquet, the others go to quarantine with the rules they broke.',
    ),
    payload,
    retry,
    onError: { goTo: failed('BatchNotValidated', 'ValidateBatch'), keepAt: '$.failed' },
  });
  const ProcessBatch = step(scope, functions, 'process-batch', {
    comment: allowing(
      'catch-drops-cause',
      CAUSES_ELSEWHERE,
      "Applies the dataset's transform to the accepted records and writes them in its output format.",
    ),
    payload,
    retry,
    onError: { goTo: failed('BatchNotProcessed', 'ProcessBatch'), keepAt: '$.failed' },
  });
  return { ValidateBatch, ProcessBatch };
}

/** One iteration of ForEachBatch. It always ends well; what went wrong is in what it leaves. */
export function oneBatch(scope: Construct, { ValidateBatch, ProcessBatch }: BatchTasks): IChainable {
  const done = Pass.jsonPath(scope, 'BatchDone', {
    comment: 'What the batch did is in its record in the lake.',
    parameters: { 'index.$': '$.index' },
  });
  return ValidateBatch.next(
    Choice.jsonPath(scope, 'BatchNeedsProcessing?', {
      comment: 'Does the dataset declare a transform, or another output than Parquet?',
    })
      .when(Condition.and(...is('$.run.needsProcessing', true)), ProcessBatch.next(done), { comment: 'yes' })
      .otherwise(done),
  );
}
