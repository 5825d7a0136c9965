import { engineBufferMb, engineSpillMb, parseAppSettings } from '../../lib/app-settings';

test('without context there are defaults', () => {
  expect(parseAppSettings({ engineMemoryMb: undefined })).toEqual({
    engineMemoryMb: 1769,
    engineTmpMb: 2048,
    batchBytes: 536_870_912,
    batchConcurrency: 8,
    backfillConcurrency: 4,
    backfillSchedule: 'MON 04:00',
    lambdaConcurrency: 1000,
    logRetentionDays: 90,
    logLevel: 'INFO',
    channels: {},
    slackTimeoutMs: 5000,
    sourceKeyArns: [],
    secretKeyArns: [],
  });
});

test('values from the command line are text', () => {
  expect(parseAppSettings({ engineMemoryMb: '3008', logRetentionDays: '30' })).toMatchObject({
    engineMemoryMb: 3008,
    logRetentionDays: 30,
  });
});

test.each([
  [{ engineMemoryMb: '512' }, 'engineMemoryMb: got 512, expected a whole number from 1024 to 10240'],
  [{ engineMemoryMb: 'much' }, 'engineMemoryMb: got "much", expected a whole number from 1024 to 10240'],
  [{ batchConcurrency: 41 }, 'batchConcurrency: got 41, expected a whole number from 1 to 40'],
  [{ backfillConcurrency: 0 }, 'backfillConcurrency: got 0, expected a whole number from 1 to 100'],
  // Half of 1,000 Lambdas, 8 for each partition.
  [
    { backfillConcurrency: 63 },
    'backfillConcurrency: got 63, expected at most 62: 8 batches of each partition at once',
  ],
  // A new AWS account: even one partition at a time would take 8 of the 10.
  [{ lambdaConcurrency: '10' }, 'backfillConcurrency: got 4, expected a smaller batchConcurrency: 8 batches'],
  [{ logRetentionDays: 31 }, 'logRetentionDays: got 31, expected one of 1, 3, 5, 7, 14, 30'],
  [{ logLevel: 'LOUD' }, 'logLevel: got "LOUD", expected DEBUG, INFO, WARN or ERROR'],
  [{ alertEmail: 'me' }, 'alertEmail: got "me", expected an e-mail address'],
  [{ sourceKeyArns: 'alias/x' }, 'expected the ARN of a KMS key'],
  [{ secretKeyArns: 'alias/x' }, 'secretKeyArns.0: got "alias/x", expected the ARN of a KMS key'],
  [
    { channels: '{"ops":"arn:aws:sns:eu-west-1:123456789012:ops.fifo"}' },
    'channels.ops: got "arn:aws:sns:eu-west-1:123456789012:ops.fifo", expected "slack" or the ARN of a standard SNS topic',
  ],
  [{ channels: { 'no spaces': 'slack' } }, 'channels.no spaces: got "no spaces", expected lower-case letters, digits'],
  [{ channels: 'ops' }, 'channels: got "ops", expected JSON with channels and their addresses'],
  [{ vpc: 'vpc-1' }, 'vpc: got "vpc-1", expected JSON with subnetIds and securityGroupIds'],
  [{ vpc: { subnetIds: [], securityGroupIds: ['sg-0a1b2c3d'] } }, 'vpc.subnetIds: got [], expected array to have >=1'],
  [{ vpc: '{"subnetIds":["x"],"securityGroupIds":["sg-0a1b2c3d"]}' }, 'vpc.subnetIds.0: got "x", expected an id like'],
  [
    { batchBytes: 1_073_741_824 },
    'engineTmpMb: got 2048, expected at least 3072, which a batch of 1073741824 bytes needs',
  ],
  [
    { batchBytes: 3100 * 1024 * 1024, engineTmpMb: 9300, engineMemoryMb: 1024 },
    'batchBytes: got 3250585600, expected at most 3034578944 (2894 MiB), which a function of 1024 MB gets through in 600 of its 900 s',
  ],
])('%j is refused: %s', (given, message) => {
  expect(() => parseAppSettings(given)).toThrow(message);
});

test.each(['0 4 * * *', 'MONDAY 04:00', 'MON 24:00', 'MON 4:00', 'MON', 'DAILY,MON 04:00', ' ', 7])(
  'backfillSchedule %j is refused',
  (backfillSchedule) => {
    const expected = 'expected weekdays and a time in UTC like MON 04:00, MON,THU 04:00 or DAILY 04:00';
    expect(() => parseAppSettings({ backfillSchedule })).toThrow(
      `backfillSchedule: got ${JSON.stringify(backfillSchedule)}, ${expected}`,
    );
  },
);

test.each([
  [1024, 324],
  [1769, 512],
  [10_240, 8983],
])('of %i MB of memory DuckDB gets %i, and the process keeps at least 700', (engineMemoryMb, buffer) => {
  const settings = parseAppSettings({ engineMemoryMb });
  expect(engineBufferMb(settings)).toBe(buffer);
  expect(engineMemoryMb - engineBufferMb(settings)).toBeGreaterThanOrEqual(700);
});

test('with a whole vCPU /tmp is full before the time is over', () => {
  const mib = 3413;
  expect(parseAppSettings({ engineTmpMb: 10_240, batchBytes: mib * 1024 * 1024 })).toMatchObject({
    engineMemoryMb: 1769,
  });
  expect(() => parseAppSettings({ engineTmpMb: 10_240, batchBytes: (mib + 1) * 1024 * 1024 })).toThrow(
    'engineTmpMb: got 10240',
  );
});

test('a batch of the largest size may spill 1.35 times its bytes', () => {
  for (const [engineTmpMb, mib] of [
    [2048, 512],
    [3072, 1024],
    [10_240, 3400],
  ] as const) {
    const settings = parseAppSettings({ engineTmpMb, batchBytes: mib * 1024 * 1024 });
    expect(engineSpillMb(settings)).toBeGreaterThanOrEqual(Math.floor(1.35 * mib));
  }
});

test('a new account, which may run 10 Lambdas, has room for a backfill of one partition with 5 batches at a time', () => {
  const given = { lambdaConcurrency: '10', batchConcurrency: '5', backfillConcurrency: '1' };
  expect(parseAppSettings(given)).toMatchObject({ lambdaConcurrency: 10, batchConcurrency: 5, backfillConcurrency: 1 });
});
