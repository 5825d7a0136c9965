import { defineDataset } from 'rollcall';

/** Hourly CSV of a vendor in another account, on weekdays during office hours. */
export default defineDataset({
  name: 'orders',
  owner: 'sales-data',
  cadence: 'hourly',
  calendar: {
    firstPartition: '2026-01-01T00',
    weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'],
    hours: [8, 12, 23],
  },
  source: {
    bucket: 'vendor-drop',
    account: '111122223333',
    prefix: 'exports/orders/{yyyy}/{MM}/{dd}/{HH}/',
    suffix: '.csv.gz',
    format: 'csv',
    compression: 'gzip',
  },
  fallback: { bucket: 'orders-replica', prefix: 'copy/orders/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 1440 },
  dependencies: [
    { kind: 's3', name: 'rates', bucket: 'finance', key: 'rates/{yyyy}/{MM}-{dd}T{HH}.csv' },
    { kind: 's3', name: 'ledger', bucket: 'finance', prefix: 'closed/{yyyy}/' },
    {
      kind: 'http',
      name: 'vendor',
      url: 'https://vendor.example/status',
      header: { name: 'authorization', secret: 'arn:aws:secretsmanager:eu-west-1:999999999999:secret:vendor-AbCdEf' },
    },
    { kind: 'postgres', name: 'jobs', secret: 'jobs/database', query: 'SELECT 1' },
  ],
  availableMinutes: 20,
  deadlineMinutes: 200,
  empty: 'fault',
  columns: { id: { type: 'integer' }, amount: { type: 'decimal', precision: 12, scale: 2 } },
  unique: ['id'],
});
