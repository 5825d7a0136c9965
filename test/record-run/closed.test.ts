import { endingOf } from '../../core/contracts/run/endings';
import { keys } from '../../core/contracts/keys';
import { endingFromEvent } from '../../core/runtime/recording/report';
import { recordEnding } from '../../core/runtime/recording/record-ending';
import { HistoryBuilder } from '../helpers/history';
import { RecordingWorld } from '../helpers/recording';
import { ending, execution, holder, PARTITION, publication, record, run } from '../helpers/runs';

/** Endings that no state machine can record from inside: time limit, abort, runtime error, a recording that failed. */

const key = keys.partition('flights', PARTITION);
let world: RecordingWorld;
beforeEach(() => {
  world = new RecordingWorld();
  world.s3.put('ledger', key, record({ fence: 1, holder: holder() }));
  world.history = new HistoryBuilder()
    .task('ClaimPartition', { run: run() })
    .enter('LoadPartition', { run: run() })
    .start().events;
});

function eventOf(detail: Record<string, unknown>) {
  const { arn, name, startTime, input } = execution();
  return {
    'detail-type': 'Step Functions Execution Status Change',
    detail: {
      executionArn: arn,
      name,
      stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:PartitionRun',
      startDate: Date.parse(startTime),
      stopDate: Date.parse('2026-01-20T06:20:00.000Z'),
      input: JSON.stringify(input),
      output: null,
      ...detail,
    },
  };
}
async function recordEvent(detail: Record<string, unknown>) {
  const ended = endingFromEvent(eventOf(detail));
  if (ended === undefined) throw new Error('not understood');
  await recordEnding(world.recorder(), ended.report);
  return world.manifest();
}

test('a time-out names the state that was running, and ends when the execution did', async () => {
  const manifest = await recordEvent({ status: 'TIMED_OUT', error: 'States.Timeout' });
  expect(manifest).toMatchObject({
    status: 'TIMED_OUT',
    reason: {
      code: 'TIME_LIMIT',
      state: 'LoadPartition',
      message: 'The execution ran into its time limit. LoadPartition was running.',
    },
    times: { ended: '2026-01-20T06:20:00.000Z' },
  });
  expect(world.s3.json('ledger', key)).toMatchObject({
    holder: null,
    fence: 2,
    last: { ending: ending('TIME_LIMIT') },
  });
  expect(world.posts[0]?.text).toMatch(/^⌛ flights 2026-01-20T05 \(hour\) TIMED_OUT during LoadPartition: /);
});

test('the particulars stand by themselves beside the message', async () => {
  const { reason } = await recordEvent({ status: 'TIMED_OUT', error: 'States.Timeout' });
  expect(reason.detail).toBe('LoadPartition was running.');
  expect(reason.message).toBe(`${endingOf('TIME_LIMIT').sentence} ${reason.detail}`);
});

test('an abort says what the operator said', async () => {
  const manifest = await recordEvent({ status: 'ABORTED', error: 'Oops', cause: 'wrong day' });
  expect(manifest.reason.message).toBe(
    'An operator stopped the execution. LoadPartition was running. The execution says: Oops: wrong day',
  );
});

test('an abort after the publication is published', async () => {
  world.s3.put('ledger', key, record({ fence: 1, holder: holder(), publication: publication() }));
  expect(await recordEvent({ status: 'ABORTED' })).toMatchObject({ status: 'PUBLISHED', records: { published: 690 } });
});

test('a runtime error names the state', async () => {
  const manifest = await recordEvent({ status: 'FAILED', error: 'States.Runtime', cause: 'invalid path' });
  expect(manifest.reason).toMatchObject({ code: 'INTERNAL_ERROR', error: 'States.Runtime', state: 'LoadPartition' });
  expect(manifest.reason.message).toMatch(/LoadPartition: States.Runtime: invalid path$/);
});

test('a recording that failed leaves the ending that the state told it', async () => {
  const state = { run: run(), failed: { LoadPartition: { Error: 'SourceEmpty', Cause: '' } } };
  world.history = new HistoryBuilder()
    .task('ClaimPartition')
    .enter('RecordRun', state)
    .start()
    .fail('Sandbox.Timedout').events;
  const manifest = await recordEvent({ status: 'FAILED', error: 'Sandbox.Timedout' });
  expect(manifest.reason).toMatchObject({ code: 'SOURCE_EMPTY', state: 'LoadPartition' });
});

test('a reason code in the Fail state is the ending, where the history is gone', async () => {
  world.history = new Error('ExecutionDoesNotExist');
  expect(await recordEvent({ status: 'FAILED', error: 'TOO_MANY_REJECTED', cause: 'why' })).toMatchObject({
    reason: { code: 'TOO_MANY_REJECTED' },
    steps: [],
    cost: { usd: null },
  });
});

test('a success without a publication on record is never believed', async () => {
  world.history = new HistoryBuilder().task('ClaimPartition').enter('RecordRun', {
    run: run(),
    publish: { Payload: { ending: ending('COMPLETE'), files: 1, published: 1 } },
  }).events;
  expect(await recordEvent({ status: 'SUCCEEDED' })).toMatchObject({
    status: 'FAILED',
    reason: { code: 'INTERNAL_ERROR' },
  });
});

test('an event whose input was too large says so', () => {
  expect(
    endingFromEvent(eventOf({ status: 'FAILED', input: undefined, inputDetails: { included: false } })),
  ).toMatchObject({
    inputMissing: true,
    report: { execution: { input: undefined } },
  });
});

test.each([
  undefined,
  null,
  'x',
  {},
  { detail: {} },
  eventOf({ status: 'RUNNING' }),
  eventOf({ status: 'FAILED', executionArn: '' }),
])('what is no event of a closed execution is none: %j', (event) => {
  expect(endingFromEvent(event)).toBeUndefined();
});
