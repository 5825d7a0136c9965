import { defineDataset } from 'rollcall';

/** A daily JSONL dataset with a transform in TypeScript. */
export default defineDataset({
  name: 'coded',
  owner: 'tests',
  cadence: 'daily',
  calendar: { firstPartition: '2026-01-20' },
  source: { bucket: 'summed-source', prefix: 'coded/{yyyy}-{MM}-{dd}/', format: 'jsonl' },
  empty: 'normal',
  columns: { shop: { type: 'string' }, amount: { type: 'decimal', precision: 9, scale: 2 } },
  transform: {
    code: 'process.ts',
    columns: { shop: { type: 'string' }, cents: { type: 'integer' }, partition: { type: 'date' } },
  },
});
