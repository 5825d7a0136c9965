import type { BackfillManifest } from '../../core/contracts/backfill/backfill-manifest';
import { keys } from '../../core/contracts/keys';
import { recordOutputSchema } from '../../core/contracts/run/steps';
import { NO_RECORDS } from '../../core/contracts/run/partition-record';
import { executionEnded } from '../../lambdas/execution-ended/execution-ended';
import { recordRun } from '../../lambdas/record-run/record-run';
import { forTheSweep, putOnRecord } from '../../core/runtime/recording/record-ending';
import { backfillManifest } from '../helpers/backfills';
import { down, gone, late, limited, refused } from '../helpers/answers';
import { HistoryBuilder } from '../helpers/history';
import { RecordingWorld } from '../helpers/recording';
import {
  checkResult,
  dataset,
  ending,
  execution,
  file,
  holder,
  PARTITION,
  plan,
  publication,
  record,
  registry,
  run,
} from '../helpers/runs';

const key = keys.partition('flights', PARTITION);
let world: RecordingWorld;
beforeEach(() => {
  world = new RecordingWorld();
});

const held = (overrides = {}) => world.s3.put('ledger', key, record({ fence: 1, holder: holder(), ...overrides }));
const stands = () => world.s3.json('ledger', key);
const lambdaCause = (errorType: string, errorMessage: string) => JSON.stringify({ errorType, errorMessage, trace: [] });
async function recordIt(state: unknown, of = execution()) {
  return recordOutputSchema.parse(await recordRun(world.recorder(), { execution: of, state }));
}

