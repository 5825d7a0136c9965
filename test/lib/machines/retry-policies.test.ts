import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { NEVER_RETRY } from '../../../asl-lint/error-names';
import { RECORDING, STARTING, WORK, workOn } from '../../../lib/machines/retry-policies';

const docs = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'retries.md'), 'utf8');

/** The longest wait before each retry, in seconds. */
function waitsOf({ interval, backoffRate = 2, maxAttempts = 3, maxDelay }: RetryProps): number[] {
  const first = interval?.toSeconds() ?? 1;
  const cap = maxDelay?.toSeconds() ?? Infinity;
  return Array.from({ length: maxAttempts }, (_, i) => Math.min(cap, first * backoffRate ** i));
}

const times = (...of: number[]) => workOn(of.map((one) => ({ retry: { times: one, minutes: [] } })));
const policies = [...WORK, ...times(8), ...RECORDING, ...STARTING];

test.each([
  ['steps, temporary errors', WORK[0]!, 185],
  ['steps, temporary errors, at most', times(8)[0]!, 665],
  ['steps, faults of Lambda', WORK[1]!, 242],
  ['RecordRun, temporary errors', RECORDING[0]!, 915],
  ['RecordRun, faults of Lambda', RECORDING[1]!, 915],
  ['starting runs', STARTING[0]!, 242],
])('%s: the waits add up to what docs/retries.md says', (_what, policy, seconds) => {
  const waits = waitsOf(policy);
  expect(waits.reduce((a, b) => a + b, 0)).toBe(seconds);
  expect(docs).toMatch(new RegExp(`\\| ${waits.length} +\\| ${waits.join(' \\+ ')} +\\| ${seconds} s +\\|`));
});

test('steps are tried as often as the most patient dataset wants', () => {
  const most = (...of: number[]) => times(...of)[0]?.maxAttempts;
  expect([most(), most(4), most(1, 7, 4), most(0)]).toEqual([4, 4, 7, 0]);
  expect(times(7)[1]).toEqual(WORK[1]);
});

test('no policy names an error that is never retried, and each has a cap and jitter', () => {
  for (const { errors = [], maxDelay, jitterStrategy } of policies) {
    expect(errors.filter((name) => NEVER_RETRY.has(name))).toEqual([]);
    expect(errors.length).toBeGreaterThan(0);
    expect([maxDelay === undefined, jitterStrategy]).toEqual([false, 'FULL']);
  }
});
