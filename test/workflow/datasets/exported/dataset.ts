import { defineDataset } from 'rollcall';

/** A daily JSONL dataset without a transform that is published as JSONL in gzip. */
export default defineDataset({
  name: 'exported',
  owner: 'tests',
  cadence: 'daily',
  calendar: { firstPartition: '2026-01-20' },
  source: { bucket: 'summed-source', prefix: 'exported/{yyyy}-{MM}-{dd}/', format: 'jsonl' },
  empty: 'normal',
  columns: { shop: { type: 'string' }, amount: { type: 'decimal', precision: 9, scale: 2 } },
  output: { format: 'jsonl' },
});
