import { defineDataset } from 'rollcall';

/** What the shop sold, hour by hour. */
export default defineDataset({
  name: 'orders',
  owner: 'shop@example.com',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-03-02T21', lastPartition: '2026-03-02T23' },
  source: { bucket: 'shop-drop', prefix: 'orders/{yyyy}/{MM}/{dd}/{HH}/', suffix: '.csv', format: 'csv' },
  availableMinutes: 15,
  deadlineMinutes: 120,
  empty: 'fault',
  columns: { id: { type: 'string' }, currency: { type: 'string' }, amount: { type: 'integer' } },
});
