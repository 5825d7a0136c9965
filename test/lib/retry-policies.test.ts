import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { NEVER_RETRY } from '../../asl-lint/error-names';
import { RECORDING, STARTING, WORK } from '../../lib/retry-policies';

const docs = readFileSync(join(__dirname, '..', '..', 'docs', 'retries.md'), 'utf8');

/** The longest wait before each retry, in seconds. */
function waitsOf({ interval, backoffRate = 2, maxAttempts = 3, maxDelay }: RetryProps): number[] {
  const first = interval?.toSeconds() ?? 1;
  const cap = maxDelay?.toSeconds() ?? Infinity;
  return Array.from({ length: maxAttempts }, (_, i) => Math.min(cap, first * backoffRate ** i));
}

const policies = [...WORK, ...RECORDING, ...STARTING];

test.each([
  ['steps, passing faults', WORK[0]!, 185],
  ['steps, faults of Lambda', WORK[1]!, 242],
  ['RecordRun, passing faults', RECORDING[0]!, 915],
  ['RecordRun, faults of Lambda', RECORDING[1]!, 915],
  ['starting runs', STARTING[0]!, 242],
])('%s: the waits add up to what docs/retries.md says', (_what, policy, seconds) => {
  const waits = waitsOf(policy);
  expect(waits.reduce((a, b) => a + b, 0)).toBe(seconds);
  expect(docs).toMatch(new RegExp(`\\| ${waits.length} +\\| ${waits.join(' \\+ ')} +\\| ${seconds} s +\\|`));
});

test('no policy names an error that is never retried, and each has a cap and jitter', () => {
  for (const { errors = [], maxDelay, jitterStrategy } of policies) {
    expect(errors.filter((name) => NEVER_RETRY.has(name))).toEqual([]);
    expect(errors.length).toBeGreaterThan(0);
    expect([maxDelay === undefined, jitterStrategy]).toEqual([false, 'FULL']);
  }
});
