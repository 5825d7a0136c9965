import type { BackfillPlan } from '../../../../core/contracts/backfill/backfill';
import {
  BACKFILL_STATUSES,
  backfillEndingOf,
  type BackfillStatus,
} from '../../../../core/contracts/backfill/backfill-endings';
import type { BackfillManifest, Missing, Recovered } from '../../../../core/contracts/backfill/backfill-manifest';
import { MISSING_REASONS, missingReasons } from '../../../../core/contracts/backfill/missing';
import { lineOf } from '../../../../core/domain/backfill/backfill-report';
import { period, wholePeriod } from '../../../../core/domain/text/periods';
import { BACKFILL_ID, backfillManifest, backfillPlan, missing, recovered } from '../../../helpers/backfills';
import { inSlack, textOf } from '../../../helpers/slack';

const ENDED = new Date('2026-01-26T06:20:00.000Z');
const hours = (count: number) => Array.from({ length: count }, (_, i) => `2026-01-2${i}T05`);

function line(
  of: { recovered?: Recovered[]; stillMissing?: Missing[]; plan?: Partial<BackfillPlan>; trouble?: string },
  status: BackfillStatus = 'STILL_MISSING',
): string {
  const { recovered: got = [], stillMissing = [], plan = {}, trouble = '' } = of;
  const summary = {
    schemaVersion: 1 as const,
    backfillId: BACKFILL_ID,
    summarizedAt: '2026-01-26T06:19:00.000Z',
    recovered: got,
    stillMissing,
  };
  return lineOf({ status, plan: backfillPlan(plan), summary, trouble, ended: ENDED });
}
const of = (cadence: 'hourly' | 'daily', dataset = 'flights') => ({
  dataset,
  cadence,
  expected: 1,
  depth: 0,
  notCompared: null,
  awaitingPrimary: 0,
});
const day = (dataset = 'daily') => ({ dataset, partition: '2026-01-20' });

describe('the line about a backfill', () => {
  test.each<[string, string]>([
    ['Recovered 3 hours of data for Jan 20 – 26 (flights)', line({ recovered: hours(3).map((h) => recovered(h)) })],
    [
      'Recovered 3 hours of data for Jan 20 – 26 (flights), 1 still missing: 2026-01-24T05 (source empty)',
      line({ recovered: hours(3).map((h) => recovered(h)), stillMissing: [missing('2026-01-24T05')] }),
    ],
    [
      'Recovered none of 2 hours for Jan 20 – 26 (flights), 2 still missing: 2026-01-20T05 (source empty), 2026-01-21T05 (source empty)',
      line({ stillMissing: hours(2).map((h) => missing(h)) }),
    ],
    [
      'Recovered none of 1 hour for Jan 20 – 26 (flights), 1 still missing: 2026-01-20T05 (never started)',
      line({ stillMissing: [missing('2026-01-20T05', { code: null, reason: 'never started' })] }),
    ],
    [
      'Recovered 2 hours of data for Jan 20 – 26 (flights), 1 of them empty',
      line({ recovered: [recovered('2026-01-20T05'), recovered('2026-01-21T05', { status: 'NO_DATA' })] }),
    ],
    ['Recovered 1 day of data for Jan 20 – 26 (daily)', line({ recovered: [recovered('2026-01-20', day())] })],
    [
      'Recovered 1 hour and 1 day of data for Jan 20 – 26 (daily, flights), 1 still missing: flights 2026-01-21T05 (source empty)',
      line({
        recovered: [recovered('2026-01-20T05'), recovered('2026-01-20', day())],
        stillMissing: [missing('2026-01-21T05')],
      }),
    ],
    [
      'Recovered 5 hours of data for Jan 20 – 26 (a, b, c and 2 more)',
      line({ recovered: ['a', 'b', 'c', 'd', 'e'].map((dataset) => recovered('2026-01-20T05', { dataset })) }),
    ],
    ['No missing hours found in date range (Jan 20 – Jan 26)', line({}, 'NOTHING_MISSING')],
    [
      'No missing days found in date range (Jan 20 – Jan 26)',
      line({ plan: { datasets: [of('daily')] } }, 'NOTHING_MISSING'),
    ],
    [
      'No missing hours or days found in date range (Jan 20 – Jan 26)',
      line({ plan: { datasets: [of('daily', 'daily'), of('hourly')] } }, 'NOTHING_MISSING'),
    ],
    [
      'No missing hours found in date range (Jan 20 – Jan 26); left to the runs that hold them: flights 2026-01-25T05 and 1 other',
      line(
        {
          plan: {
            running: ['2026-01-25T05', '2026-01-25T04'].map((partition) => {
              return { dataset: 'flights', partition, runId: 'r', since: '2026-01-26T06:00:00.000Z' };
            }),
          },
        },
        'NOTHING_MISSING',
      ),
    ],
    [
      'No missing hours found in date range (Jan 20 – Jan 26); not known whether the source of flights changed',
      line(
        { plan: { datasets: [{ ...of('hourly'), notCompared: { partitions: 3, error: 'denied' } }] } },
        'NOTHING_MISSING',
      ),
    ],
    [
      'No missing hours found in date range (Jan 20 – Jan 26); still from the fallback, because the primary has nothing yet: 2 hours of flights',
      line({ plan: { datasets: [{ ...of('hourly'), awaitingPrimary: 2 }] } }, 'NOTHING_MISSING'),
    ],
    [
      'An operator stopped the backfill. Recovered 1 hour of data for Jan 20 – 26 (flights)',
      line({ recovered: [recovered('2026-01-20T05')] }, 'ABORTED'),
    ],
    [
      'The backfill ran into its time limit. Recovered 1 hour of data for Jan 20 – 26 (flights)',
      line({ recovered: [recovered('2026-01-20T05')] }, 'TIMED_OUT'),
    ],
    [
      'The backfill failed (ForEachWave: States.Runtime.). Recovered 1 hour of data for Jan 20 – 26 (flights)',
      line({ recovered: [recovered('2026-01-20T05')], trouble: 'ForEachWave: States.Runtime.' }, 'FAILED'),
    ],
  ])('%s', (expected, actual) => {
    expect(actual).toBe(expected);
  });

  test('names the first five that are missing', () => {
    const text = line({ stillMissing: Array.from({ length: 1_007 }, () => missing('2026-01-20T05')) });
    expect(text).toMatch(/1,007 still missing: (2026-01-20T05 \(source empty\)(, )?){5} and 1,002 more$/);
  });
});

