import { defineDataset } from 'rollcall';

/** Goes through ProcessBatch; and is complete only with a marker, so that its run may have to wait. */
export default defineDataset({
  name: 'shaped',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T05', lastPartition: '2026-01-20T05' },
  source: { bucket: 'fault-source', prefix: 'shaped/{yyyy}/{MM}/{dd}/{HH}/', suffix: '.jsonl', format: 'jsonl' },
  availableMinutes: 15,
  deadlineMinutes: 120,
  complete: { marker: '_SUCCESS' },
  empty: 'fault',
  columns: { shop: { type: 'string' }, amount: { type: 'integer' } },
  transform: { sql: 'SELECT shop, sum(amount) AS amount FROM records GROUP BY shop', mayDrop: true, perBatch: true },
  retry: { minutes: [15] },
});
