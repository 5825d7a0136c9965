import { logKeysOf } from '../../../../core/domain/run/log-keys';
import { arnOf, execution, PARTITION, run } from '../../../kit/runs';
import { registry } from '../../../kit/datasets';

const keysOf = (event: unknown) => logKeysOf(event, registry());
const OF_RUN = { dataset: 'flights', partition: PARTITION, runId: 'run-1', executionArn: execution().arn };
const BACKFILL = {
  arn: 'arn:aws:states:us-east-1:123456789012:execution:Rollcall-Backfill:week-4',
  name: 'week-4',
  startTime: '2026-01-26T04:00:00.000Z',
};

describe('the keys of the lines that a step writes', () => {
  it('are those of the run that holds the partition', () => {
    expect(keysOf({ run: run() })).toEqual(OF_RUN);
  });

  it('name the batch, where it is about one', () => {
    expect(keysOf({ run: run(), planKey: 'plans/x.json', index: 0 })).toEqual({ ...OF_RUN, batch: 0 });
  });

  it('are derived from the input before there is a claim', () => {
    const { input, ...rest } = execution();
    expect(keysOf({ input, execution: rest })).toEqual(OF_RUN);
    const scheduled = { dataset: 'flights', scheduledTime: '2026-01-20T06:15:00Z', trigger: 'schedule' };
    expect(keysOf({ input: scheduled, execution: rest })).toEqual(OF_RUN);
  });

  it('of RecordRun are the same as those of the steps before, whatever state it is given', () => {
    expect(keysOf({ execution: execution(), state: { run: run() } })).toEqual(OF_RUN);
    expect(keysOf({ execution: execution(), state: 'broken' })).toEqual(OF_RUN);
    expect(keysOf({ execution: execution('run-1', null), state: { run: run() } })).toEqual(OF_RUN);
  });

  it('do not believe a claim of another run', () => {
    const other = run({ runId: 'run-2', executionArn: arnOf('run-2'), dataset: 'daily' });
    expect(keysOf({ execution: execution(), state: { run: other } })).toEqual(OF_RUN);
  });

  it('have the run id of the claim where the execution’s name was used before', () => {
    const again = run({ runId: 'run-1-0123456789abcdef' });
    expect(keysOf({ execution: execution(), state: { run: again } })).toEqual({
      ...OF_RUN,
      runId: 'run-1-0123456789abcdef',
    });
  });

  it('name the backfill of a run, where its input does', () => {
    const input = { dataset: 'flights', partition: PARTITION, trigger: 'backfill', backfillId: 'week-4' };
    expect(keysOf({ execution: execution('run-1', input) })).toEqual({ ...OF_RUN, backfillId: 'week-4' });
  });

  it('of a backfill are its id and its execution', () => {
    const expected = { backfillId: 'week-4', executionArn: BACKFILL.arn };
    expect(keysOf({ execution: BACKFILL, planKey: 'backfills/week-4/plan.json' })).toEqual(expected);
    expect(keysOf({ execution: BACKFILL, input: { dataset: 'flights' }, retryCount: 0 })).toEqual({
      ...expected,
      dataset: 'flights',
    });
    expect(keysOf({ execution: { ...BACKFILL, input: { trigger: 'schedule' } }, state: {} })).toEqual(expected);
  });

  it('of an event are those of the execution that ended', () => {
    const { arn: executionArn, name, input } = execution();
    const detail = { executionArn, name, status: 'ABORTED', startDate: 1, input: JSON.stringify(input) };
    expect(keysOf({ 'detail-type': 'Step Functions Execution Status Change', detail })).toEqual(OF_RUN);
    // Too large for its input, or cut off: still whose it is.
    for (const broken of [undefined, null, '{"dataset": "fli'])
      expect(keysOf({ detail: { executionArn, input: broken } })).toEqual({ runId: 'run-1', executionArn });
    expect(keysOf({ detail: { ...detail, executionArn: BACKFILL.arn, name: BACKFILL.name } })).toMatchObject({
      backfillId: 'week-4',
    });
  });

  it('of a name that Step Functions allows and a key does not are the id that its manifest has', () => {
    expect(keysOf({ execution: execution('Lauf 5.ä') }).runId).toMatch(/^Lauf_5__-[0-9a-f]{16}$/);
  });
});

describe('what an input says that is not what it should be', () => {
  const { arn: executionArn } = execution();
  const secret = 'https://hooks.slack.com/services/T0/B0/secret';

  it.each([
    [{ dataset: secret, partition: PARTITION }],
    [{ dataset: 'no-such-dataset', partition: secret }],
    [{ [secret]: secret }],
    [secret],
    [null],
    [[1, 2]],
  ])('is no key: %j', (input) => {
    const keys = keysOf({ execution: execution('run-1', input), state: { run: { dataset: secret, runId: secret } } });
    expect(keys).toMatchObject({ runId: 'run-1', executionArn });
    expect(JSON.stringify(keys)).not.toContain('secret');
    expect(Object.keys(keys).filter((key) => !/^(dataset|partition|runId|executionArn)$/.test(key))).toEqual([]);
  });

  it.each([[undefined], [null], [7], ['text'], [[]], [{ detail: 'x', execution: 'y', run: 'z', index: -1 }]])(
    'leaves nothing, and throws nothing: %j',
    (event) => {
      expect(keysOf(event)).toEqual({});
    },
  );
});