describe('a run that published', () => {
  beforeEach(() => {
    held({ publication: publication() });
    world.s3.put(
      'ledger',
      keys.check('flights', PARTITION, 'run-1'),
      checkResult({ rules: [{ name: 'id.null', broken: 0, samples: [] }] }),
    );
    world.s3.put('ledger', keys.plan('flights', PARTITION, 'run-1', 1), plan());
    world.history = new HistoryBuilder()
      .task('ClaimPartition')
      .task('LoadPartition', {}, ['TransientError', 'TransientError'])
      .enter('RecordRun')
      .start().events;
  });
  const state = { run: run(), publish: { Payload: { ending: ending('COMPLETE'), files: 1, published: 690 } } };

  test('says which batches were found finished, and which needed retries', async () => {
    const history = new HistoryBuilder().task('LoadPartition').enter('ForEachBatch', {}, 'Map');
    history.add('MapStateStarted', {});
    for (const index of [0, 1]) {
      history.thread((batch) => {
        batch.add('MapIterationStarted', {}).enter('ValidateBatch', { index });
        if (index === 0) batch.start().fail('PlatformFault');
        batch
          .start()
          .succeed({ index, reused: index === 1 })
          .exit('ValidateBatch');
      });
    }
    world.history = history.events;
    await recordIt(state);
    expect(world.manifest().batches).toEqual({
      // Of the check, which has the plan's.
      all: 1,
      failed: 0,
      reused: 1,
      retried: [{ index: 0, state: 'ValidateBatch', attempts: 2 }],
    });
  });

  test.each([
    ['SOURCE_UNAVAILABLE', 1],
    ['SOURCE_EMPTY', 0],
  ] as const)(
    'from the fallback for %s: of %d failures its circuit is told, because of the primary',
    async (code, failures) => {
      const insteadOf = { lack: 'unavailable' as const, code, message: 'it said 503' };
      const planned = plan({ source: { ...plan().source, kind: 'fallback', insteadOf } });
      world.s3.put('ledger', keys.plan('flights', PARTITION, 'run-1', 1), planned);
      const circuit = { dependency: 'source-bucket', generation: 0, probe: false };
      expect(await recordIt({ ...state, run: run({ circuit }) })).toMatchObject({ code: 'COMPLETE' });
      const told = world.s3.keys('ledger', 'circuits/').map((each) => world.s3.json('ledger', each));
      expect(told).toHaveLength(failures);
      if (failures > 0)
        expect(told).toMatchObject([
          {
            failures,
            trouble: {
              cause: { text: `flights ${PARTITION} used its fallback for SOURCE_UNAVAILABLE (it said 503)`, code },
            },
          },
        ]);
      // Once more is a replay, which asks the primary nothing.
      world.s3.put('ledger', key, record({ fence: 2, publication: publication('run-2') }));
      world.s3.put('ledger', keys.plan('flights', PARTITION, 'run-2', 1), { ...planned, runId: 'run-2' });
      const replay = run({ runId: 'run-2', circuit, replay: true });
      await recordIt({ ...state, run: replay }, execution('run-2'));
      const after = world.s3.keys('ledger', 'circuits/').map((each) => world.s3.json('ledger', each));
      expect(after).toEqual(told);
    },
  );

  test('has a manifest with counts, files, source, steps and cost', async () => {
    const output = await recordIt(state);
    expect(output).toMatchObject({ succeeded: true, status: 'PUBLISHED', code: 'COMPLETE', Error: 'COMPLETE' });
    expect(output.manifestKey).toBe(`runs/flights/${PARTITION}/run-1.json`);
    const manifest = world.manifest();
    expect(manifest).toMatchObject({
      status: 'PUBLISHED',
      records: { read: 690, published: 690 },
      outputs: [file],
      source: { objects: 3 },
      owner: 'Data Engineering',
      minimal: false,
      times: { started: '2026-01-20T06:15:03.000Z', ended: world.now.toISOString() },
    });
    expect(manifest.steps.map(({ name, entered, attempts }) => [name, entered, attempts])).toEqual([
      ['ClaimPartition', 1, 1],
      ['LoadPartition', 1, 3],
      ['RecordRun', 1, 1],
    ]);
    expect(manifest.cost.usd).toBeGreaterThan(0);
    expect(manifest.cost.transitions).toBe(3 + 2 + 2);
  });

  test('lets go of the partition, is told once with its retries, and leaves nothing in the outbox', async () => {
    await recordIt(state);
    expect(stands()).toMatchObject({ holder: null, fence: 2, last: { runId: 'run-1', ending: ending('COMPLETE') } });
    expect(world.posts).toEqual([
      {
        channel: 'default',
        text: `✅ flights ${PARTITION} (hour) PUBLISHED after 2 retries of LoadPartition: 690 records`,
      },
    ]);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
    expect(world.s3.keys('ledger', 'receipts/')).toEqual([`receipts/flights~${PARTITION}~run-1.json`]);
  });

  test('is published whatever error arrives afterwards, and says so', async () => {
    const output = await recordIt({ run: run(), failed: { PublishPartition: { Error: 'States.Timeout', Cause: '' } } });
    expect(output.succeeded).toBe(true);
    expect(world.manifest().reason).toEqual({
      code: 'COMPLETE',
      message:
        'Every record was accepted and published. PublishPartition reported States.Timeout after it was published.',
      detail: 'PublishPartition reported States.Timeout after it was published.',
      hint: '',
    });
  });

  test('is published although another run has replaced it since', async () => {
    held({
      holder: null,
      publication: publication('run-2'),
      superseded: [{ runId: 'run-1', ending: ending('COMPLETE'), records: publication().records }],
    });
    expect(await recordIt(state)).toMatchObject({ status: 'PUBLISHED' });
    expect(world.manifest()).toMatchObject({ records: { published: 690 }, outputs: [file], source: { objects: 3 } });
  });

  test('has its steps from the payload and no price where the history cannot be read', async () => {
    world.history = new Error('throttled');
    await recordIt({ ...state, usage: { seconds: 2, peakMb: 90, requests: 4 } });
    expect(world.manifest()).toMatchObject({
      steps: [{ name: 'ClaimPartition', entered: 1, attempts: 1, seconds: 2, peakMb: 90 }],
      cost: { usd: null, transitions: 0, requests: 4 + 7, lambdaGbSeconds: 1 },
    });
  });
});

