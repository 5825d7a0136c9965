import { defineDataset } from 'rollcall';

/** Tells every run, as every dataset does by default. */
export default defineDataset({
  name: 'every-run',
  owner: 'tour',
  cadence: 'hourly',
  calendar: { firstPartition: '2001-01-01T20' },
  source: { bucket: 'every-run-source', prefix: 'readings/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  empty: 'fault',
  columns: { id: { type: 'string' }, value: { type: 'integer' } },
  notify: { when: 'every-run' },
});
