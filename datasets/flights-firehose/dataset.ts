import { defineDataset } from 'rollcall';

/**
 * The same flights as Amazon Data Firehose would leave them: gzipped JSON lines under `yyyy/MM/dd/HH/` of the bucket itself, several
 * objects an hour, none for an hour without flights, so that an empty hour is normal. Complete when nothing came for 10 minutes.
 */
export default defineDataset({
  name: 'flights-firehose',
  owner: 'flight-data',
  description: 'US flights of 2001, as a Firehose stream leaves them',
  cadence: 'hourly',
  calendar: { firstPartition: '2001-01-01T00', lastPartition: '2001-06-30T23' },
  source: {
    bucket: 'rollcall-example-firehose',
    prefix: '{yyyy}/{MM}/{dd}/{HH}/',
    suffix: '.gz',
    format: 'jsonl',
    compression: 'gzip',
  },
  availableMinutes: 15,
  complete: { settleMinutes: 10 },
  deadlineMinutes: 90,
  empty: 'normal',
  columns: {
    flight_id: { type: 'string' },
    scheduled_at: { type: 'timestamp' },
    delay: { type: 'integer', min: -120, max: 1440 },
    distance: { type: 'integer', min: 1 },
    origin: { type: 'string', pattern: '[A-Z]{3}' },
    destination: { type: 'string', pattern: '[A-Z]{3}' },
  },
  unique: ['flight_id'],
});
