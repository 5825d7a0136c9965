import { whyNotExpected } from '../../../../core/domain/partition/calendar';
import { flights } from '../../../load-partition/definition';

const hourly = (calendar: object, timeZone = 'UTC') =>
  flights({ calendar: { firstPartition: '2026-01-05T00', ...calendar }, source: { timeZone } });

test.each([
  [{}, '2026-01-20T05', undefined],
  [{}, '2026-01-20', 'it is no partition of a dataset that is hourly'],
  [{}, '2026-01-04T23', 'the first is 2026-01-05T00 (calendar.firstPartition)'],
  [{ lastPartition: '2026-01-10T00' }, '2026-01-10T01', 'the last is 2026-01-10T00 (calendar.lastPartition)'],
  [
    { weekdays: ['mon', 'tue'] },
    '2026-01-21T05',
    'it is of a wed, and partitions come on mon, tue (calendar.weekdays, UTC)',
  ],
  [{ hours: [6, 7] }, '2026-01-20T05', 'it is of hour 5, and partitions come at 6, 7 (calendar.hours, UTC)'],
  [
    { paused: [{ from: '2026-01-20T00' }] },
    '2026-01-20T05',
    'it is in the pause from 2026-01-20T00 on (calendar.paused)',
  ],
  [
    { paused: [{ from: '2026-01-20T00', to: '2026-01-20T05' }] },
    '2026-01-20T05',
    'it is in the pause from 2026-01-20T00 to 2026-01-20T05 (calendar.paused)',
  ],
])('with %j, %s is not expected because %s', (calendar, partition, why) => {
  expect(whyNotExpected(hourly(calendar), partition)).toBe(why);
});

test('an hour whose local hour comes again is published with the later one', () => {
  expect(whyNotExpected(hourly({}, 'America/New_York'), '2026-11-01T05')).toMatch(
    /^its local hour comes again: clocks go back/,
  );
});
