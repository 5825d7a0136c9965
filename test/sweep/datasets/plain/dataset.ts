import { defineDataset } from 'rollcall';

/** As a user declares it who says nothing about retries: a message for every ending. */
export default defineDataset({
  name: 'plain',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', lastPartition: '2026-01-20T05' },
  source: { bucket: 'away-source', prefix: 'plain/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  circuit: { enabled: false },
  empty: 'fault',
  columns: { id: { type: 'string' }, value: { type: 'integer' } },
});
