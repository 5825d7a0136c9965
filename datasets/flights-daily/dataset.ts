import { defineDataset } from 'rollcall';

/**
 * A daily drop of Parquet files with the marker `_SUCCESS`, which Spark writes last: the run begins 20 minutes after the day's end and
 * waits for it. The transform keeps the flights that left late, so it declares that it drops records.
 */
export default defineDataset({
  name: 'flights-daily',
  owner: 'punctuality',
  description: 'Late departures of US flights of 2001, a day at a time',
  cadence: 'daily',
  calendar: { firstPartition: '2001-01-01', lastPartition: '2001-06-30' },
  source: {
    bucket: 'rollcall-example-flights',
    prefix: 'daily/dt={yyyy}-{MM}-{dd}/',
    suffix: '.parquet',
    format: 'parquet',
  },
  availableMinutes: 20,
  complete: { marker: '_SUCCESS' },
  deadlineMinutes: 360,
  empty: 'fault',
  columns: {
    flight_id: { type: 'string' },
    scheduled_at: { type: 'timestamp' },
    delay: { type: 'integer' },
    distance: { type: 'integer', min: 1 },
    origin: { type: 'string', pattern: '[A-Z]{3}' },
    destination: { type: 'string', pattern: '[A-Z]{3}' },
  },
  unique: ['flight_id'],
  transform: {
    // 15 minutes is what the US Department of Transportation calls late.
    sql: `
      SELECT flight_id, scheduled_at, origin, destination, delay, round(distance * 1.609344)::INTEGER AS kilometres
      FROM records
      WHERE delay >= 15`,
    mayDrop: true,
  },
});