describe('a run that failed', () => {
  test('names state, error and the message in the cause', async () => {
    held();
    const output = await recordIt({
      run: run(),
      failed: {
        LoadPartition: {
          Error: 'SourceAccessDenied',
          Cause: lambdaCause('SourceAccessDenied', 's3://b: AccessDenied'),
        },
      },
    });
    expect(output).toMatchObject({ succeeded: false, status: 'FAILED', Error: 'SOURCE_ACCESS_DENIED' });
    expect(output.Cause).toBe('Access to the source bucket was denied. LoadPartition: s3://b: AccessDenied');
    expect(world.manifest().reason).toMatchObject({
      code: 'SOURCE_ACCESS_DENIED',
      state: 'LoadPartition',
      error: 'SourceAccessDenied',
    });
    expect(stands()).toMatchObject({ holder: null, fence: 2, last: { ending: ending('SOURCE_ACCESS_DENIED') } });
    expect(world.posts[0]?.text).toMatch(
      /^❌ flights 2026-01-20T05 \(hour\) FAILED in LoadPartition: Access .* To do: allow s3:ListBucket/,
    );
  });

  test('has the counts, rules and failed batches that the check found, and nothing published', async () => {
    held();
    const found = checkResult({
      ending: null,
      records: { ...NO_RECORDS, read: 100, accepted: 40, quarantined: 60, published: 40 },
      rules: [{ name: 'id.type', broken: 60, samples: [] }],
      failedBatches: [
        {
          index: 1,
          state: 'ValidateBatch',
          error: 'SourceCorrupt',
          message: 'at https://u:p@host/x',
          objects: ['a.csv'],
        },
      ],
    });
    world.s3.put('ledger', keys.check('flights', PARTITION, 'run-1'), found);
    await recordIt({
      run: run(),
      failed: { CheckPartition: { Error: 'TooManyRejected', Cause: lambdaCause('TooManyRejected', '60 %') } },
    });
    expect(world.manifest()).toMatchObject({
      reason: { code: 'TOO_MANY_REJECTED' },
      records: { read: 100, accepted: 40, quarantined: 60, published: 0 },
      rules: [{ name: 'id.type', broken: 60 }],
      failedBatches: [{ error: 'SourceCorrupt', message: 'at https://[redacted]@host/x' }],
      outputs: [],
    });
  });

  test('because of its batches names the step that they failed in', async () => {
    held();
    const failedBatches = [
      { index: 0, state: 'ValidateBatch', error: 'SourceCorrupt', message: 'cut off', objects: ['a.csv'] },
    ];
    world.s3.put('ledger', keys.check('flights', PARTITION, 'run-1'), checkResult({ ending: null, failedBatches }));
    await recordIt({ run: run(), failed: { CheckPartition: { Error: 'SourceCorrupt', Cause: '' } } });
    expect(world.manifest().reason).toMatchObject({ state: 'ValidateBatch', error: 'SourceCorrupt' });
    expect(world.posts[0]?.text).toMatch(/FAILED in ValidateBatch: An object of the source is damaged/);
  });

  test('keeps no secret that an error carried', async () => {
    held();
    const Cause = lambdaCause('Error', 'POST https://hooks.slack.com/services/T0/B0/abc failed, password=hunter2');
    await recordIt({ run: run(), failed: { LoadPartition: { Error: 'Error', Cause } } });
    const key_ = world.manifestKeys()[0] ?? '';
    expect(world.s3.text('ledger', key_)).not.toMatch(/hooks\.slack\.com|hunter2/);
  });

  test('that was overtaken is a skip', async () => {
    held({ fence: 2, holder: holder('run-2') });
    const output = await recordIt({
      run: run(),
      failed: {
        PublishPartition: {
          Error: 'PublishedByAnotherRun',
          Cause: lambdaCause('PublishedByAnotherRun', 'Run run-2 holds it.'),
        },
      },
    });
    expect(output).toMatchObject({ succeeded: true, status: 'SKIPPED', code: 'PUBLISHED_BY_ANOTHER_RUN' });
    expect(stands()).toMatchObject({ fence: 2, holder: { runId: 'run-2' }, last: null });
  });

  test('in ClaimPartition is recorded with the partition that its input names', async () => {
    const output = await recordIt({
      failed: { ClaimPartition: { Error: 'TransientError', Cause: lambdaCause('TransientError', 'SlowDown') } },
    });
    expect(output.manifestKey).toBe(`runs/flights/${PARTITION}/run-1.json`);
    expect(world.manifest().reason).toMatchObject({ code: 'SOURCE_UNAVAILABLE', state: 'ClaimPartition' });
    expect(stands()).toMatchObject({ holder: null, last: { runId: 'run-1' } });
  });

  test('with nothing but an error has its state from the history', async () => {
    held();
    world.history = new HistoryBuilder()
      .task('ClaimPartition')
      .enter('LoadPartition')
      .start()
      .fail('SourceEmpty').events;
    await recordIt({ Error: 'SourceEmpty', Cause: '' });
    expect(world.manifest().reason).toMatchObject({ code: 'SOURCE_EMPTY', state: 'LoadPartition' });
  });
});

