import { defineDataset } from 'rollcall';

/** A daily JSONL dataset with a transform, whose messages are only about changes. */
export default defineDataset({
  name: 'summed',
  owner: 'tests',
  cadence: 'daily',
  calendar: { firstPartition: '2026-01-20' },
  source: { bucket: 'summed-source', prefix: 'summed/{yyyy}-{MM}-{dd}/', format: 'jsonl' },
  empty: 'normal',
  columns: { shop: { type: 'string' }, amount: { type: 'integer' } },
  transform: { sql: 'SELECT shop, sum(amount) AS amount FROM records GROUP BY shop', mayDrop: true, perBatch: true },
  notify: { when: 'changes' },
});
