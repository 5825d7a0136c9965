import type { ReasonCode } from '../../../../core/contracts/run/endings';
import type { PartitionRecord } from '../../../../core/contracts/run/partition-record';
import { nextTry, restartOf, tryName, upstreamName } from '../../../../core/domain/run/restart-plan';
import { dataset } from '../../../kit/datasets';
import { ending, holder, publication, record } from '../../../kit/runs';

const at = (time: string) => new Date(`2026-01-20T${time}:00.000Z`);
const HOUR = '2026-01-20T05';
const last = (code: ReasonCode, again?: number, runId = 'run-1'): PartitionRecord['last'] => ({
  runId,
  ending: ending(code),
  at: '2026-01-20T06:20:00.000Z',
  ...(again === undefined ? {} : { again }),
});
const restart = (stands: PartitionRecord | undefined, time: string, overrides: Parameters<typeof dataset>[0] = {}) =>
  restartOf(dataset(overrides), { partition: HOUR, runId: 'run-1' }, stands, at(time));

describe('after a temporary ending', () => {
  it.each<[number | undefined, string, string]>([
    [undefined, '06:34', '06:35'],
    [1, '07:19', '07:20'],
    [2, '10:19', '10:20'],
  ])(
    'after %s tries the partition is started again when it is due, and not a minute before (%s, %s)',
    (again, before, due) => {
      const stands = record({ last: last('SOURCE_UNAVAILABLE', again) });
      expect(restart(stands, before)).toEqual({ kind: 'wait' });
      expect(restart(stands, due)).toEqual({ kind: 'start', n: (again ?? 0) + 1, due: at(due) });
    },
  );

  it('after the last try nothing is started, however long ago it was', () => {
    expect(restart(record({ last: last('SOURCE_UNAVAILABLE', 3) }), '23:00')).toEqual({ kind: 'over' });
  });

  it.each<[string, PartitionRecord | undefined, string]>([
    ['another run has published it', record({ last: last('TIME_LIMIT'), publication: publication('run-2') }), 'over'],
    ['another run has ended since', record({ last: last('TIME_LIMIT', undefined, 'run-2') }), 'over'],
    ['another run holds it', record({ last: last('TIME_LIMIT'), holder: holder('run-2') }), 'wait'],
    ['its record is gone', undefined, 'over'],
    ['it was no temporary one', record({ last: last('SCHEMA_MISMATCH') }), 'over'],
    ['a circuit keeps it back, whose recovery runs it', record({ last: last('CIRCUIT_OPEN') }), 'over'],
  ])('where %s: %s', (_what, stands, kind) => {
    expect(restart(stands, '23:00').kind).toBe(kind);
  });

  it('the definition of today says how often and whether at all', () => {
    const stands = record({ last: last('STEP_TIMED_OUT', 1) });
    expect(restart(stands, '06:31', { retry: { minutes: [5, 10] } })).toMatchObject({ kind: 'start', n: 2 });
    expect(restart(stands, '23:00', { retry: { minutes: [] } })).toEqual({ kind: 'over' });
    const paused = { calendar: { firstPartition: '2026-01-01T00', paused: [{ from: HOUR, to: HOUR }] } };
    expect(restart(stands, '23:00', paused)).toEqual({ kind: 'over' });
  });

  it('what is promised is what is done', () => {
    const ended = { code: 'TIME_LIMIT', at: at('06:20'), again: 1 } as const;
    expect(nextTry(dataset(), ended)).toEqual({ n: 2, of: 3, next: at('07:20') });
    expect(nextTry(dataset(), { ...ended, again: 3 })).toBeUndefined();
    expect(nextTry(dataset(), { ...ended, code: 'OUT_OF_MEMORY' })).toBeUndefined();
  });
});

it('after UPSTREAM_MISSING the upstreams are asked for seven days', () => {
  const stands = record({ last: last('UPSTREAM_MISSING') });
  const after = (days: number) => new Date(at('06:20').getTime() + days * 86_400_000);
  const kind = (now: Date) => restartOf(dataset(), { partition: HOUR, runId: 'run-1' }, stands, now).kind;
  expect([kind(at('06:21')), kind(after(7)), kind(after(7.01))]).toEqual(['ask-upstreams', 'ask-upstreams', 'over']);
  expect(restart(record({ ...stands, publication: publication('run-2') }), '06:30').kind).toBe('over');
});

describe('the names of the executions', () => {
  const name = 'd'.repeat(30);
  const used = (runId: string, partition = HOUR) => [
    { dataset: 'orders', partition, runId, publishedAt: '2026-01-20T06:20:00.000Z' },
  ];

  it('are ones that Step Functions takes', () => {
    for (const one of [tryName(name, HOUR, { n: 10, after: 'x'.repeat(97) }), upstreamName(name, HOUR, used('run-1'))])
      expect(one).toMatch(/^[a-z0-9T-]{1,80}$/);
  });

  it('of tries differ by the run before, so that a backfill that fails has tries of its own', () => {
    const tries = ['run-1', 'run-2'].map((after) => tryName('flights', HOUR, { n: 1, after }));
    expect(new Set(tries).size).toBe(2);
    expect(tryName('flights', HOUR, { n: 1, after: 'run-1' })).toBe(tries[0]);
  });

  it('of what waited for upstreams differ by their publications, in whatever order they are found', () => {
    const all = [...used('run-1'), ...used('run-2', '2026-01-20T06')];
    expect(upstreamName('flights', HOUR, all)).toBe(upstreamName('flights', HOUR, all.toReversed()));
    expect(upstreamName('flights', HOUR, used('run-1'))).not.toBe(upstreamName('flights', HOUR, used('run-9')));
  });
});
