import { defineDataset } from 'rollcall';

/** Its bucket does not exist. */
export default defineDataset({
  name: 'lost',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T00' },
  source: { bucket: 'no-such-bucket', prefix: 'lost/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  empty: 'fault',
  columns: { id: { type: 'string' } },
});
