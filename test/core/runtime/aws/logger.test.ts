import { InternalError } from '../../../../core/contracts/errors';
import { createLogger, printThrough, withInvocationKeys, withLogKeys } from '../../../../core/runtime/aws/logger';

/** The lines that are written meanwhile, as CloudWatch has them. */
async function linesOf(work: () => unknown): Promise<Record<string, unknown>[]> {
  const written: string[] = [];
  const keep = (chunk: unknown): boolean => written.push(String(chunk)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(keep));
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  const text = written.join('').trim();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

const RUN = { dataset: 'flights', partition: '2026-01-20T05', runId: 'run-1' };
const OTHER = { dataset: 'daily', runId: 'run-2' };
const pause = () => new Promise((resolve) => setImmediate(resolve));

describe('a line of the log', () => {
  const logger = createLogger();

  it('has level, message, service and time, what it adds, and whose it is', async () => {
    const lines = await linesOf(() =>
      withInvocationKeys(RUN, () => logger.warn('not ready', { waitingFor: 'marker' })),
    );
    expect(lines).toEqual([
      {
        level: 'WARN',
        message: 'not ready',
        service: expect.any(String),
        sampling_rate: 0,
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        waitingFor: 'marker',
        ...RUN,
      },
    ]);
  });

  it('shows an error with its name and its cause', async () => {
    const error = new RangeError('too far', { cause: new TypeError('no number') });
    const [line] = await linesOf(() => withInvocationKeys(RUN, () => logger.error('failed', { error })));
    expect(line).toMatchObject({
      ...RUN,
      error: { name: 'RangeError', message: 'too far', cause: { name: 'TypeError', message: 'no number' } },
    });
  });

  it('of a warm process has none of the keys of the invocation before', async () => {
    const lines = await linesOf(async () => {
      await withInvocationKeys(RUN, async () => logger.info('one'));
      await withInvocationKeys(OTHER, async () => logger.info('two'));
      await withInvocationKeys({}, async () => logger.info('three'));
    });
    expect(lines.map(({ dataset, partition, runId }) => [dataset, partition, runId])).toEqual([
      ['flights', '2026-01-20T05', 'run-1'],
      ['daily', undefined, 'run-2'],
      [undefined, undefined, undefined],
    ]);
  });

  it('of work that outlives its invocation keeps the keys that it began with', async () => {
    let late: Promise<void> | undefined;
    const lines = await linesOf(async () => {
      await withInvocationKeys(RUN, async () => {
        late = pause().then(() => logger.info('late'));
      });
      await withInvocationKeys(OTHER, async () => {
        await late;
        logger.info('next');
      });
    });
    expect(lines).toMatchObject([
      { message: 'late', ...RUN },
      { message: 'next', ...OTHER },
    ]);
  });

  it('that is written outside of any work is of the invocation that began last', async () => {
    const lines = await linesOf(() => {
      withInvocationKeys(OTHER, () => undefined);
      withInvocationKeys(RUN, () => undefined);
      logger.error('the runtime says what was thrown');
    });
    expect(lines).toMatchObject([RUN]);
  });

  it('about one of several things that are done side by side has the keys of that one', async () => {
    const hours = ['2026-01-20T05', '2026-01-20T06', '2026-01-20T07'];
    const lines = await linesOf(() =>
      withInvocationKeys({ awsRequestId: 'request' }, () =>
        Promise.all(
          hours.map((partition) =>
            withLogKeys({ dataset: 'flights', partition }, async () => {
              await pause();
              logger.info(`at ${partition}`);
            }),
          ),
        ),
      ),
    );
    for (const hour of hours)
      expect(lines).toContainEqual(
        expect.objectContaining({ message: `at ${hour}`, partition: hour, awsRequestId: 'request' }),
      );
  });

  it('cannot say that it belongs to another run', async () => {
    const [line] = await linesOf(() => withInvocationKeys(RUN, () => logger.info('odd', { runId: 'run-9' })));
    expect(line).toMatchObject(RUN);
  });
});

describe('what a transform prints', () => {
  it('becomes a line with keys, of the level that it was printed with', async () => {
    const fake = { ...console };
    printThrough(createLogger(), fake);
    const lines = await linesOf(() =>
      withInvocationKeys({ ...RUN, batch: 3 }, () => {
        fake.log('read %d of', 5, { a: 1 });
        fake.warn('odd');
        fake.error(new Error('broken').message);
        fake.debug('not at this level');
      }),
    );
    expect(lines.map(({ level, message, batch, runId }) => [level, message, batch, runId])).toEqual([
      ['INFO', 'read 5 of { a: 1 }', 3, 'run-1'],
      ['WARN', 'odd', 3, 'run-1'],
      ['ERROR', 'broken', 3, 'run-1'],
    ]);
  });
});

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

test('an error of ours has no credential in its message, wherever its text comes from', () => {
  const error = new InternalError('could not read https://user:hunter2@host/x');
  expect([error.message, error.stack?.split('\n')[0]]).toEqual([
    'could not read https://[redacted]@host/x',
    expect.not.stringContaining('hunter2'),
  ]);
});
