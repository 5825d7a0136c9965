import { plainText, shortText } from '../../../../core/domain/messages/about';
import { isExpected, shiftPartition } from '../../../../core/domain/partition/calendar';
import { formerOf, spansOf, takenOff } from '../../../../core/domain/sweep/taken-off';
import type { Unlisted } from '../../../../core/contracts/sweep/unlisted';
import { daily, dataset } from '../../../helpers/runs';
import { inSlack } from '../../../helpers/slack';

const NOW = new Date('2026-02-10T06:30:00.000Z');
const former = formerOf({ ...dataset() })!;

describe('what a change takes off the list', () => {
  it('is everything past its deadline, as far back as the weekly backfill looks, where the dataset is gone', () => {
    const off = takenOff(former, undefined, NOW);
    expect(off.at(-1)).toBe('2026-02-10T03');
    expect(off[0]).toBe('2026-01-06T07');
    expect(off).toHaveLength(35 * 24 - 3);
    expect(takenOff(former, daily(), NOW)).toEqual(off);
  });

  it('is nothing where the calendar asks for the same, or for more', () => {
    expect(takenOff(former, dataset({ deadlineMinutes: 600, owner: 'others' }), NOW)).toEqual([]);
    expect(takenOff(former, dataset({ calendar: { firstPartition: '2025-01-01T00' } }), NOW)).toEqual([]);
  });

  it('is the hours of which the new time zone makes one', () => {
    const berlin = dataset({ source: { ...dataset().source, timeZone: 'Europe/Berlin' } });
    const autumn = new Date('2026-10-26T00:00:00.000Z');
    const off = takenOff(former, berlin, autumn);
    expect(off).toEqual(['2026-10-25T00']);
    expect(isExpected(berlin, '2026-10-25T00')).toBe(false);
  });

  it('is not known of what was no definition', () => {
    for (const kept of [undefined, {}, { ...dataset(), cadence: 'weekly' }]) expect(formerOf(kept)).toBeUndefined();
  });
});

describe('the message that missing partitions left the list', () => {
  const unlisted = (partitions: Unlisted['partitions']): Unlisted => ({
    schemaVersion: 1,
    dataset: 'flights',
    owner: 'Data & Co',
    channel: 'data',
    at: NOW.toISOString(),
    because: 'removed',
    partitions,
  });
  const told = (partitions: Unlisted['partitions']) =>
    inSlack({ kind: 'unlisted', unlisted: unlisted(partitions), key: 'unlisted/x.json' });
  const hour = (partition: string) => ({ partition, reason: 'FAILED', code: 'SOURCE_EMPTY' }) as const;

  it('names them by how they are missing, neighbours as spans', () => {
    const { text, blocks } = told([
      hour('2026-01-20T00'),
      hour('2026-01-20T01'),
      hour('2026-01-20T05'),
      { partition: '2026-01-20T03', reason: 'NEVER_STARTED', code: 'NEVER_STARTED' },
      { partition: '2026-01-20T04', reason: null, code: null },
    ]);
    expect(text).toBe(
      '⚠️ flights: 5 missing hours are not expected any more: the dataset is not deployed any more. No backfill looks for them from now on. ' +
        'To do, if they are still wanted: deploy a definition that expects them, then start a backfill.',
    );
    const said = JSON.stringify(blocks);
    expect(said).toContain('failed, source empty (3):*\\n2026-01-20T00 – 2026-01-20T01 (2), 2026-01-20T05');
    expect(said).toContain('never started (1):*\\n2026-01-20T03');
    expect(said).toContain('its record cannot be read (1):*\\n2026-01-20T04');
    expect(said).toContain('Data &amp; Co');
  });

  it('fits into what Slack takes, however many there are, and says where all of them are', () => {
    const every2nd = Array.from({ length: 900 }, (_, i) => hour(shiftPartition('2026-01-01T00', 2 * i)));
    const { blocks } = told(every2nd);
    expect(JSON.stringify(blocks).length).toBeLessThan(13_000);
    for (const block of blocks) if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(3_000);
    expect(JSON.stringify(blocks)).toContain('all of them are in `unlisted/x.json`');
  });

  it('has a plain form and a short one', () => {
    const about = { kind: 'unlisted', unlisted: unlisted([hour('2026-01-20T00')]), key: 'unlisted/x.json' } as const;
    expect(shortText(about)).toBe('flights: 1 missing hour is not expected any more');
    expect(plainText(about)).toMatch(/^flights: 1 missing hour is not .*2026-01-20T00\. All: unlisted\/x\.json$/);
  });
});

it('spans are neighbours only, in order', () => {
  expect(spansOf(['2026-01-21', '2026-01-19', '2026-01-20', '2026-01-25'])).toEqual([
    '2026-01-19 – 2026-01-21 (3)',
    '2026-01-25',
  ]);
});
