import { defineDataset } from 'rollcall';

/** Lies in two places; the second may be two hours old. An empty hour is a fault. */
export default defineDataset({
  name: 'backed',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T00' },
  source: { bucket: 'backed-source', prefix: 'backed/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  fallback: { bucket: 'backed-copy', prefix: 'copy/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 120 },
  empty: 'fault',
  columns: { id: { type: 'string', sensitive: true }, value: { type: 'integer', min: 0 } },
});