describe('a run that was refused', () => {
  const refused = (code: string, detail = 'd', more = {}) => ({
    claimed: false,
    dataset: 'flights',
    partition: PARTITION,
    code,
    detail,
    problems: [],
    ...more,
  });

  test.each([
    ['ALREADY_PUBLISHED', 'SKIPPED', true],
    ['ALREADY_RUNNING', 'SKIPPED', true],
    ['NOT_EXPECTED', 'FAILED', false],
    ['PARTITION_NOT_OVER', 'FAILED', false],
  ])('as %s ends %s (succeeds: %s) and is recorded', async (code, status, succeeded) => {
    expect(await recordIt(refused(code))).toMatchObject({ code, status, succeeded });
    expect(world.manifest().reason.message).toMatch(/ d$/);
  });

  test('says which fields of its input are unknown', async () => {
    const input = { dataset: 'flights', partition: PARTITION, reproces: true };
    await recordIt(refused('ALREADY_PUBLISHED', 'Published by run-0.'), execution('run-1', input));
    expect(world.manifest().reason.message).toMatch(
      / Published by run-0\. Ignored in the input, because there is no such field: "reproces"\.$/,
    );
  });

  test('keeps the problems of an invalid input', async () => {
    const problems = [{ field: 'trigger', value: '1', expected: 'one of' }];
    await recordIt(
      refused('INVALID_INPUT', 'trigger: got 1', { problems }),
      execution('run-1', { dataset: 'flights', partition: PARTITION, trigger: 1 }),
    );
    expect(world.manifest()).toMatchObject({ reason: { code: 'INVALID_INPUT' }, problems });
    expect(world.manifestKeys()).toEqual([`runs/flights/${PARTITION}/run-1.json`]);
  });

  test('becomes the last ending of an expected partition that is free', async () => {
    await recordIt(refused('CIRCUIT_OPEN'));
    expect(stands()).toMatchObject({ fence: 0, holder: null, last: { ending: ending('CIRCUIT_OPEN') } });
  });

  test.each(['ALREADY_RUNNING', 'PARTITION_NOT_OVER'])('as %s does not speak for the partition', async (code) => {
    const early = { ...execution(), startTime: '2026-01-20T05:30:00.000Z' };
    await recordIt(refused(code), early);
    expect(stands()).toBeUndefined();
  });

  test('because no dataset of that name is deployed is recorded under the name that its input has', async () => {
    const input = { dataset: 'fligths', partition: PARTITION };
    const output = await recordIt(
      refused('UNKNOWN_DATASET', 'The input names "fligths".', { dataset: 'fligths' }),
      execution('run-1', input),
    );
    expect(output.manifestKey).toBe(`runs/fligths/${PARTITION}/run-1.json`);
    expect(world.manifest()).toMatchObject({
      dataset: 'fligths',
      partition: PARTITION,
      owner: null,
      reason: { code: 'UNKNOWN_DATASET' },
    });
    expect(world.posts).toMatchObject([{ channel: 'default', text: expect.stringContaining('fligths') }]);
    expect(world.s3.keys('ledger', 'partitions/')).toEqual([]);
  });
});

