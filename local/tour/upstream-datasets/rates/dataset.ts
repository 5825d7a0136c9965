import { defineDataset } from 'rollcall';

/** The exchange rates of a day: known when it is over. */
export default defineDataset({
  name: 'rates',
  owner: 'treasury@example.com',
  cadence: 'daily',
  calendar: { firstPartition: '2026-03-02', lastPartition: '2026-03-02' },
  source: { bucket: 'bank-drop', prefix: 'rates/{yyyy}-{MM}-{dd}/', suffix: '.csv', format: 'csv' },
  availableMinutes: 30,
  deadlineMinutes: 180,
  empty: 'fault',
  columns: { currency: { type: 'string' }, rate: { type: 'double' } },
});
