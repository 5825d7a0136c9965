import { defineDataset, type Dataset, type DatasetInput } from '../../../../core/contracts/dataset/dataset';
import {
  depthsOf,
  isUpstreamReplaced,
  judgeUpstreams,
  missingUpstreams,
  needsOf,
  upstreamPartitions,
  upstreamsFirst,
  type Found,
} from '../../../../core/domain/source/judge-upstreams';
import { whyMissing } from '../../../../core/domain/backfill/why-missing';
import { statusOf } from '../../../../core/domain/partition/status';
import { ending, holder, publication, record, source } from '../../../helpers/runs';

type Part = Partial<Omit<DatasetInput, 'calendar'>> & { readonly calendar?: Partial<DatasetInput['calendar']> };

function hourly(name: string, { calendar, ...part }: Part = {}): Dataset {
  return defineDataset({
    name,
    owner: 'tests',
    cadence: 'hourly',
    calendar: { firstPartition: '2026-01-01T00', ...calendar },
    source: { bucket: 'vendor', prefix: `${name}/{yyyy}/{MM}/{dd}/{HH}/`, format: 'csv' },
    empty: 'normal',
    columns: { id: { type: 'string' } },
    ...part,
  });
}
function daily(name: string, { calendar, ...part }: Part = {}): Dataset {
  return defineDataset({
    name,
    owner: 'tests',
    cadence: 'daily',
    calendar: { firstPartition: '2026-01-01', ...calendar },
    source: { bucket: 'vendor', prefix: `${name}/{yyyy}/{MM}/{dd}/`, format: 'csv' },
    empty: 'normal',
    columns: { id: { type: 'string' } },
    ...part,
  });
}
const registry = (...datasets: Dataset[]) => new Map(datasets.map((dataset) => [dataset.name, dataset]));

describe('the same partition of an upstream', () => {
  const hoursOf = (day: string) => Array.from({ length: 24 }, (_unused, h) => `${day}T${String(h).padStart(2, '0')}`);

  it.each([
    ['of the same cadence is that one', hourly('u'), '2026-01-20T05', ['2026-01-20T05']],
    ['of days, for days', daily('u'), '2028-02-29', ['2028-02-29']],
    ['of days, for the first hour of a month', daily('u'), '2026-03-01T00', ['2026-03-01']],
    ['of days, for the last hour of a month', daily('u'), '2026-02-28T23', ['2026-02-28']],
    ['of days, for the last hour of a year', daily('u'), '2026-12-31T23', ['2026-12-31']],
    ['of hours, for a leap day, are all of its hours', hourly('u'), '2028-02-29', hoursOf('2028-02-29')],
    [
      'of hours is only what its calendar asks for',
      hourly('u', { calendar: { hours: [9, 17] } }),
      '2026-01-20',
      ['2026-01-20T09', '2026-01-20T17'],
    ],
    [
      'on the day of its first partition are the hours from there on',
      hourly('u', { calendar: { firstPartition: '2026-01-20T22' } }),
      '2026-01-20',
      ['2026-01-20T22', '2026-01-20T23'],
    ],
    [
      'before its first partition is none',
      daily('u', { calendar: { firstPartition: '2026-01-21' } }),
      '2026-01-20T23',
      [],
    ],
    ['after its last is none', daily('u', { calendar: { lastPartition: '2026-01-19' } }), '2026-01-20T00', []],
    // 2026-01-24 is a Saturday.
    [
      'on a weekday at which it does not come is none',
      daily('u', { calendar: { weekdays: ['mon', 'fri'] } }),
      '2026-01-24T12',
      [],
    ],
    [
      'in a pause is none',
      hourly('u', { calendar: { paused: [{ from: '2026-01-20T03', to: '2026-01-20T05' }] } }),
      '2026-01-20T05',
      [],
    ],
  ])('%s', (_what, upstream, partition, expected) => {
    expect(upstreamPartitions(upstream, partition)).toEqual(expected);
  });
});

