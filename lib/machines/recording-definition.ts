import { Choice, Condition, Fail, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { is, isText } from './choice-conditions';
import type { Functions } from '../functions/functions';
import { RECORDING } from './retry-policies';
import { step } from './task';

/** The terminal Lambda and what follows from it, the same in both machines; `success` says in which endings the execution succeeds. */
export function recording(scope: Construct, functions: Functions, success: string): LambdaInvoke {
  const succeeded = Succeed.jsonPath(scope, 'RunSucceeded', { comment: success });
  const failed = Fail.jsonPath(scope, 'RunFailed', {
    comment: 'Error is the reason code of the ending. The manifest has the rest.',
    errorPath: '$.Error',
    causePath: '$.Cause',
  });
  const unclear = Fail.jsonPath(scope, 'RecordingUnclear', {
    comment: 'RecordRun answered something else than its contract says. A manifest may stand all the same.',
    error: 'RecordingUnclear',
    cause: 'The output of RecordRun says neither that the run succeeded nor how it failed.',
  });
  const record = step(scope, functions, 'record-run', {
    comment: 'Every path ends here: writes the one manifest of this execution (a run is sealed before), tells Slack.',
    payload: { execution: { ...executionRef(), 'input.$': '$$.Execution.Input' }, 'state.$': '$' },
    retry: RECORDING,
    // If recording itself fails, the sweep records.
    onError: { goTo: failed, keepAt: '$' },
  });
  record.next(
    Choice.jsonPath(scope, 'RunOutcome?', { comment: 'So that console and metrics tell the truth.' })
      .when(Condition.and(...is('$.succeeded', true)), succeeded, { comment: 'succeeded' })
      .when(Condition.and(...isText('$.Error'), ...isText('$.Cause')), failed, { comment: 'failed' })
      .otherwise(unclear),
  );
  return record;
}

/** What the context object says about the execution. Field by field: that is all that a manifest needs. */
export function executionRef(): Record<string, string> {
  return {
    'arn.$': '$$.Execution.Id',
    'name.$': '$$.Execution.Name',
    'startTime.$': '$$.Execution.StartTime',
  };
}
