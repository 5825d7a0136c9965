import { defineDataset } from 'rollcall';

/**
 * An hourly CSV delivery of a vendor: US flights of 2001 by their scheduled departure. Shows column rules, a unique key, a row rule, a
 * tolerance, and the difference between "nothing departed" (a file with only a header: normal) and "nothing came" (no file: a fault).
 * `npm run local` feeds it with the real flights of the npm package vega-datasets.
 */
export default defineDataset({
  name: 'flights',
  owner: 'flight-data',
  description: 'US flights of 2001, delivered every hour as gzipped CSV',
  cadence: 'hourly',
  calendar: { firstPartition: '2001-01-01T00', lastPartition: '2001-06-30T23' },
  source: {
    bucket: 'rollcall-example-flights',
    prefix: 'flights/{yyyy}/{MM}/{dd}/{HH}/',
    suffix: '.csv.gz',
    format: 'csv',
    compression: 'gzip',
  },
  availableMinutes: 15,
  complete: { settleMinutes: 5, minObjects: 1 },
  deadlineMinutes: 120,
  empty: 'normal',
  columns: {
    flight_id: { type: 'string', pattern: 'US01-[0-9]{7}' },
    scheduled_at: { type: 'timestamp', min: '2001-01-01T00:00:00Z', max: '2001-07-01T00:00:00Z' },
    // Minutes. A departure two hours early or more than a day late is a slip of the pen; the data have both.
    delay: { type: 'integer', min: -120, max: 1440 },
    // Miles.
    distance: { type: 'integer', min: 1, max: 6000 },
    origin: { type: 'string', pattern: '[A-Z]{3}' },
    destination: { type: 'string', pattern: '[A-Z]{3}' },
  },
  unique: ['flight_id'],
  rowRules: [{ name: 'goes-somewhere', sql: 'origin <> destination' }],
  tolerance: { rejected: { share: 0.05 } },
});
