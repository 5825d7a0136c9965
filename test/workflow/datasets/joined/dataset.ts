import { defineDataset } from 'rollcall';

/** One hour that waits for the same hour of `readings`, and wants to run again when that is replaced. */
export default defineDataset({
  name: 'joined',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', lastPartition: '2026-01-20T05' },
  source: { bucket: 'readings-source', prefix: 'joined/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  upstreams: [{ dataset: 'readings', whenReplaced: 'rerun' }],
  deadlineMinutes: 120,
  empty: 'fault',
  columns: { id: { type: 'string', sensitive: true }, value: { type: 'integer' } },
});
