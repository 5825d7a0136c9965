import { defineDataset } from 'rollcall';

/** Daily Parquet at the top of a bucket. */
export default defineDataset({
  name: 'clicks',
  owner: 'web',
  cadence: 'daily',
  calendar: { firstPartition: '2026-01-01' },
  source: { bucket: 'click-stream', prefix: '{yyyy}-{MM}-{dd}/', format: 'parquet' },
  availableMinutes: 90,
  deadlineMinutes: 600,
  empty: 'normal',
  columns: { session: { type: 'string' } },
  transform: { sql: 'SELECT * FROM records' },
});
