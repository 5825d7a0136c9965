import { defineDataset } from 'rollcall';

/** Behind the circuit breaker of its source, as every dataset is by default. */
export default defineDataset({
  name: 'guarded',
  owner: 'tour',
  cadence: 'hourly',
  calendar: { firstPartition: '2000-12-31T23' },
  source: { bucket: 'guarded-source', prefix: 'readings/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  empty: 'fault',
  columns: { id: { type: 'string' }, value: { type: 'integer' } },
  notify: { when: 'changes' },
});
