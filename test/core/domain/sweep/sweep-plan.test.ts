import { NEVER_STARTED_RUN_ID } from '../../../../core/contracts/keys';
import type { PartitionRecord } from '../../../../core/contracts/run/partition-record';
import {
  actFor,
  chosenOf,
  firstWatermark,
  missedDeadline,
  nextWatermark,
  sweepExecutionName,
} from '../../../../core/domain/sweep/sweep-plan';
import { daily, dataset } from '../../../kit/datasets';
import { ending, holder, publication, record } from '../../../kit/runs';

const at = (time: string) => new Date(`2026-01-20T${time}:00.000Z`);
/** Over at six, available at a quarter past, due at eight. */
const HOUR = '2026-01-20T05';
const last = (runId: string): PartitionRecord['last'] => ({
  runId,
  ending: ending(runId === NEVER_STARTED_RUN_ID ? 'NEVER_STARTED' : 'SOURCE_EMPTY'),
  at: '2026-01-20T06:20:00.000Z',
});

describe('what is done about a partition', () => {
  it.each<[string, string, PartitionRecord | undefined, string]>([
    ['it had no run, and it is not available', '06:10', undefined, 'wait'],
    ['it is available, and the schedule comes first', '06:24', undefined, 'wait'],
    ['the grace of the schedule is over', '06:25', undefined, 'start'],
    ['its claim was sealed without an ending that counts', '06:25', record({ fence: 2 }), 'start'],
    ['its deadline is about to come', '07:59', undefined, 'start'],
    ['its deadline has come, and a run may be about to claim', '08:00', undefined, 'wait'],
    ['so three minutes later', '08:03', undefined, 'wait'],
    ['it had no run', '08:04', undefined, 'never-started'],
    ['it is published', '06:25', record({ publication: publication() }), 'settled'],
    ['it failed', '06:25', record({ last: last('run-1') }), 'settled'],
    ['it failed, and its deadline is over', '09:00', record({ last: last('run-1') }), 'settled'],
    ['it was sealed as never started', '09:00', record({ last: last(NEVER_STARTED_RUN_ID) }), 'finish-never-started'],
    [
      'it was never started, and published later',
      '09:00',
      record({ last: last(NEVER_STARTED_RUN_ID), publication: publication() }),
      'settled',
    ],
    ['a run holds it', '06:25', record({ holder: holder() }), 'ask-holder'],
  ])('%s (%s)', (_what, time, stands, kind) => {
    expect(actFor(dataset(), HOUR, stands, at(time)).kind).toBe(kind);
  });

  it.each<[string, string, Partial<PartitionRecord>, boolean, boolean]>([
    ['before its deadline', '07:59', {}, false, false],
    ['past its deadline', '08:01', {}, true, false],
    ['past its deadline, with the ending of an earlier run', '08:01', { last: last('run-0') }, false, true],
    ['past its deadline, reprocessing', '08:01', { publication: publication('run-0') }, false, true],
  ])('a holder %s', (_what, time, stands, overdue, settled) => {
    const act = actFor(dataset(), HOUR, record({ holder: holder(), ...stands }), at(time));
    expect(act).toMatchObject({ kind: 'ask-holder', overdue, settled });
  });

  it('gives the schedule half of a short time', () => {
    const short = dataset({ availableMinutes: 10, deadlineMinutes: 16 });
    expect(actFor(short, HOUR, undefined, at('06:12')).kind).toBe('wait');
    expect(actFor(short, HOUR, undefined, at('06:13')).kind).toBe('start');
  });
});

describe('the watermark', () => {
  it('begins at the first partition whose deadline is still to come', () => {
    expect(firstWatermark(dataset(), at('08:00')).toISOString()).toBe('2026-01-20T06:00:00.000Z');
    expect(firstWatermark(dataset(), at('07:59')).toISOString()).toBe('2026-01-20T05:00:00.000Z');
    // Due at ten in the morning after.
    expect(firstWatermark(daily(), at('09:59')).toISOString()).toBe('2026-01-19T00:00:00.000Z');
    expect(firstWatermark(daily(), at('10:00')).toISOString()).toBe('2026-01-20T00:00:00.000Z');
  });

  const expected = ['2026-01-20T03', '2026-01-20T04', '2026-01-20T05'];
  const next = (settled: string[], time: string, from = '03:00') =>
    nextWatermark(dataset(), at(from), expected, (p) => settled.includes(p), at(time))
      .toISOString()
      .slice(11, 13);

  it('moves up to the oldest that is not settled, and no further', () => {
    expect(next(['2026-01-20T03', '2026-01-20T05'], '09:00')).toBe('04');
    expect(next([], '09:00')).toBe('03');
  });
  it('moves over all that are settled, up to the deadlines that are to come', () => {
    expect(next(expected, '09:00')).toBe('07');
    expect(next(expected, '06:30')).toBe('04');
  });
  it('never moves back', () => {
    expect(next([], '09:00', '05:00')).toBe('05');
  });
});

test('newest first; of too many, half are the oldest', () => {
  const ten = Array.from({ length: 10 }, (_unused, i) => String(i));
  expect(chosenOf(ten.slice(0, 4), 4)).toEqual(['3', '2', '1', '0']);
  expect(chosenOf(ten, 4)).toEqual(['9', '8', '1', '0']);
  expect(chosenOf(ten, 5)).toEqual(['9', '8', '7', '1', '0']);
});

test('the name of the execution that is started is always the same, and one that Step Functions takes', () => {
  const name = sweepExecutionName('d'.repeat(30), HOUR);
  expect(name).toBe(`sweep-${'d'.repeat(30)}-2026-01-20T05`);
  expect(name.length).toBeLessThanOrEqual(80);
});

test.each([
  ['nothing was looked at', [], undefined],
  ['the newest is still open', [['05', 'open']], undefined],
  [
    'the newest that is decided was met',
    [
      ['04', 'met'],
      ['05', 'open'],
    ],
    false,
  ],
  [
    'the newest that is decided was never started',
    [
      ['03', 'met'],
      ['04', 'never-started'],
    ],
    true,
  ],
  [
    'a later one was met again',
    [
      ['04', 'never-started'],
      ['05', 'met'],
    ],
    false,
  ],
  [
    'one is overdue',
    [
      ['04', 'overdue'],
      ['05', 'met'],
    ],
    true,
  ],
  ['one whose deadline is to come was met', [['09', 'met']], undefined],
] as const)('whether the deadline was missed: %s', (_what, looked, missed) => {
  const all = looked.map(([hour, status]) => ({ partition: `2026-01-20T${hour}`, status }));
  expect(missedDeadline(dataset(), all, at('08:30'))).toBe(missed);
});