describe('a state that is not understood still gets a manifest', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'oops'],
    ['an array', [1, 2]],
    ['an empty object', {}],
    ['half a run', { run: { dataset: 'flights' } }],
    ['a run of another execution', { run: run({ runId: 'run-9' }) }],
    ['a refusal without a code', { claimed: false }],
    ['a refusal with a code that is none', { claimed: false, code: 'BORED' }],
    ['an error that is no text', { failed: { LoadPartition: { Error: 7 } } }],
    [
      'a claim of success without publication',
      { run: run(), publish: { Payload: { ending: ending('COMPLETE'), files: 1, published: 1 } } },
    ],
    ['an output that neither is ready nor waits', { run: run(), load: { Payload: 'soon' } }],
  ])('%s', async (_what, state) => {
    held();
    world.history = new HistoryBuilder().task('ClaimPartition').task('LoadPartition').enter('RecordRun').start().events;
    const output = await recordIt(state);
    expect(output).toMatchObject({
      succeeded: false,
      code: 'INTERNAL_ERROR',
      manifestKey: `runs/flights/${PARTITION}/run-1.json`,
    });
    expect(world.manifest().minimal).toBe(false);
    expect(stands()).toMatchObject({ holder: null, last: { ending: ending('INTERNAL_ERROR') } });
    expect(world.posts).toHaveLength(1);
  });

  test('and says after which step the state stopped making sense', async () => {
    held();
    world.history = new HistoryBuilder().task('ClaimPartition').task('LoadPartition').enter('RecordRun').start().events;
    await recordIt({ run: run(), load: { Payload: 'soon' } });
    expect(world.manifest().reason).toMatchObject({
      state: 'LoadPartition',
      message: expect.stringContaining('after LoadPartition'),
    });
  });

  test('a half-empty refusal keeps its code', async () => {
    expect(await recordIt({ claimed: false, code: 'CIRCUIT_OPEN' })).toMatchObject({ code: 'CIRCUIT_OPEN' });
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a string', 'x'],
    ['a list', []],
    ['no dataset', { a: 1 }],
  ])('with an input that is %s: unassigned', async (_what, input) => {
    const output = await recordIt({}, { ...execution(), input });
    expect(output.manifestKey).toBe('runs/_unassigned/2026-01-20/run-1.json');
    expect(world.manifest()).toMatchObject({ dataset: null, partition: null });
  });

  test('evidence that does not fit its schema is as good as missing', async () => {
    held();
    world.s3.put('ledger', keys.check('flights', PARTITION, 'run-1'), { what: 'ever' });
    world.s3.put('ledger', keys.plan('flights', PARTITION, 'run-1', 1), 'not even JSON');
    await recordIt({ run: run(), failed: { CheckPartition: { Error: 'OutOfMemory', Cause: '' } } });
    expect(world.manifest()).toMatchObject({
      reason: { code: 'OUT_OF_MEMORY' },
      records: NO_RECORDS,
      source: null,
      minimal: false,
    });
  });
});

