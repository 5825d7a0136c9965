import {
  ACCEPTED_FORMAT,
  OUTPUT_FORMAT_NAMES,
  OUTPUT_FORMATS,
  type OutputFormat,
} from '../../core/contracts/dataset/output';
import type { Output } from '../../core/contracts/batch/lake-file';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';

/** A file of a publication: an S3 URI, or a path on this machine. */
export interface PublishedFile {
  readonly path: string;
  readonly records: number;
}

/** Where the files of the lake are: what stands before their keys, or what knows each. */
export type Place = (key: string) => string;

/** What is published of a partition; undefined where nothing is. */
export function publishedFiles(record: PartitionRecord | undefined, place: Place): PublishedFile[] | undefined {
  return record?.publication?.files.map(({ key, records }: Output) => ({ path: place(key), records }));
}

/** Why nothing is published, in words. */
export function whyNothing(record: PartitionRecord | undefined): string {
  if (record === undefined) return 'no run has touched the partition';
  const { holder, last } = record;
  if (holder !== null) return `nothing is published yet, run ${holder.runId} is working on it`;
  return last === null
    ? 'nothing is published'
    : `nothing is published: run ${last.runId} ended ${last.ending.status} (${last.ending.code})`;
}

const READERS: Readonly<Record<OutputFormat, (list: string) => string>> = {
  // Nothing in the paths is a column.
  parquet: (list) => `read_parquet(${list}, hive_partitioning = false)`,
  jsonl: (list) => `read_json(${list}, format = 'newline_delimited', hive_partitioning = false)`,
  csv: (list) => `read_csv(${list}, header = true, hive_partitioning = false)`,
};

/** What stands after FROM to read published files, of which there is at least one, all of one format. */
export function readerOf(paths: readonly string[]): string {
  const list = `[${paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')}]`;
  const format =
    OUTPUT_FORMAT_NAMES.find((one) => paths[0]?.endsWith(`.${OUTPUT_FORMATS[one].extension}`)) ?? ACCEPTED_FORMAT;
  return READERS[format](list);
}

/** A query for DuckDB that reads the files; undefined where there are none. */
export function sqlOf(files: readonly PublishedFile[]): string | undefined {
  return files.length === 0 ? undefined : `SELECT * FROM ${readerOf(files.map(({ path }) => path))};`;
}
