import { signed } from '../../../../core/domain/run/request-ids';
import { readingOf } from '../../../../core/runtime/recording/execution-history';
import { HistoryBuilder } from '../../../helpers/history';

const UNTIL = new Date('2026-01-20T06:30:00.000Z');
const read = (history: HistoryBuilder, until = UNTIL) => readingOf(history.events, until);

test('counts entries, attempts and seconds per step, and transitions with their retries', () => {
  const history = new HistoryBuilder()
    .task('ClaimPartition')
    .enter('PartitionClaimed?', {}, 'Choice')
    .exit('PartitionClaimed?', {}, 'Choice')
    .task('LoadPartition', {}, ['TransientError', 'TransientError'])
    .add('ExecutionSucceeded', {});
  const { steps, transitions, requests, failure } = read(history);
  expect(steps).toEqual([
    { name: 'ClaimPartition', entered: 1, attempts: 1, seconds: 1, peakMb: 100 },
    { name: 'LoadPartition', entered: 1, attempts: 3, seconds: 3, peakMb: 100 },
  ]);
  expect(transitions).toBe(3 + 2);
  expect(requests).toBe(4);
  expect(failure).toBeUndefined();
});

test('a step that is entered again after a wait has not been retried', () => {
  const history = new HistoryBuilder().task('LoadPartition').task('LoadPartition');
  expect(read(history).steps).toMatchObject([{ entered: 2, attempts: 2, seconds: 2 }]);
});

test('attributes interleaved Map iterations by the chain of events', () => {
  const history = new HistoryBuilder().enter('ForEachBatch', {}, 'Map').add('MapStateStarted', {});
  history
    .thread((a) =>
      a.add('MapIterationStarted', {}).enter('ValidateBatch').start().wait(2).fail('SourceCorrupt').start().wait(3),
    )
    .thread((b) => b.add('MapIterationStarted', {}).task('ProcessBatch'));
  expect(read(history, new Date('2026-01-20T06:15:09.000Z')).steps).toMatchObject([
    { name: 'ValidateBatch', entered: 1, attempts: 2, seconds: 6 },
    { name: 'ProcessBatch', entered: 1, attempts: 1, seconds: 1 },
  ]);
});

test('tells which batches were found finished, and which needed retries', () => {
  const history = new HistoryBuilder().enter('ForEachBatch', {}, 'Map').add('MapStateStarted', {});
  const batch = (index: number, state: string, reused: boolean, failures: readonly string[] = []) => {
    history.thread((thread) => {
      thread.add('MapIterationStarted', {}).enter(state, { run: {}, planKey: 'plan', index });
      for (const error of failures) thread.start().fail(error);
      thread.start().succeed({ index, reused }).exit(state);
    });
  };
  batch(0, 'ValidateBatch', true);
  batch(1, 'ValidateBatch', false, ['TransientError', 'TransientError']);
  batch(2, 'ValidateBatch', true);
  // The records were there, what the transform makes of them was not.
  batch(2, 'ProcessBatch', false);
  history.thread((thread) =>
    thread.add('MapIterationStarted', {}).enter('ValidateBatch', { index: 3 }).start().fail('SourceCorrupt'),
  );
  expect(read(history).batches).toEqual({
    entered: 4,
    reused: 1,
    retried: [{ index: 1, state: 'ValidateBatch', attempts: 3 }],
  });
});

test('a recording from inside has two transitions still to come', () => {
  const history = new HistoryBuilder().enter('RecordRun').start();
  expect(read(history).transitions).toBe(1 + 2);
});

describe('the request ids of a step', () => {
  const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const usage = { seconds: 1, peakMb: 100, requests: 2 };

  test('are those of every attempt, the failed ones apart', () => {
    const thrown = JSON.stringify({
      errorType: 'PlatformFault',
      errorMessage: 'no answer',
      trace: (signed(new Error('no answer'), id(1)).stack ?? '').split('\n'),
    });
    const killed = JSON.stringify({
      errorMessage: `RequestId: ${id(2)} Error: Runtime exited with error: signal: killed`,
    });
    const python = JSON.stringify({ errorMessage: 'x', errorType: 'y', requestId: id(3), stackTrace: [] });
    const history = new HistoryBuilder().enter('LoadPartition');
    for (const cause of [thrown, killed, python, '', 'not JSON']) history.start().fail('X', cause);
    history
      .start()
      .succeed({}, { ...usage, requestId: id(4) })
      .exit('LoadPartition');
    expect(read(history).steps).toMatchObject([
      { attempts: 6, requestIds: { failed: [id(1), id(2), id(3)], succeeded: [id(4)] } },
    ]);
  });

  test('of a release that did not write them are taken from what Step Functions says of the call', () => {
    const output = JSON.stringify({ Payload: { usage }, SdkResponseMetadata: { RequestId: id(1) } });
    const details = { taskSucceededEventDetails: { resource: 'invoke', resourceType: 'lambda', output } };
    const history = new HistoryBuilder().enter('ClaimPartition').start().add('TaskSucceeded', details);
    expect(read(history).steps).toMatchObject([{ requestIds: { failed: [], succeeded: [id(1)] } }]);
  });

  test('are a thousand at most, those that failed first', () => {
    const history = new HistoryBuilder().enter('ForEachBatch', {}, 'Map').add('MapStateStarted', {});
    for (let index = 0; index < 1_200; index += 1)
      history.thread((thread) => {
        thread.add('MapIterationStarted', {}).enter('ValidateBatch', { index }).start();
        if (index >= 1_100) thread.fail('X', `RequestId: ${id(index)} Error: Task timed out`).start();
        thread.succeed({ index }, { ...usage, requestId: id(10_000 + index) }).exit('ValidateBatch');
      });
    const [step] = read(history).steps;
    expect(step).toMatchObject({ entered: 1_200, attempts: 1_300 });
    expect(step?.requestIds?.failed).toEqual(Array.from({ length: 100 }, (_unused, n) => id(1_100 + n)));
    expect(step?.requestIds?.succeeded).toHaveLength(900);
    expect(JSON.stringify(step).length).toBeLessThan(40_000);
  });
});

