import { placeOf } from '../../../cli/try/keys-of-files';
import { dataset } from '../../kit/datasets';

const local = { isKey: false };

describe('the place that a path names in a source', () => {
  it('is found where the layout begins', () => {
    const hourly = dataset({ source: { prefix: 'in/{yyyy}/{MM}/{dd}/{HH}/' } });
    expect(placeOf(hourly, '/home/me/in/2026/01/20/05/x/a.csv', local)).toEqual({
      partition: '2026-01-20T05',
      prefix: 'in/2026/01/20/05/',
      key: 'in/2026/01/20/05/x/a.csv',
    });
    expect(placeOf(hourly, '/home/me/margin/2026/01/20/05/a.csv', local)).toBeNull();
    expect(placeOf(hourly, 'in/2026/13/20/05/a.csv', local)).toBeNull();
  });

  it('is that of a whole key, not of its end', () => {
    const daily = dataset({
      cadence: 'daily',
      calendar: { firstPartition: '2026-01-01' },
      source: { prefix: '{yyyy}-{M}-{d}.' },
    });
    expect(placeOf(daily, '2026-1-20.csv', { isKey: true })?.partition).toBe('2026-01-20');
    expect(placeOf(daily, 'x/2026-1-20.csv', { isKey: true })).toBeNull();
    expect(placeOf(daily, 'x/2026-1-20.csv', local)?.partition).toBe('2026-01-20');
  });

  it('has the hour of the time zone', () => {
    const zoned = dataset({
      source: { prefix: ['other/{yyyy}{MM}{dd}{HH}/', 'l/{yyyy}/{MM}/{dd}/{HH}/'], timeZone: 'Europe/Berlin' },
    });
    expect(placeOf(zoned, 'l/2026/01/20/05/a', { isKey: true })?.partition).toBe('2026-01-20T04');
    // The hour that comes twice: of the later one.
    expect(placeOf(zoned, 'l/2026/10/25/02/a', { isKey: true })?.partition).toBe('2026-10-25T01');
  });

  it('needs a date that stands there twice to be the same', () => {
    const twice = dataset({
      cadence: 'daily',
      calendar: { firstPartition: '2026-01-01' },
      source: { prefix: '{yyyy}/{MM}/{dd}/{yyyy}{MM}{dd}_' },
    });
    expect(placeOf(twice, '2026/01/20/20260120_a', local)?.partition).toBe('2026-01-20');
    expect(placeOf(twice, '2026/01/20/20260121_a', local)).toBeNull();
  });
});