describe('the minimal manifest', () => {
  test('is written where another release has written a partition record that cannot be read', async () => {
    world.s3.put('ledger', key, '{"schemaVersion": 1, "fence": "many"}');
    const output = await recordIt({ run: run(), failed: { LoadPartition: { Error: 'SourceEmpty', Cause: '' } } });
    expect(output).toMatchObject({ succeeded: false, code: 'INTERNAL_ERROR' });
    expect(world.manifest()).toMatchObject({
      minimal: true,
      dataset: 'flights',
      partition: PARTITION,
      reason: { error: 'InternalError', state: 'RecordRun', message: expect.stringContaining('fence') },
    });
    expect(world.posts).toHaveLength(1);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
  });

  test('of a run whose manifest cannot be read is told, by what its partition record says, and not written', async () => {
    held();
    await recordIt({ run: run(), failed: { LoadPartition: { Error: 'SourceEmpty', Cause: '' } } });
    const [manifestKey = ''] = world.manifestKeys();
    for (const receipt of world.s3.keys('ledger', 'receipts/')) world.s3.objects.delete(`ledger/${receipt}`);
    world.s3.put('ledger', manifestKey, 'spoilt');
    expect(await recordIt({ run: run() })).toMatchObject({ status: 'FAILED', code: 'SOURCE_EMPTY' });
    expect(world.s3.text('ledger', manifestKey)).toBe('spoilt');
    expect(world.posts).toHaveLength(2);
    // Told now: no recorder tells it again, and none has it to send.
    await recordIt({ run: run() });
    const closed = { status: 'FAILED', error: undefined, cause: undefined, at: world.now } as const;
    await putOnRecord(world.recorder(), { execution: execution(), state: undefined, closed }, forTheSweep);
    expect(world.posts).toHaveLength(2);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
  });

  test('is not needed for a neighbour whose record, or for a backfill whose manifest cannot be read', async () => {
    world.datasets = registry(dataset({ notify: { when: 'changes' } }));
    world.s3.put('ledger', keys.partition('flights', '2026-01-20T04'), 'spoilt');
    world.s3.put('ledger', keys.backfill('weekly', 'manifest'), 'spoilt');
    const input = { dataset: 'flights', partition: PARTITION, trigger: 'backfill', backfillId: 'weekly' };
    world.s3.put('ledger', key, record({ fence: 1, publication: publication(), last: null }));
    await recordRun(world.recorder(), { execution: execution('run-1', input), state: { run: run() } });
    expect(world.manifest()).toMatchObject({ minimal: false, status: 'PUBLISHED', backfillId: 'weekly' });
  });

  test('is not needed where the partition record is spoilt: it is recovered, and the message says so', async () => {
    held();
    world.s3.put('ledger', key, '{"fence": "many"}');
    const output = await recordIt({ run: run(), failed: { LoadPartition: { Error: 'SourceEmpty', Cause: '' } } });
    expect(output).toMatchObject({ succeeded: false, code: 'SOURCE_EMPTY' });
    const recovered = /does not fit: .*fence.*It was recovered from its version of/;
    expect(world.manifest()).toMatchObject({ minimal: false, reason: { message: expect.stringMatching(recovered) } });
    expect(world.s3.json('ledger', key)).toMatchObject({ holder: null, last: { runId: 'run-1' } });
    expect(world.posts).toHaveLength(1);
  });

  test('speaks for its partition as any other does: expected, not held and not published', async () => {
    // The first look at the record is denied, which is an unknown error here; the minimal path looks again.
    let denials = 1;
    const denied = Object.assign(new Error('AccessDenied'), {
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    const context = world.recorder(undefined, ({ operation, key: at }) =>
      operation === 'GET' && at === key && denials-- > 0 ? denied : undefined,
    );
    const state = { failed: { ClaimPartition: { Error: 'SourceEmpty', Cause: '' } } };
    await recordRun(context, { execution: execution(), state });
    expect(world.manifest()).toMatchObject({ minimal: true, reason: { code: 'INTERNAL_ERROR' } });
    expect(stands()).toMatchObject({ holder: null, last: { runId: 'run-1', ending: ending('INTERNAL_ERROR') } });
  });

  test('of an older run does not hide how a newer one ended', async () => {
    const newer = { runId: 'run-2', ending: ending('SOURCE_EMPTY'), at: '2026-01-20T06:20:00.000Z' };
    world.s3.put('ledger', key, record({ fence: 2, last: newer }));
    world.s3.put('ledger', keys.manifest('flights', PARTITION, 'run-1'), 'spoilt');
    const detail = {
      executionArn: execution().arn,
      name: 'run-1',
      status: 'FAILED',
      startDate: Date.parse('2026-01-20T06:15:03.000Z'),
      stopDate: Date.parse('2026-01-20T06:16:00.000Z'),
      input: JSON.stringify(execution().input),
    };
    await executionEnded({ ...world.recorder(), describe: async () => undefined }, { detail });
    expect(stands()).toMatchObject({ last: newer });
  });

  test('is written where its input says, by the execution alone, where the definitions are broken', async () => {
    held();
    world.datasets = new Map([['flights', { name: 'flights', cadence: 'hourly' } as never]]);
    const output = await recordIt({ run: run() });
    expect(output.manifestKey).toBe(`runs/flights/${PARTITION}/run-1.json`);
    expect(world.manifest()).toMatchObject({ minimal: true, executionArn: execution().arn, dataset: 'flights' });
    expect(stands()).toMatchObject({ holder: null, last: { runId: 'run-1' } });
  });

  test('does not hide that the ledger does not take a manifest: the nets outside must know', async () => {
    const denied = Object.assign(new Error('AccessDenied'), {
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    const context = world.recorder(undefined, ({ operation, key: at }) =>
      operation === 'PUT' && at.startsWith('runs/') ? denied : undefined,
    );
    await expect(recordRun(context, { execution: execution(), state: {} })).rejects.toMatchObject({
      name: 'InternalError',
    });
  });
});

test('a ledger that does not answer is retried, not recorded minimally', async () => {
  const slowDown = Object.assign(new Error('SlowDown'), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
  const context = world.recorder(undefined, ({ key: at }) => (at.endsWith('.check.json') ? slowDown : undefined));
  await expect(recordRun(context, { execution: execution(), state: {} })).rejects.toMatchObject({ retryable: true });
  expect(world.manifestKeys()).toEqual([]);
});

describe('Slack never fails a run', () => {
  test.each([down(), gone(), refused(), limited(30), late])('$is: the pointer stays for the sweep', async (answer) => {
    world.slack = () => answer;
    held();
    expect(
      await recordIt({ run: run(), failed: { LoadPartition: { Error: 'SourceEmpty', Cause: '' } } }),
    ).toMatchObject({ status: 'FAILED' });
    expect(world.s3.json('ledger', `outbox/flights~${PARTITION}~run-1.json`)).toMatchObject({
      manifestKey: `runs/flights/${PARTITION}/run-1.json`,
    });
    expect(world.s3.keys('ledger', 'receipts/')).toEqual([]);
  });

  test('a receipt that is refused for good leaves the pointer, and the run ends as it did', async () => {
    const denied = Object.assign(new Error('AccessDenied'), {
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    const context = world.recorder(undefined, ({ operation, key: at }) =>
      operation === 'PUT' && at.startsWith('receipts/') ? denied : undefined,
    );
    expect(
      await recordRun(context, { execution: execution(), state: { claimed: false, code: 'CIRCUIT_OPEN' } }),
    ).toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect(world.s3.keys('ledger', 'outbox/')).toHaveLength(1);
  });

  test('without the time for a post and its receipt, the message is left to the sweep', async () => {
    const context = { ...world.recorder(), remainingMs: () => 3_200 };
    await recordRun(context, { execution: execution(), state: {} });
    expect(world.posts).toEqual([]);
    expect(world.s3.keys('ledger', 'outbox/')).toHaveLength(1);
  });
});

describe('who is told', () => {
  const changes = dataset({ notify: { when: 'changes', channel: 'data' } });
  const publishedState = { run: run(), publish: { Payload: {} } };
  beforeEach(() => {
    world.datasets = registry(changes);
  });

  test('a success under `changes` is not told', async () => {
    held({ publication: publication() });
    await recordIt(publishedState);
    expect(world.posts).toEqual([]);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
    expect(world.manifest().status).toBe('PUBLISHED');
  });

  test('a failure is, on the channel of the dataset', async () => {
    held();
    await recordIt({ run: run(), failed: { LoadPartition: { Error: 'SourceEmpty', Cause: '' } } });
    expect(world.posts).toMatchObject([{ channel: 'data' }]);
  });

  test('the first success after trouble of the partition is, also when a second recorder completes', async () => {
    held({
      publication: publication(),
      last: { runId: 'run-0', ending: ending('SOURCE_EMPTY'), at: '2026-01-20T06:00:00.000Z' },
    });
    await recordIt(publishedState);
    expect(world.posts).toHaveLength(1);
    for (const at of world.s3.keys('ledger', 'receipts/')) world.s3.objects.delete(`ledger/${at}`);
    await recordIt(publishedState);
    expect(world.posts).toHaveLength(2);
  });

  test('the first success after trouble of the partition before is', async () => {
    world.s3.put(
      'ledger',
      keys.partition('flights', '2026-01-20T04'),
      record({ last: { runId: 'run-0', ending: ending('SOURCE_EMPTY'), at: '2026-01-20T05:30:00.000Z' } }),
    );
    held({ publication: publication() });
    await recordIt(publishedState);
    expect(world.posts).toHaveLength(1);
  });

  describe('of a run of a backfill', () => {
    const child = { dataset: 'flights', partition: PARTITION, trigger: 'backfill', backfillId: 'weekly-4' };
    const recordChild = async () => {
      held();
      const failed = { LoadPartition: { Error: 'SourceEmpty', Cause: '' } };
      await recordIt({ run: run(), failed }, execution('run-1', child));
      expect(world.manifest()).toMatchObject({ trigger: 'backfill', backfillId: 'weekly-4' });
      expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
      return world.posts.length;
    };
    const over = (stillMissing: BackfillManifest['stillMissing']) =>
      world.s3.put('ledger', keys.backfill('weekly-4', 'manifest'), backfillManifest({ stillMissing }));
    const missing = { dataset: 'flights', partition: PARTITION, reason: 'source empty', code: null };

    test('is left to the backfill while that goes on', async () => {
      world.s3.put('ledger', keys.backfill('weekly-4', 'plan'), {});
      expect(await recordChild()).toBe(0);
    });

    test('is not repeated where the backfill has told it', async () => {
      over({ '2026-01-20': [{ ...missing, runId: 'run-1' }] });
      expect(await recordChild()).toBe(0);
    });

    test('is told where the backfill was over before it knew', async () => {
      over({ '2026-01-20': [{ ...missing, runId: null }] });
      expect(await recordChild()).toBe(1);
    });

    test('is told where there was no such backfill', async () => {
      expect(await recordChild()).toBe(1);
    });
  });
});
