import * as fc from 'fast-check';
import { endings, REASON_CODES, type ReasonCode } from '../../../../core/contracts/run/endings';
import {
  EMPTY_RECORD,
  NO_RECORDS,
  type PartitionRecord,
  type Publication,
} from '../../../../core/contracts/run/partition-record';
import { deadlineOf, type Scheduled } from '../../../../core/domain/partition/calendar';
import { isMissing, statusOf, type PartitionStatus } from '../../../../core/domain/partition/status';

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
const status = (part: Partial<PartitionRecord> | undefined, now: Date, partition = PARTITION): PartitionStatus =>
  statusOf(dataset, partition, part === undefined ? undefined : record(part), now);

describe('the status of a partition', () => {
  it('is what is published, whichever run holds it now and however the last run ended', () => {
    const full = { publication: publication('WITHIN_TOLERANCE'), holder, last: last('SOURCE_CORRUPT') };
    expect(status(full, after)).toEqual({
      kind: 'published',
      status: 'PARTIAL',
      code: 'WITHIN_TOLERANCE',
      runId: 'publisher',
    });
  });

  it('is running while a run holds it, whatever came before, and overdue after the deadline', () => {
    const held = { holder, last: last('SOURCE_CORRUPT') };
    expect(status(held, before)).toEqual({ kind: 'running', runId: 'holder', since: holder.since, overdue: false });
    expect(status(held, deadline)).toMatchObject({ overdue: false });
    expect(status(held, after)).toMatchObject({ kind: 'running', overdue: true });
  });

  it('is the last ending when no run holds it and nothing is published', () => {
    expect(status({ last: last('SOURCE_EMPTY') }, before)).toEqual({
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
    expect(status(part, before)).toEqual({ kind: 'expected' });
    expect(status(part, deadline)).toEqual({ kind: 'expected' });
    expect(status(part, after)).toEqual({ kind: 'never-started' });
  });

  it('that the calendar does not ask for is not expected, unless something happened to it', () => {
    expect(status(undefined, after, '2026-01-20T04')).toEqual({ kind: 'not-expected' });
    expect(status({ last: last('NOT_EXPECTED') }, after, '2026-01-20T04')).toMatchObject({ kind: 'ended' });
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
        expect(status(part, now).kind).toBe(expected);
      }),
    );
  });
});

describe('a partition is missing', () => {
  const missing = (part: Partial<PartitionRecord> | undefined, now = after, failedBatches = 0) =>
    isMissing(status(part, now), failedBatches, now, deadline);

  it('only after its deadline', () => {
    expect(missing(undefined, deadline)).toBe(false);
    expect(missing(undefined, after)).toBe(true);
    expect(missing({ last: last('SOURCE_EMPTY') }, deadline)).toBe(false);
  });

  it.each(REASON_CODES.map((code) => [code, endings[code].missing] as const))('after %s: %p', (code, expected) => {
    expect(missing({ last: last(code) })).toBe(expected);
  });

  it('although published, when batches failed, and not for quarantined records alone', () => {
    expect(missing({ publication: publication('WITHIN_TOLERANCE') })).toBe(false);
    expect(missing({ publication: publication('WITHIN_TOLERANCE') }, after, 1)).toBe(true);
  });

  it('not while a run holds it, and not when it is not expected', () => {
    expect(missing({ holder })).toBe(false);
    expect(isMissing({ kind: 'not-expected' }, 0, after, deadline)).toBe(false);
  });
});
