import { defineDataset } from 'rollcall';

/** The same, and asks its source however often it fails. */
export default defineDataset({
  name: 'unguarded',
  owner: 'tour',
  cadence: 'hourly',
  calendar: { firstPartition: '2000-12-31T23' },
  source: { bucket: 'unguarded-source', prefix: 'readings/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  empty: 'fault',
  columns: { id: { type: 'string' }, value: { type: 'integer' } },
  circuit: { enabled: false },
  notify: { when: 'changes' },
});
