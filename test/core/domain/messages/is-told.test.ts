import { endingOf, REASON_CODES, type ReasonCode } from '../../../../core/contracts/run/endings';
import { costOf } from '../../../../core/domain/run/prices';
import { redact } from '../../../../core/contracts/secrets/redact';
import { isTold } from '../../../../core/domain/messages/is-told';
import { ending } from '../../../helpers/runs';

const run = (code: ReasonCode) => ({ status: endingOf(code).status, reason: { code }, source: null });

test.each(REASON_CODES)('every-run tells %s', (code) => {
  expect(isTold(run(code), 'every-run', undefined)).toBe(true);
});

test.each(REASON_CODES)('changes tells %s as the table of endings says', (code) => {
  expect(isTold(run(code), 'changes', undefined)).toBe(endingOf(code).toldUnderChanges);
});

test('changes tells what comes from a fallback, and not what comes from the primary', () => {
  const from = (kind: 'primary' | 'fallback') => isTold({ ...run('COMPLETE'), source: { kind } }, 'changes', undefined);
  expect([from('fallback'), from('primary')]).toEqual([true, false]);
});

test('changes tells what is published with a warning', () => {
  const warned = (...warnings: string[]) => {
    const quality = { figures: [], expectations: [], comparedWith: [], warnings };
    return isTold({ ...run('COMPLETE'), quality }, 'changes', undefined);
  };
  expect([warned('rows: 5, expected at least 6'), warned()]).toEqual([true, false]);
});

test.each<[ReasonCode, ReasonCode, boolean]>([
  ['COMPLETE', 'SOURCE_EMPTY', true],
  ['COMPLETE', 'WITHIN_TOLERANCE', true],
  ['EMPTY_AS_DECLARED', 'NEVER_STARTED', true],
  ['COMPLETE', 'COMPLETE', false],
  ['COMPLETE', 'ALREADY_RUNNING', false],
  ['ALREADY_PUBLISHED', 'SOURCE_EMPTY', false],
])('under changes, %s after %s is told: %s', (now, before, told) => {
  expect(isTold(run(now), 'changes', ending(before))).toBe(told);
});

test('changes leaves a first temporary ending to the try that follows, and tells those after it', () => {
  const failed = (n: number) => {
    const retry = { n, of: 3, next: '2026-01-20T06:31:00.000Z' };
    return isTold({ ...run('SOURCE_UNAVAILABLE'), retry }, 'changes', undefined);
  };
  expect([failed(1), failed(2), failed(3)]).toEqual([false, true, true]);
  expect(isTold({ ...run('SOURCE_UNAVAILABLE'), retry: { n: 1, of: 3, next: '' } }, 'every-run', undefined)).toBe(true);
  // The success after it is the one line about both.
  expect(isTold(run('COMPLETE'), 'changes', ending('SOURCE_UNAVAILABLE'))).toBe(true);
});

test.each([
  ['https://hooks.slack.com/services/T0/B0/abc: refused', '[webhook] refused'],
  ['postgres://user:pw@db/x', 'postgres://[redacted]@db/x'],
  ['key AKIAABCDEFGHIJKLMNOP.', 'key [access key].'],
  ['https://b.s3/x?X-Amz-Signature=0a1b&y=1', 'https://b.s3/x?X-Amz-Signature=[redacted]&y=1'],
  ['Authorization: Bearer abcdefgh12', 'Authorization: Bearer [redacted]'],
  ['{"password": "hunter2", "a": 1}', '{"password": [redacted], "a": 1}'],
  ['client_secret=abc; next', 'client_secret=[redacted]; next'],
  ['s3://bucket/flights/2026/01/20/05/part.csv is 3 bytes', 's3://bucket/flights/2026/01/20/05/part.csv is 3 bytes'],
])('%s is shown as %s', (text, shown) => {
  expect(redact(text)).toBe(shown);
});

test('the cost is the sum of the list prices', () => {
  expect(costOf({ transitions: 1_000, invocations: 1_000_000, lambdaGbSeconds: 1_000, requests: 1_000 })).toBeCloseTo(
    0.025 + 0.2 + 0.0133334 + 0.005,
    6,
  );
});
