import * as fc from 'fast-check';
import { runIdOfReuse } from '../../../../core/contracts/keys';
import { partitionOfSchedule } from '../../../../core/domain/partition/calendar';
import {
  identityOf,
  isOpen,
  isSameStart,
  manifestKeyFor,
  partitionBy,
} from '../../../../core/domain/partition/identity-of-run';
import { ignoredFields } from '../../../../core/domain/partition/run-input';
import { runInputSchema } from '../../../../core/contracts/run/steps';
import { dataset, daily, execution, PARTITION } from '../../../helpers/runs';

const of = (input: unknown) => identityOf({ ...execution(), input });
const scheduledTime = '2026-01-20T06:15:00Z';

describe('the identity of a run', () => {
  it.each([
    ['a named partition', { dataset: 'flights', partition: PARTITION }],
    [
      'a schedule with what it is derived from',
      { dataset: 'flights', scheduledTime, cadence: 'hourly', availableMinutes: 15 },
    ],
    ['both: what a person wrote names the place better', { dataset: 'flights', partition: PARTITION, scheduledTime }],
    ['a valid place among what is not', { dataset: 'flights', partition: PARTITION, trigger: 7, reprocess: 'yes' }],
  ])('is its place, whatever is deployed: %s', (_what, input) => {
    expect(of(input)).toMatchObject({ dataset: 'flights', partition: PARTITION, runId: 'run-1' });
    expect(isOpen(of(input))).toBe(false);
    expect(manifestKeyFor(of(input))).toBe(`runs/flights/${PARTITION}/run-1.json`);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'flights'],
    ['no dataset', { partition: PARTITION }],
    ['a dataset that can be none', { dataset: '../x', partition: PARTITION }],
    ['no partition and no time', { dataset: 'flights' }],
    ['a time that is none', { dataset: 'flights', scheduledTime: 'soon' }],
    [
      'a time whose partition has no name',
      { dataset: 'f', scheduledTime: '1971-01-01T00:00:00Z', cadence: 'daily', availableMinutes: 99_999_999_999 },
    ],
  ])('of an input with %s is the day of its start', (_what, input) => {
    expect(manifestKeyFor(of(input))).toBe('runs/_unassigned/2026-01-20/run-1.json');
  });

  it('is left to a definition by a scheduled time without what it is derived from', () => {
    const halves = [{}, { cadence: 'hourly' }, { availableMinutes: 15 }, { cadence: 'weekly', availableMinutes: 15 }];
    for (const half of halves) {
      const identity = of({ dataset: 'flights', scheduledTime, ...half });
      expect(isOpen(identity)).toBe(true);
      expect(partitionBy(dataset(), identity)).toBe(PARTITION);
      expect(partitionBy(daily(), identity)).toBe('2026-01-19');
      expect(partitionBy(undefined, identity)).toBeNull();
    }
  });

  it('of a schedule is the partition that the dataset had when the schedule was made', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1980-01-01'), max: new Date('8990-01-01'), noInvalidDate: true }),
        fc.constantFrom('hourly' as const, 'daily' as const),
        fc.nat(7 * 24 * 60),
        (at, cadence, availableMinutes) => {
          const input = { dataset: 'flights', scheduledTime: at.toISOString(), cadence, availableMinutes };
          expect(of(input).partition).toBe(partitionOfSchedule({ cadence, availableMinutes }, at));
        },
      ),
    );
  });

  it('does not depend on how precisely the start is told', () => {
    const starts = ['2026-01-20T06:15:03.000Z', '2026-01-20T06:15:03.999Z', '2026-01-20T06:15:04Z'];
    for (const a of starts) {
      for (const b of starts) {
        expect(isSameStart(a, b)).toBe(true);
        expect(runIdOfReuse('run-1', a)).toBe(runIdOfReuse('run-1', b));
      }
    }
    expect(isSameStart('2026-01-20T06:15:03.000Z', '2026-04-20T06:15:03.000Z')).toBe(false);
  });

  it('of a name that is used again is another run id, which no other name or day has, and which fits into every key', () => {
    const first = runIdOfReuse('run-1', '2026-04-20T06:15:03.000Z');
    expect(first).toMatch(/^run-1-[0-9a-f]{16}$/);
    expect(runIdOfReuse('run-1', '2026-07-20T06:15:03.000Z')).not.toBe(first);
    expect(runIdOfReuse('run-2', '2026-04-20T06:15:03.000Z')).not.toBe(first);
    for (const name of ['x'.repeat(80), 'ü'.repeat(80)]) {
      const backfillId = runIdOfReuse(name, '2026-04-20T06:15:03.000Z');
      expect(runInputSchema.shape.backfillId.safeParse(backfillId).success).toBe(true);
    }
  });
});

describe('unknown fields', () => {
  const said = (input: unknown) => ignoredFields(input, runInputSchema);

  it('are named, and their values never shown', () => {
    expect(said({ dataset: 'flights', reproces: true, token: 'hunter2' })).toBe(
      'Ignored in the input, because there is no such field: "reproces", "token".',
    );
    expect(said({ AKIAABCDEFGHIJKLMNOP: 1 })).not.toContain('AKIAABCDEFGHIJKLMNOP');
  });

  it('are named as far as a message has room', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${'x'.repeat(200)}${i}`, 1]));
    expect(said(many)).toMatch(/ and 4 more\.$/);
    expect(said(many).length).toBeLessThan(600);
  });

  it('are none where the input is none, or known', () => {
    for (const input of [undefined, null, 'text', [1], { dataset: 'flights', cadence: 'hourly' }])
      expect(said(input)).toBe('');
    // A field of every object is none of the input's.
    expect(said({ constructor: 1 })).toContain('"constructor"');
  });
});
