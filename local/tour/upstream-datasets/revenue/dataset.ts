import { defineDataset } from 'rollcall';

/**
 * The revenue of the evening hours: worth nothing without the orders of the same hour and the rates of the same day. The first of them,
 * 21, is over 2 hours before its day, whose rates come 30 minutes later: the deadline has to be later than 150 minutes.
 */
export default defineDataset({
  name: 'revenue',
  owner: 'finance@example.com',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-03-02T21', lastPartition: '2026-03-02T23', hours: [21, 22, 23] },
  source: { bucket: 'shop-drop', prefix: 'revenue/{yyyy}/{MM}/{dd}/{HH}/', suffix: '.csv', format: 'csv' },
  upstreams: [{ dataset: 'orders', whenReplaced: 'rerun' }, 'rates'],
  availableMinutes: 20,
  deadlineMinutes: 300,
  empty: 'fault',
  columns: { order_id: { type: 'string' }, euros: { type: 'double' } },
});
