import { defineDataset } from 'rollcall';

/** Waits for `quiet`, and not for long; a step that fails is not tried again, and a run once, after five minutes. */
export default defineDataset({
  name: 'after',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', lastPartition: '2026-01-20T05' },
  source: { bucket: 'after-source', prefix: 'after/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  upstreams: ['quiet'],
  deadlineMinutes: 20,
  empty: 'fault',
  columns: { id: { type: 'string' }, value: { type: 'integer' } },
  retry: { times: 0, minutes: [5] },
});