test.each([
  ['2026-01-20', '2026-01-20', 'Jan 20', 'Jan 20'],
  ['2026-01-20', '2026-01-26', 'Jan 20 – 26', 'Jan 20 – Jan 26'],
  ['2026-01-28', '2026-02-03', 'Jan 28 – Feb 3', 'Jan 28 – Feb 3'],
  ['2025-12-28', '2026-01-03', 'Dec 28, 2025 – Jan 3, 2026', 'Dec 28, 2025 – Jan 3, 2026'],
  ['2025-01-01', '2026-01-01', 'Jan 1, 2025 – Jan 1, 2026', 'Jan 1, 2025 – Jan 1, 2026'],
  ['2001-01-20', '2001-01-26', 'Jan 20 – 26, 2001', 'Jan 20 – Jan 26, 2001'],
  ['2001-01-20', '2001-01-20', 'Jan 20, 2001', 'Jan 20, 2001'],
])('%s to %s is %s, or in whole %s', (startDate, endDate, short, whole) => {
  expect(period({ startDate, endDate }, ENDED)).toBe(short);
  expect(wholePeriod({ startDate, endDate }, ENDED)).toBe(whole);
});

test.each(BACKFILL_STATUSES)('%s has a sentence, and a hint where something is to be done', (status) => {
  const { sentence, hint, succeeds } = backfillEndingOf(status);
  expect(sentence).toMatch(/^[A-Z].{10,}\.$/);
  expect(hint).toMatch(succeeds ? /^$/ : /^[A-Z].{10,}\.$/);
});

test('every reason has words of its own', () => {
  expect(new Set(MISSING_REASONS.map((reason) => missingReasons[reason])).size).toBe(MISSING_REASONS.length);
});

describe('the message about a backfill', () => {
  const inSlackOf = (manifest: BackfillManifest) => inSlack({ kind: 'backfill', manifest });

  test('tells the story in its first line, with what to do, and links the execution', () => {
    const message = 'Recovered 1 hour of data for Jan 20 – 26 (flights), 1 still missing: 2026-01-21T05 (source empty)';
    const { text, blocks } = inSlackOf(
      backfillManifest({
        status: 'STILL_MISSING',
        message,
        recovered: [recovered('2026-01-20T05')],
        stillMissing: { '2026-01-21': [missing('2026-01-21T05')] },
        hoursPlanned: 2,
        hoursRecovered: 1,
        totalRecords: 690,
      }),
    );
    expect(text).toBe(
      `⚠️ Scheduled backfill STILL_MISSING: ${message}. To do: fix the reasons that are named, then start a backfill again or wait for the next one.`,
    );
    const [first = '', second, third, last] = blocks.map(textOf);
    expect(first).toContain('*Scheduled backfill STILL_MISSING:*');
    expect(second).toBe('*Still missing:*\n• flights 2026-01-21T05: source empty');
    expect(third).toBe('*Recovered:*\n• flights 2026-01-20T05: 690 records');
    expect(last).toContain('168 partitions looked at, 2 partitions missing, 690 records recovered');
    expect(last).toContain('https://us-east-1.console.aws.amazon.com/states');
    expect(last).toContain(`backfills/${BACKFILL_ID}/manifest.json`);
  });

  test('stays within what Slack takes, whatever is in it', () => {
    const nasty = '<!channel> & `x` '.repeat(40);
    const many = Array.from({ length: 3_000 }, () => missing('2026-01-20T05', { reason: nasty }));
    const { text, blocks } = inSlackOf(
      backfillManifest({
        status: 'FAILED',
        message: nasty.repeat(10),
        problems: Array.from({ length: 50 }, () => ({ field: nasty, value: nasty, expected: nasty })),
        stillMissing: { '2026-01-20': many },
        recovered: Array.from({ length: 3_000 }, () => recovered('2026-01-20T05')),
        notCompared: Array.from({ length: 50 }, (_, i) => ({ dataset: `d${i}`, partitions: 3, error: nasty })),
      }),
    );
    expect(blocks.length).toBeLessThan(50);
    for (const block of blocks) expect(textOf(block).length).toBeLessThanOrEqual(3_000);
    expect(blocks.reduce((sum, block) => sum + textOf(block).length, 0)).toBeLessThan(13_000);
    expect(JSON.stringify({ text, blocks })).not.toContain('<!channel>');
  });
});
