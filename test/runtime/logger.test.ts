import { InternalError } from '../../lambdas/contracts/errors';
import { createLogger } from '../../lambdas/runtime/logger';

/** What a logger writes while something logs. */
function logged(log: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  const write = (chunk: unknown): boolean => lines.push(String(chunk)) > 0;
  const out = jest.spyOn(process.stdout, 'write').mockImplementation(write);
  const err = jest.spyOn(process.stderr, 'write').mockImplementation(write);
  try {
    log(createLogger());
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return lines.join('');
}

test('no credential is logged: of a message, a field, a foreign error, its stack or its cause', () => {
  const cause = new Error('connect to postgres://rollcall:hunter2@db.internal/jobs');
  const foreign = new Error('the password is hunter2', { cause });
  const line = logged((logger) =>
    logger.error('posting to https://hooks.slack.com/services/T0/B0/hunter2 failed', {
      error: foreign,
      details: { url: 'https://b/x?X-Amz-Signature=hunter2&a=1', list: ['token=hunter2'] },
    }),
  );
  expect(line).not.toContain('hunter2');
  expect(line).not.toContain('hooks.slack.com');
  const entry = JSON.parse(line) as Record<string, unknown>;
  expect(entry).toMatchObject({
    level: 'ERROR',
    message: 'posting to [webhook] failed',
    error: { message: 'the password is [redacted]' },
    details: { url: 'https://b/x?X-Amz-Signature=[redacted]&a=1', list: ['token=[redacted]'] },
  });
});

test('what is none is logged as it is', () => {
  const key = 'data/flights/2001-01-08T05/0123456789abcdef0123456789abcdef.parquet';
  const line = logged((logger) => logger.info('step done', { key, usage: { seconds: 1.5, requests: 3 } }));
  expect(JSON.parse(line)).toMatchObject({ message: 'step done', key, usage: { seconds: 1.5, requests: 3 } });
});

test('an error of ours has no credential in its message, whoever made up the text', () => {
  const error = new InternalError('could not read https://user:hunter2@host/x');
  expect([error.message, error.stack?.split('\n')[0]]).toEqual([
    'could not read https://[redacted]@host/x',
    expect.not.stringContaining('hunter2'),
  ]);
});
