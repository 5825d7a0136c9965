import { defineDataset } from 'rollcall';

/** Told only where something changes; a step is tried once more, and the partition 15, 60 and 240 minutes later. */
export default defineDataset({
  name: 'quiet',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', lastPartition: '2026-01-20T05' },
  source: { bucket: 'away-source', prefix: 'quiet/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  empty: 'fault',
  columns: { id: { type: 'string' }, value: { type: 'integer' } },
  retry: { times: 1 },
  notify: { when: 'changes' },
});
