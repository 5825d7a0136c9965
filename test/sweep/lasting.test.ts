import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import { Hours } from '../helpers/hours';
import { dataset } from '../helpers/runs';
import { runInSlack } from '../helpers/slack';

const flights = (overrides: Partial<DatasetInput> = {}) =>
  dataset({ calendar: { firstPartition: '2026-01-20T05' }, ...overrides });
const calm = { notify: { when: 'changes' } } as const;

async function brokenFor(hours: Hours, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await hours.next({ flights: 'SCHEMA_MISMATCH' });
}

/** The partitions of the whole trouble, published by one backfill. */
async function backfill(hours: Hours): Promise<void> {
  for (const { partition, status } of hours.manifestsOf('flights')) {
    if (status !== 'FAILED' || partition === null) continue;
    const input = { trigger: 'backfill', backfillId: 'weekly-4' };
    hours.s3.put('ledger', 'backfills/weekly-4/plan.json', {});
    await hours.end('flights', 'COMPLETE', { partition, input });
  }
}

describe('one dataset broken for 60 hours', () => {
  it('is told under `every-run` 60 times, 57 of them in one line, and calls a person once', async () => {
    const hours = new Hours([flights()]);
    await brokenFor(hours, 60);
    const told = hours.posts.filter(({ text }) => text.includes('FAILED'));
    expect(told).toHaveLength(60);
    const lines = hours.manifestsOf('flights').map((manifest) => runInSlack(manifest).blocks.length);
    expect(lines.filter((blocks) => blocks === 1)).toHaveLength(57);
    expect(told.filter(({ text }) => text.includes('still SCHEMA_MISMATCH'))).toHaveLength(57);
    // The first, and then once a day.
    expect(told.flatMap(({ text }, i) => (text.includes('To do:') ? [i + 1] : []))).toEqual([1, 25, 49]);
    expect(hours.manifestsOf('flights')).toHaveLength(60);
    expect(hours.calls.map(({ incident, over }) => [incident.kind, over])).toEqual([['failing', false]]);
    expect(hours.calls[0]?.incident.summary).toBe(
      'flights keeps failing: 3 hours in a row (2026-01-20T05 – 2026-01-20T07), at last SCHEMA_MISMATCH.',
    );
  });

  it('is told under `changes` 5 times with its end, and calls a person once when it begins and once when nothing is missing', async () => {
    const hours = new Hours([flights(calm)]);
    await brokenFor(hours, 60);
    await hours.next({ flights: 'COMPLETE' });
    await hours.next({ flights: 'COMPLETE' });
    const row = (nth: string) => `(${nth} hour since 2026-01-20T05, one message a day)`;
    expect(hours.textsOf('flights')).toEqual([
      expect.stringMatching(/T05 \(hour\) FAILED in ValidateBatch: The columns .*To do: compare/),
      '❌ flights 2026-01-20T07 (hour) FAILED in ValidateBatch: still SCHEMA_MISMATCH, 3rd hour since 2026-01-20T05, nothing published (one message a day).',
      expect.stringContaining(row('27th')),
      expect.stringContaining(row('51st')),
      '✅ flights 2026-01-22T17 (hour) PUBLISHED: 690 records. It is over after 2 d 12 h: 60 hours failed in a row (2026-01-20T05 – 2026-01-22T16, at last SCHEMA_MISMATCH). 60 hours are still missing. To do: rollcall backfill start flights --start 2026-01-20 --end 2026-01-22',
    ]);
    expect(hours.manifestsOf('flights')).toHaveLength(62);
    expect(hours.calls.map(({ over }) => over)).toEqual([false]);

    await backfill(hours);
    await hours.next({ flights: 'COMPLETE' });
    await hours.next({ flights: 'COMPLETE' });
    expect(hours.calls.map(({ incident, over }) => [incident.kind, incident.dataset, over])).toEqual([
      ['failing', 'flights', false],
      ['failing', 'flights', true],
    ]);
    expect(hours.calls[1]?.incident.summary).toBe('flights does not keep failing any more.');
    // Its runs are told in the backfill's message.
    expect(hours.textsOf('flights')).toHaveLength(5);
  });

  it('is over, and told to be, once a backfill has published the last of it, also while no hour comes', async () => {
    const hours = new Hours([flights(calm)]);
    await brokenFor(hours, 4);
    await backfill(hours);
    expect(hours.textsOf('flights').at(-1)).toContain(
      'It is over after 4 h: 4 hours failed in a row (2026-01-20T05 – 2026-01-20T08, at last SCHEMA_MISMATCH). Nothing is missing.',
    );
    await hours.sweep();
    expect(hours.calls.map(({ over }) => over)).toEqual([false, true]);
  });
});

