import { defineDataset } from 'rollcall';

/** The plain case: hourly CSV, a tenth of the records may be rejected, one object an hour is expected, an empty one is normal. */
export default defineDataset({
  name: 'readings',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T00' },
  source: { bucket: 'readings-source', prefix: 'readings/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  availableMinutes: 15,
  deadlineMinutes: 120,
  empty: 'normal',
  columns: { id: { type: 'string', sensitive: true }, value: { type: 'integer', min: 0 } },
  unique: ['id'],
  tolerance: { rejected: { share: 0.1 } },
});
