import { defineDataset } from 'rollcall';

/** Two batches: each object is a batch of its own, because the stack is synthesized with batches of 1 MiB. One of them may fail. */
export default defineDataset({
  name: 'split',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', lastPartition: '2026-01-20T05' },
  source: {
    bucket: 'fault-source',
    prefix: 'split/{yyyy}/{MM}/{dd}/{HH}/',
    format: 'csv',
    compression: 'gzip',
  },
  availableMinutes: 15,
  deadlineMinutes: 120,
  empty: 'fault',
  columns: { id: { type: 'string' }, value: { type: 'integer' } },
  unique: ['id'],
  tolerance: { failedBatches: { batches: 1 } },
  retry: { minutes: [15] },
});
