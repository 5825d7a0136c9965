import * as fc from 'fast-check';
import { endings, REASON_CODES, type ReasonCode } from '../../../../core/contracts/run/endings';
import {
  EMPTY_RECORD,
  NO_RECORDS,
  type PartitionRecord,
  type Publication,
} from '../../../../core/contracts/run/partition-record';
import { deadlineOf, type Scheduled } from '../../../../core/domain/partition/calendar';
import { isOwed, standingOf, type Standing } from '../../../../core/domain/partition/standing';

const dataset: Scheduled = {
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', paused: [] },
  availableMinutes: 15,
  deadlineMinutes: 120,
  lateWindowDays: 7,
  source: { prefix: '{yyyy}{MM}{dd}{HH}/', timeZone: 'UTC' },
};
const PARTITION = '2026-01-20T05';
const deadline = deadlineOf(dataset, PARTITION);
const before = new Date(deadline.getTime() - 1);
const after = new Date(deadline.getTime() + 1);

const ending = (code: ReasonCode) => ({ status: endings[code].status, code });
const holder = { runId: 'holder', executionArn: 'arn:holder', since: '2026-01-20T06:15:00.000Z' };
const last = (code: ReasonCode) => ({ runId: 'last', ending: ending(code), at: '2026-01-20T06:20:00.000Z' });
const publication = (code: ReasonCode): Publication => ({
  runId: 'publisher',
  executionArn: 'arn:publisher',
  ending: ending(code),
  publishedAt: '2026-01-20T06:20:00.000Z',
  definitionHash: 'd',
  codeVersion: 'c',
  files: [],
  quarantineFiles: [],
  records: NO_RECORDS,
  source: {
    kind: 'primary',
    bucket: 'b',
    prefix: 'p',
    objects: 0,
    bytes: 0,
    newestAgeSeconds: null,
    complete: true,
    listingHash: '',
  },
  upstreams: [],
  planKey: 'plans/x',
  failedBatches: [],
});
const record = (part: Partial<PartitionRecord>): PartitionRecord => ({ ...EMPTY_RECORD, ...part });
const standing = (part: Partial<PartitionRecord> | undefined, now: Date, partition = PARTITION): Standing =>
  standingOf(dataset, partition, part === undefined ? undefined : record(part), now);

describe('the standing of a partition', () => {
  it('is what is published, whoever holds it now and however the last run ended', () => {
    const full = { publication: publication('WITHIN_TOLERANCE'), holder, last: last('SOURCE_CORRUPT') };
    expect(standing(full, after)).toEqual({
      kind: 'published',
      status: 'PARTIAL',
      code: 'WITHIN_TOLERANCE',
      runId: 'publisher',
    });
  });

  it('is running while somebody holds it, whatever came before, and overdue after the deadline', () => {
    const held = { holder, last: last('SOURCE_CORRUPT') };
    expect(standing(held, before)).toEqual({ kind: 'running', runId: 'holder', since: holder.since, overdue: false });
    expect(standing(held, deadline)).toMatchObject({ overdue: false });
    expect(standing(held, after)).toMatchObject({ kind: 'running', overdue: true });
  });

  it('is the last ending when nobody holds it and nothing is published', () => {
    expect(standing({ last: last('SOURCE_EMPTY') }, before)).toEqual({
      kind: 'ended',
      status: 'FAILED',
      code: 'SOURCE_EMPTY',
      runId: 'last',
    });
  });

  it.each([
    ['has no record', undefined],
    ['has an empty record', {}],
  ])('that %s is expected until the deadline, and never started after it', (_what, part) => {
    expect(standing(part, before)).toEqual({ kind: 'expected' });
    expect(standing(part, deadline)).toEqual({ kind: 'expected' });
    expect(standing(part, after)).toEqual({ kind: 'never-started' });
  });

  it('that the calendar does not ask for is not expected, unless something happened to it', () => {
    expect(standing(undefined, after, '2026-01-20T04')).toEqual({ kind: 'not-expected' });
    expect(standing({ last: last('NOT_EXPECTED') }, after, '2026-01-20T04')).toMatchObject({ kind: 'ended' });
  });

  it('is exactly one at any time, whatever the record says', () => {
    const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
    const code = fc.constantFrom(...REASON_CODES);
    const records = fc.record({
      publication: maybe(code.map(publication)),
      holder: maybe(fc.constant(holder)),
      last: maybe(code.map(last)),
    });
    fc.assert(
      fc.property(fc.option(records, { nil: undefined }), fc.constantFrom(before, deadline, after), (part, now) => {
        const expected =
          (part?.publication ?? null) !== null
            ? 'published'
            : (part?.holder ?? null) !== null
              ? 'running'
              : (part?.last ?? null) !== null
                ? 'ended'
                : now === after
                  ? 'never-started'
                  : 'expected';
        expect(standing(part, now).kind).toBe(expected);
      }),
    );
  });
});

describe('a partition is owed', () => {
  const owed = (part: Partial<PartitionRecord> | undefined, now = after, failedBatches = 0) =>
    isOwed(standing(part, now), failedBatches, now, deadline);

  it('only after its deadline', () => {
    expect(owed(undefined, deadline)).toBe(false);
    expect(owed(undefined, after)).toBe(true);
    expect(owed({ last: last('SOURCE_EMPTY') }, deadline)).toBe(false);
  });

  it.each(REASON_CODES.map((code) => [code, endings[code].debt] as const))('after %s: %p', (code, debt) => {
    expect(owed({ last: last(code) })).toBe(debt);
  });

  it('although published, when batches failed, and not for quarantined records alone', () => {
    expect(owed({ publication: publication('WITHIN_TOLERANCE') })).toBe(false);
    expect(owed({ publication: publication('WITHIN_TOLERANCE') }, after, 1)).toBe(true);
  });

  it('not while somebody is at it, and not when nobody expects it', () => {
    expect(owed({ holder })).toBe(false);
    expect(isOwed({ kind: 'not-expected' }, 0, after, deadline)).toBe(false);
  });
});