describe('the latest partition of an upstream', () => {
  const days = (calendar: Part['calendar'] = {}) => daily('u', { calendar });

  it.each([
    ['of the same cadence is the same', hourly('u'), '2026-01-20T05', '2026-01-20T05'],
    ['of days, for an hour, is the day before', days(), '2026-01-20T05', '2026-01-19'],
    ['of days, for the last hour of a day, is that day', days(), '2026-02-28T23', '2026-02-28'],
    ['of days, for a day, is the same', days(), '2028-02-29', '2028-02-29'],
    ['of hours, for a day, is its last', hourly('u'), '2026-12-31', '2026-12-31T23'],
    [
      'is the last that its calendar asks for',
      hourly('u', { calendar: { hours: [9, 17] } }),
      '2026-01-20T16',
      '2026-01-20T09',
    ],
    // 2026-01-19 is a Monday.
    ['of Mondays, for the Sunday after', days({ weekdays: ['mon'] }), '2026-01-25', '2026-01-19'],
    ['of Mondays, for an hour on a Monday', days({ weekdays: ['mon'] }), '2026-01-19T22', '2026-01-12'],
    ['in a pause is the last before', days({ paused: [{ from: '2026-01-10' }] }), '2026-01-20T05', '2026-01-09'],
    ['after its last is that', days({ lastPartition: '2026-01-12' }), '2026-02-15T23', '2026-01-12'],
    ['is none where that is more than 35 days ago', days({ lastPartition: '2026-01-12' }), '2026-02-16T00', undefined],
    ['before its first is none', days({ firstPartition: '2026-01-20' }), '2026-01-20T22', undefined],
  ])('%s', (_what, upstream, partition, expected) => {
    expect(upstreamPartitions(upstream, partition, 'latest')).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe('judgeUpstreams', () => {
  const orders = hourly('orders');
  const rates = daily('rates', { availableMinutes: 30 });
  const sales = hourly('sales', { upstreams: ['orders', 'rates'], deadlineMinutes: 1500 });
  const PARTITION = '2026-01-20T05';
  const STARTED = new Date('2026-01-20T06:15:00.000Z');
  const found = (ofOrders: Found['record'], ofRates: Found['record']): Found[] =>
    needsOf(registry(orders, rates, sales), sales, PARTITION).map((need) => ({
      ...need,
      record: need.upstream === orders ? ofOrders : ofRates,
    }));
  const judge = (of: Found[], now: string, mayWait = true) =>
    judgeUpstreams(sales, PARTITION, of, { now: new Date(now), startedAt: STARTED, mayWait });
  const published = (runId: string, ...code: Parameters<typeof ending>) =>
    record({ publication: publication(runId, { ending: ending(...code) }) });

  it.each(['COMPLETE', 'WITHIN_TOLERANCE', 'EMPTY_AS_DECLARED'] as const)(
    'takes %s for published, whichever run holds the partition now, and names what was used',
    (code) => {
      const held = { ...published('o-1', code), holder: holder('again') };
      expect(judge(found(held, published('r-1', code)), '2026-01-20T06:15:00.000Z')).toEqual({
        kind: 'published',
        references: [],
        used: [
          { dataset: 'orders', partition: PARTITION, runId: 'o-1', publishedAt: '2026-01-20T06:16:00.000Z' },
          { dataset: 'rates', partition: '2026-01-20', runId: 'r-1', publishedAt: '2026-01-20T06:16:00.000Z' },
        ],
      });
    },
  );

  describe('of a dataset whose columns refer to one', () => {
    const files = [{ key: 'data/orders/a.parquet', records: 2, bytes: 9, crc32: 'AAAA' }];
    const ofOrders = record({ publication: publication('o-1', { files }) });
    const refers = { id: { type: 'string', references: { dataset: 'orders', column: 'id' } } } as const;
    const judgeReferring = (upstream: Dataset) => {
      const definition = hourly('sales', { upstreams: ['orders', 'rates'], deadlineMinutes: 1500, columns: refers });
      const needs = needsOf(registry(upstream, rates, definition), definition, PARTITION);
      const all = needs.map((need) => ({ ...need, record: need.upstream === upstream ? ofOrders : undefined }));
      const publishedAll = all.map((one) => ({ ...one, record: one.record ?? published('r-1', 'COMPLETE') }));
      const look = { now: STARTED, startedAt: STARTED, mayWait: true };
      return [all, publishedAll].map((of) => judgeUpstreams(definition, PARTITION, of, look));
    };

    it('names its files, and no others', () => {
      expect(judgeReferring(orders)).toMatchObject([
        { kind: 'wait' },
        { references: [{ dataset: 'orders', partition: PARTITION, runId: 'o-1', files }] },
      ]);
    });

    it('ends at once where its calendar asks for none: there would be nothing to look values up in', () => {
      const later = hourly('orders', { calendar: { firstPartition: '2026-01-21T00' } });
      const expected = {
        kind: 'ended',
        error: {
          name: 'UpstreamMissing',
          message: `columns refer to orders, whose calendar asks for no partition to go with ${PARTITION}: there is nothing to look values up in`,
        },
      };
      expect(judgeReferring(later)).toMatchObject([expected, expected]);
    });
  });

  it('waits until the last missing one is available, and then in pauses that grow', () => {
    const missing = found(published('o', 'COMPLETE'), undefined);
    const waitUntil = (now: string) => {
      const verdict = judge(missing, now);
      return verdict.kind === 'wait' ? verdict.resumeAt.toISOString() : verdict;
    };
    expect(waitUntil('2026-01-20T06:15:00.000Z')).toBe('2026-01-21T00:30:00.000Z');
    expect(waitUntil('2026-01-21T00:30:00.000Z')).toBe('2026-01-21T00:35:00.000Z');
    expect(waitUntil('2026-01-21T02:30:00.000Z')).toBe('2026-01-21T02:45:00.000Z');
    // Never after its own deadline, 07:00.
    expect(waitUntil('2026-01-21T06:58:00.000Z')).toBe('2026-01-21T07:00:00.000Z');
    expect(judge(missing, '2026-01-20T06:15:00.000Z')).toMatchObject({
      waitingFor: 'upstream rates 2026-01-20 (no run yet)',
    });
  });

  it('does not wait past its deadline for an upstream that is available only later', () => {
    const late = daily('rates', { availableMinutes: 2000, deadlineMinutes: 3000 });
    const needs = needsOf(registry(orders, late, sales), sales, PARTITION).map((need) => ({
      ...need,
      record: undefined,
    }));
    expect(judge(needs, '2026-01-20T06:15:00.000Z')).toMatchObject({ resumeAt: new Date('2026-01-21T07:00:00.000Z') });
  });

  it('ends at the deadline, and says how each missing one stands', () => {
    const last = { runId: 'o-1', ending: ending('SOURCE_EMPTY'), at: '2026-01-20T08:00:00.000Z' };
    const of = found(record({ last }), record({ holder: holder('r-1') }));
    const verdict = judge(of, '2026-01-21T07:00:00.000Z');
    expect(verdict).toMatchObject({ kind: 'ended', error: { name: 'UpstreamMissing', code: 'UPSTREAM_MISSING' } });
    expect(verdict.kind === 'ended' && verdict.error.message).toBe(
      'not published: orders 2026-01-20T05 (FAILED: SOURCE_EMPTY, run o-1), rates 2026-01-20 (run r-1 has been working on it since 2026-01-20T06:15:04.000Z, past its deadline), and the deadline 2026-01-21T07:00Z has passed',
    );
  });

  it('waits for one whose record cannot be read, and says that: it may be published', () => {
    const [orders, rates] = found(undefined, published('r', 'COMPLETE'));
    const spoilt = [{ ...orders!, unreadable: true }, rates!];
    expect(judge(spoilt, '2026-01-20T06:15:00.000Z')).toMatchObject({
      kind: 'wait',
      waitingFor: 'upstream orders 2026-01-20T05 (its record cannot be read)',
    });
  });

  it('ends at once where the run may not wait, and says that', () => {
    const verdict = judge(found(undefined, published('r', 'COMPLETE')), '2026-01-20T06:15:00.000Z', false);
    expect(verdict.kind === 'ended' && verdict.error.message).toBe(
      'not published: orders 2026-01-20T05 (no run yet), and this run does not wait',
    );
  });

  it('names five of many', () => {
    const day = daily('day', { upstreams: ['orders'], deadlineMinutes: 1500 });
    const needs = needsOf(registry(orders, day), day, '2026-01-20').map((need) => ({ ...need, record: undefined }));
    const look = { now: new Date('2026-01-23T00:00:00Z'), startedAt: STARTED, mayWait: true };
    const verdict = judgeUpstreams(day, '2026-01-20', needs, look);
    expect(verdict.kind === 'ended' && verdict.error.message).toMatch(
      /^not published: orders 2026-01-20T00 \(never started\), .*T04 \(never started\) and 19 more, and the deadline/,
    );
  });
});

describe('an upstream that was replaced', () => {
  const orders = hourly('orders');
  const sales = hourly('sales', { upstreams: [{ dataset: 'orders', whenReplaced: 'rerun' }] });
  const NOW = new Date('2026-01-26T06:30:00.000Z');
  const needs = (runId: string | undefined, planned = false, definition = sales) => {
    const of = runId === undefined ? undefined : record({ publication: publication(runId) });
    return needsOf(registry(orders, definition), definition, '2026-01-20T05').map((need) => ({
      ...need,
      state: { status: statusOf(need.upstream, need.partition, of, NOW), planned },
    }));
  };
  const used = [{ dataset: 'orders', partition: '2026-01-20T05', runId: 'a', publishedAt: '2026-01-20T06:16:00.000Z' }];

  it.each([
    ['by another run', true, used, needs('b')],
    ['by none', false, used, needs('a')],
    ['by this very backfill, soon', true, used, needs('a', true)],
    ['where the dataset does not care', false, used, needs('b', false, hourly('sales', { upstreams: ['orders'] }))],
    ['where it was not used, because it was declared later', false, [], needs('b')],
    ['where another partition was used', false, [{ ...used[0]!, partition: '2026-01-20T04' }], needs('b')],
    ['where it is not published', false, used, needs(undefined, true)],
  ])('%s: %s', (_what, expected, before, now) => {
    expect(isUpstreamReplaced(before, now)).toBe(expected);
  });

  it.each([
    ['with its source as it was', 'UPSTREAM_CHANGED', 'primary', { hash: source.listingHash, objects: 3 }],
    ['with its source not listed any more', 'UPSTREAM_CHANGED', 'primary', undefined],
    ['with its source changed as well', 'SOURCE_CHANGED', 'primary', { hash: 'b'.repeat(32), objects: 3 }],
    ['with its source empty now', undefined, 'primary', { hash: 'b'.repeat(32), objects: 0 }],
    ['made from the fallback, with the primary still empty', 'UPSTREAM_CHANGED', 'fallback', { hash: 'b', objects: 0 }],
  ] as const)('makes a published partition missing, %s: %s', (_what, reason, kind, listing) => {
    const of = record({ publication: publication('p', { source: { ...source, kind } }) });
    const seen = { partition: '2026-01-20T05', record: of, listing, upstreamReplaced: true };
    expect(whyMissing(sales, seen, NOW)?.reason).toBe(reason);
    expect(whyMissing(sales, { ...seen, upstreamReplaced: false }, NOW)?.reason).not.toBe('UPSTREAM_CHANGED');
    // Not before its deadline.
    expect(whyMissing(sales, seen, new Date('2026-01-20T07:59:00.000Z'))).toBeUndefined();
  });

  it('is told from one that is missing', () => {
    expect(missingUpstreams(needs('a'))).toEqual([]);
    expect(missingUpstreams(needs(undefined, true))).toEqual([
      { dataset: 'orders', partition: '2026-01-20T05', standing: 'never started', planned: true },
    ]);
  });
});

describe('the order of upstreams', () => {
  const all = [
    hourly('a', { upstreams: ['c'], deadlineMinutes: 2000 }),
    hourly('b'),
    daily('c', { upstreams: ['b', 'd'] }),
    hourly('d', { upstreams: ['b'] }),
  ];

  it('has each dataset one deeper than its deepest upstream', () => {
    expect(Object.fromEntries(depthsOf(registry(...all)))).toEqual({ a: 3, b: 0, c: 2, d: 1 });
  });

  it('is not led in circles by definitions that synth would refuse', () => {
    const circle = [hourly('x', { upstreams: ['y'] }), hourly('y', { upstreams: ['x'] })];
    expect(depthsOf(registry(...circle)).size).toBe(2);
  });

  it('takes what an item needs before it and leaves the rest as it was, so that every beginning is complete', () => {
    const item = (dataset: string, partition: string) => ({ dataset, partition });
    const items = [
      item('a', '2026-01-21T01'),
      item('a', '2026-01-20T05'),
      item('d', '2026-01-20T05'),
      item('b', '2026-01-20T05'),
      item('b', '2026-01-20T04'),
      item('c', '2026-01-20'),
    ];
    const ordered = upstreamsFirst(items, all).map(({ dataset, partition }) => `${dataset} ${partition}`);
    expect(ordered).toEqual([
      'a 2026-01-21T01',
      'b 2026-01-20T04',
      'b 2026-01-20T05',
      'd 2026-01-20T05',
      'c 2026-01-20',
      'a 2026-01-20T05',
    ]);
  });

  it('works where upstreams are not among the datasets of a request', () => {
    const items = [{ dataset: 'a', partition: '2026-01-20T05' }];
    expect(upstreamsFirst(items, all.slice(0, 1))).toEqual(items);
  });
});
