import { defineDataset } from 'rollcall';

/** Hourly flights that lie in two places: the vendor's bucket, and a copy that may be at most twelve hours old. */
export default defineDataset({
  name: 'flights-backed',
  owner: 'flight-data',
  cadence: 'hourly',
  calendar: { firstPartition: '2001-01-02T06', lastPartition: '2001-01-02T07' },
  source: {
    bucket: 'vendor-flights',
    prefix: 'flights/{yyyy}/{MM}/{dd}/{HH}/',
    suffix: '.csv.gz',
    format: 'csv',
    compression: 'gzip',
  },
  fallback: {
    bucket: 'copy-of-flights',
    prefix: 'copy/{yyyy}/{MM}/{dd}/{HH}/',
    maxAgeMinutes: 12 * 60,
    when: ['missing', 'empty', 'unavailable'],
    owed: true,
  },
  availableMinutes: 15,
  deadlineMinutes: 120,
  empty: 'fault',
  columns: {
    flight_id: { type: 'string', pattern: 'US01-[0-9]{7}' },
    scheduled_at: { type: 'timestamp' },
    delay: { type: 'integer', min: -120, max: 1440 },
    distance: { type: 'integer', min: 1, max: 6000 },
    origin: { type: 'string', pattern: '[A-Z]{3}' },
    destination: { type: 'string', pattern: '[A-Z]{3}' },
  },
  unique: ['flight_id'],
  tolerance: { rejected: { share: 0.05 } },
});
