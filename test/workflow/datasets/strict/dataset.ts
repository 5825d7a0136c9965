import { defineDataset } from 'rollcall';

/** Nothing may be missing, and nothing may be wrong. */
export default defineDataset({
  name: 'strict',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T00', hours: [4, 5, 6] },
  source: {
    bucket: 'strict-source',
    account: '123456789012',
    prefix: 'strict/{yyyy}/{MM}/{dd}/{HH}/',
    format: 'csv',
    compression: 'gzip',
  },
  empty: 'fault',
  columns: { id: { type: 'string', sensitive: true }, value: { type: 'integer' } },
  tolerance: { rejected: { records: 0 } },
});