describe('what repeats', () => {
  const both = (when: 'every-run' | 'changes') => new Hours([flights({ notify: { when } })]);
  const tellings = (hours: Hours) => hours.manifestsOf('flights').map(({ telling }) => telling?.how ?? 'none');

  it('is told whole where it is another code, and again in one line where the first comes back soon', async () => {
    const hours = both('every-run');
    for (const step of ['SCHEMA_MISMATCH', 'SOURCE_CORRUPT', 'SCHEMA_MISMATCH', 'SOURCE_CORRUPT'] as const)
      await hours.next({ flights: step });
    expect(tellings(hours)).toEqual(['whole', 'whole', 'line', 'line']);
    // Of any code.
    expect(hours.calls).toHaveLength(1);
  });

  it('is told whole again once three hours were good in between', async () => {
    const hours = both('every-run');
    const steps = [
      'SCHEMA_MISMATCH',
      'COMPLETE',
      'COMPLETE',
      'SCHEMA_MISMATCH',
      'COMPLETE',
      'COMPLETE',
      'COMPLETE',
    ] as const;
    for (const step of [...steps, 'SCHEMA_MISMATCH'] as const) await hours.next({ flights: step });
    const failed = hours.manifestsOf('flights').filter(({ status }) => status === 'FAILED');
    expect(failed.map(({ telling }) => telling?.how)).toEqual(['whole', 'line', 'whole']);
  });

  it('is calmed under `changes` where every other hour is good', async () => {
    const hours = both('changes');
    for (let i = 0; i < 24; i += 1) await hours.next({ flights: i % 2 === 0 ? 'SCHEMA_MISMATCH' : 'COMPLETE' });
    // The first and its end, the third and its end; and one call, because an hour is missing since six hours.
    expect(hours.textsOf('flights')).toHaveLength(4);
    expect(hours.calls.map(({ incident }) => incident.summary)).toEqual([
      'flights 2026-01-20T05 failed, and is not published after 6 hours.',
    ]);
  });

  it('is calmed where it is published without some of its records', async () => {
    const hours = both('changes');
    for (let i = 0; i < 30; i += 1) await hours.next({ flights: 'WITHIN_TOLERANCE' });
    await hours.next({ flights: 'COMPLETE' });
    expect(hours.textsOf('flights')).toEqual([
      expect.stringContaining('PARTIAL: 680 of 690 records published, 10 rejected. To do:'),
      '⚠️ flights 2026-01-20T07 (hour) PARTIAL: 680 of 690 records published, 10 rejected by delay (3rd hour since 2026-01-20T05, one message a day).',
      expect.stringContaining('(27th hour since 2026-01-20T05, one message a day)'),
      expect.stringContaining('PUBLISHED: 690 records. Complete again after 30 hours in part, since 2026-01-20T05.'),
    ]);
    const loud = both('every-run');
    for (let i = 0; i < 30; i += 1) await loud.next({ flights: 'WITHIN_TOLERANCE' });
    expect(loud.textsOf('flights')).toHaveLength(30);
    expect(tellings(loud).filter((how) => how === 'whole')).toHaveLength(2);
  });

  it('never was: a failure that is alone is told, and so is its end', async () => {
    const hours = both('changes');
    for (const step of ['COMPLETE', 'SCHEMA_MISMATCH', 'COMPLETE', 'COMPLETE'] as const)
      await hours.next({ flights: step });
    expect(hours.textsOf('flights')).toEqual([
      expect.stringContaining('FAILED'),
      expect.stringContaining(
        'It is over after 1 h: 1 hour failed (2026-01-20T06, at last SCHEMA_MISMATCH). 1 hour is still missing.',
      ),
    ]);
  });

  it('has a full message where a person tries a partition again by hand', async () => {
    const hours = both('changes');
    await hours.next({ flights: 'SCHEMA_MISMATCH' });
    for (let i = 0; i < 3; i += 1)
      await hours.end('flights', 'SCHEMA_MISMATCH', { partition: '2026-01-20T05', input: { trigger: 'manual' } });
    expect(hours.textsOf('flights')).toHaveLength(4);
    expect(tellings(hours)).toEqual(['whole', 'whole', 'whole', 'whole']);
    await hours.sweep();
    // It is one hour that failed, however often.
    expect(hours.calls).toEqual([]);
  });
});
