import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { keys } from '../../core/contracts/keys';
import { partitionRecordSchema, type PartitionRecord } from '../../core/contracts/run/partition-record';
import { UsageError } from '../backfill/usage-error';
import type { Place } from './published';

/** The world that `npm run local` has left in a folder: buckets as files, no server. */
export interface LocalWorld {
  record(dataset: string, partition: string): PartitionRecord | undefined;
  /** The file of an object of the lake. */
  readonly lakeFile: Place;
}

/** Where `npm run local` leaves its world by default. */
export const LOCAL_FOLDER = resolve(__dirname, '..', '..', '.local');

const bucketsSchema = z.object({ ledger: z.string(), lake: z.string() });
const indexSchema = z.record(z.string(), z.array(z.object({ key: z.string(), file: z.string() })));

/** @throws UsageError where the folder has no such world */
export function openLocalWorld(folder: string): LocalWorld {
  const buckets = readJson(join(folder, 'world.json'), bucketsSchema);
  const index = readJson(join(folder, 'buckets', 'index.json'), indexSchema);
  if (buckets === undefined || index === undefined)
    throw new UsageError(`--local: got ${folder}, expected a folder in which \`npm run local\` has left something`);
  const fileOf = (bucket: string, key: string): string | undefined => {
    const entry = index[bucket]?.find((one) => one.key === key);
    return entry === undefined ? undefined : join(folder, 'buckets', bucket, entry.file);
  };
  return {
    record(dataset, partition) {
      const file = fileOf(buckets.ledger, keys.partition(dataset, partition));
      return file === undefined ? undefined : readJson(file, partitionRecordSchema);
    },
    lakeFile(key) {
      const file = fileOf(buckets.lake, key);
      if (file === undefined) throw new UsageError(`${folder}: the published file ${key} is not there`);
      return file;
    },
  };
}

function readJson<T extends z.ZodType>(file: string, schema: T): z.output<T> | undefined {
  return existsSync(file) ? schema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}