describe('the failure', () => {
  test('is the one that nothing retried any more', () => {
    const history = new HistoryBuilder()
      .enter('LoadPartition')
      .start()
      .fail('TransientError')
      .start()
      .fail('SourceAccessDenied', 'why');
    expect(read(history).failure).toEqual({ state: 'LoadPartition', error: 'SourceAccessDenied', cause: 'why' });
  });

  test('is that of a step rather than that of a batch, which is data', () => {
    const history = new HistoryBuilder().enter('ForEachBatch', {}, 'Map').add('MapStateStarted', {});
    history
      .thread((it) =>
        it
          .add('MapIterationStarted', {})
          .enter('ValidateBatch')
          .start()
          .fail('SourceCorrupt')
          .exit('ValidateBatch')
          .add('MapIterationSucceeded', {}),
      )
      .add('MapStateSucceeded', {})
      .exit('ForEachBatch', {}, 'Map')
      .enter('CheckPartition')
      .start()
      .fail('TooManyBatchesFailed');
    expect(read(history).failure).toMatchObject({ state: 'CheckPartition', error: 'TooManyBatchesFailed' });
  });

  test('is never that of the recording', () => {
    const history = new HistoryBuilder()
      .enter('LoadPartition')
      .start()
      .fail('SourceEmpty')
      .exit('LoadPartition')
      .enter('RecordRun')
      .start()
      .fail('TransientError');
    expect(read(history).failure).toMatchObject({ state: 'LoadPartition' });
  });

  test('of a task that timed out has a name although the event has none', () => {
    const history = new HistoryBuilder()
      .enter('PublishPartition')
      .start()
      .add('TaskTimedOut', { taskTimedOutEventDetails: { resource: 'invoke', resourceType: 'lambda' } });
    expect(read(history).failure).toEqual({ state: 'PublishPartition', error: 'States.Timeout', cause: '' });
  });
});

test('names the innermost state that was running', () => {
  const history = new HistoryBuilder().enter('ForEachBatch', {}, 'Map').add('MapStateStarted', {});
  history.thread((it) => it.add('MapIterationStarted', {}).enter('ValidateBatch').start());
  expect(read(history).running).toBe('ValidateBatch');
  expect(read(new HistoryBuilder().task('LoadPartition').enter('WaitForPartition', {}, 'Wait')).running).toBe(
    'WaitForPartition',
  );
});

describe('the payload', () => {
  test('is what RecordRun was given, whatever it did then', () => {
    const history = new HistoryBuilder()
      .task('ClaimPartition', { a: 1 })
      .enter('RecordRun', { b: 2 })
      .start()
      .fail('X')
      .exit('RecordRun', { c: 3 });
    expect(read(history).payload).toEqual({ b: 2 });
  });

  test('is what the last state outside a Map had, before that', () => {
    const history = new HistoryBuilder().enter('ForEachBatch', { run: 1 }, 'Map').add('MapStateStarted', {});
    history.thread((it) => it.add('MapIterationStarted', {}).enter('ValidateBatch', { index: 0 }));
    expect(read(history).payload).toEqual({ run: 1 });
  });

  test('that the history truncated is as good as missing', () => {
    const history = new HistoryBuilder().task('ClaimPartition', { a: 1 });
    history.add('TaskStateEntered', { stateEnteredEventDetails: { name: 'RecordRun', input: '{"a": [1, 2' } });
    expect(read(history).payload).toEqual({ a: 1 });
  });
});

test('reads the events of functions that are called by their bare ARN', () => {
  const history = new HistoryBuilder()
    .enter('LoadPartition')
    .add('LambdaFunctionScheduled', {})
    .add('LambdaFunctionStarted', {})
    .wait(4);
  history.add('LambdaFunctionSucceeded', {
    lambdaFunctionSucceededEventDetails: { output: '{"usage": {"seconds": 4, "peakMb": 90, "requests": 3}}' },
  });
  expect(read(history)).toMatchObject({ requests: 3, steps: [{ attempts: 1, seconds: 4, peakMb: 90 }] });
});

test('has no opinion about an empty history', () => {
  expect(read({ events: [] } as unknown as HistoryBuilder)).toEqual({
    steps: [],
    batches: { entered: 0, reused: 0, retried: [] },
    transitions: 0,
    requests: 0,
    failure: undefined,
    running: undefined,
    payload: undefined,
  });
});
