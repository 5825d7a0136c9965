import { defineDataset } from 'rollcall';

/** The plain case. One hour is all that it expects, so that the sweep has nothing else to start. */
export default defineDataset({
  name: 'plain',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', lastPartition: '2026-01-20T05' },
  source: { bucket: 'fault-source', prefix: 'plain/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  availableMinutes: 15,
  deadlineMinutes: 120,
  empty: 'normal',
  columns: { id: { type: 'string' }, value: { type: 'integer', min: 0 } },
  unique: ['id'],
  tolerance: { rejected: { share: 0.1 } },
  retry: { minutes: [15] },
});
