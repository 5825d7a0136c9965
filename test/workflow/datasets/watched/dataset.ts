import { defineDataset } from 'rollcall';

/** Compared with the days before, and told about only where something is not as it was. */
export default defineDataset({
  name: 'watched',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-17T05', hours: [5] },
  source: { bucket: 'watched-source', prefix: 'watched/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  empty: 'fault',
  columns: {
    id: { type: 'string', sensitive: true },
    value: { type: 'integer', max: 1000, otherwise: { range: 'warn' } },
  },
  tolerance: { rejected: { share: 0.9 } },
  expectations: [
    { kind: 'rows', against: { history: 'same-hour', weeks: 1, tolerance: 0.5 }, otherwise: 'warn' },
    { kind: 'distinct', column: 'id', min: 2 },
  ],
  notify: { when: 'changes' },
});
