import { defineDataset } from 'rollcall';

/** One hour whose values have to be among those that `readings` has published for it. */
export default defineDataset({
  name: 'referring',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', lastPartition: '2026-01-20T05' },
  source: { bucket: 'readings-source', prefix: 'referring/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  upstreams: [{ dataset: 'readings', whenReplaced: 'rerun' }],
  deadlineMinutes: 120,
  empty: 'fault',
  columns: {
    id: { type: 'string', sensitive: true, references: { dataset: 'readings', column: 'id' } },
    value: { type: 'integer' },
  },
  tolerance: { rejected: { share: 0.5 } },
});
