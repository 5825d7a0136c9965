import { defineDataset } from 'rollcall';

/** Tells what changes, and once a day that the rest is well. */
export default defineDataset({
  name: 'changes',
  owner: 'tour',
  cadence: 'hourly',
  calendar: { firstPartition: '2001-01-01T20' },
  source: { bucket: 'changes-source', prefix: 'readings/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  empty: 'fault',
  columns: { id: { type: 'string' }, value: { type: 'integer' } },
  notify: { when: 'changes' },
});
