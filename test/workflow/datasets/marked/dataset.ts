import { defineDataset } from 'rollcall';

/** Complete only with a marker. */
export default defineDataset({
  name: 'marked',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T00' },
  source: { bucket: 'marked-source', prefix: 'marked/{yyyy}/{MM}/{dd}/{HH}/', suffix: '.csv', format: 'csv' },
  deadlineMinutes: 120,
  complete: { marker: '_SUCCESS' },
  empty: 'fault',
  columns: { id: { type: 'string', sensitive: true }, value: { type: 'integer' } },
});
