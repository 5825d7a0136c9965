import { defineDataset } from 'rollcall';

/** A partition of several batches: the stack of this test has batches of 1 MiB, and each object is one by the planner's estimate. */
export default defineDataset({
  name: 'grouped',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', lastPartition: '2026-01-20T05' },
  source: {
    bucket: 'grouped-source',
    prefix: 'grouped/{yyyy}/{MM}/{dd}/{HH}/',
    format: 'csv',
    compression: 'gzip',
  },
  availableMinutes: 15,
  deadlineMinutes: 120,
  empty: 'fault',
  columns: { id: { type: 'string' }, value: { type: 'integer', min: 0 } },
  tolerance: { rejected: { share: 0.1 } },
});
