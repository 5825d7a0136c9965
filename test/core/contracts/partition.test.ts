import * as fc from 'fast-check';
import {
  cadenceOf,
  formatPartition,
  partitionEnd,
  partitionSchema,
  partitionStart,
  periodNoun,
} from '../../../core/contracts/partition';

describe('a partition', () => {
  it('is read back from the name that it was given', () => {
    const instant = fc.date({
      min: new Date('1970-01-01T00:00Z'),
      max: new Date('8999-12-31T23:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, fc.constantFrom('hourly' as const, 'daily' as const), (at, cadence) => {
        const partition = formatPartition(at, cadence);
        expect(cadenceOf(partition)).toBe(cadence);
        expect(partitionStart(partition).getTime()).toBeLessThanOrEqual(at.getTime());
        expect(partitionEnd(partition).getTime()).toBeGreaterThan(at.getTime());
      }),
    );
  });

  it.each([
    '2026-02-29',
    '2026-02-30T05',
    '2026-13-01',
    '2026-00-10',
    '2026-01-20T24',
    '2026-1-20',
    '2026-01-20T5',
    '2026-01-20T05:00',
    '2026-01-20T05Z',
    ' 2026-01-20',
    '2026-01-20\n',
    '1969-12-31',
    '9000-01-01',
    '-000001-01-01',
    '+010000-01-01',
    '２０２６-01-20',
    '',
  ])('is not %j', (text) => {
    expect(cadenceOf(text)).toBeUndefined();
    expect(partitionSchema.safeParse(text).success).toBe(false);
    expect(() => partitionStart(text)).toThrow(RangeError);
    expect(() => partitionEnd(text)).toThrow(/expected an existing UTC hour like/);
  });

  it('may be a leap day, of a century too where there is one', () => {
    expect(['2024-02-29', '2000-02-29', '2100-02-29'].map(cadenceOf)).toEqual(['daily', 'daily', undefined]);
  });

  it('is called an hour or a day', () => {
    expect([periodNoun('hourly', 1), periodNoun('hourly', 3), periodNoun('daily', 0)]).toEqual([
      'hour',
      'hours',
      'days',
    ]);
  });
});
