import { Choice, Condition, Pass, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { is } from './conditions';
import type { Functions } from '../functions/functions';
import type { RetryPolicy } from './retry-policies';
import { allowing, step, tried } from './task';

/** Why the iterations don't keep the causes of what failed. */
const CAUSES_ELSEWHERE =
  'the Lambda leaves its cause in the ledger, the history has that of a killed one, and 500 have no room in 256 KiB';

/** One iteration of ForEachBatch. It always ends well; what went wrong is in what it leaves. */
export function oneBatch(scope: Construct, functions: Functions, retry: RetryPolicy): IChainable {
  const payload = { 'run.$': '$.run', 'planKey.$': '$.planKey', 'index.$': '$.index', ...tried() };
  const failed = (id: string, state: string) =>
    Pass.jsonPath(scope, id, {
      comment: `Keeps the batch's index and the error's name; the cause is in the ledger and in the execution's history.`,
      parameters: { 'index.$': '$.index', state, 'error.$': '$.failed.Error' },
    });
  const done = Pass.jsonPath(scope, 'BatchDone', {
    comment: 'What the batch did is in its record in the lake.',
    parameters: { 'index.$': '$.index' },
  });
  const validate = step(scope, 'ValidateBatch', {
    function: functions.validateBatch,
    comment: allowing(
      'catch-drops-cause',
      CAUSES_ELSEWHERE,
      'Checks every record: accepted records become Parquet, the others go to quarantine with the rules they broke.',
    ),
    payload,
    output: 'is discarded',
    retry,
    onError: { goTo: failed('BatchNotValidated', 'ValidateBatch'), keepAt: '$.failed' },
  });
  const process = step(scope, 'ProcessBatch', {
    function: functions.processBatch,
    comment: allowing(
      'catch-drops-cause',
      CAUSES_ELSEWHERE,
      "Applies the dataset's transform to the accepted records and writes them in its output format.",
    ),
    payload,
    output: 'is discarded',
    retry,
    onError: { goTo: failed('BatchNotProcessed', 'ProcessBatch'), keepAt: '$.failed' },
  });
  return validate.next(
    Choice.jsonPath(scope, 'BatchNeedsProcessing?', {
      comment: 'Does the dataset declare a transform, or another output than Parquet?',
    })
      .when(Condition.and(...is('$.run.needsProcessing', true)), process.next(done), { comment: 'yes' })
      .otherwise(done),
  );
}
