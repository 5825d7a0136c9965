import { createReadStream, statSync } from 'node:fs';
import { basename, relative } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SourceObject } from '../../core/contracts/batch/plan';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import type { SourceIsTable } from '../../core/contracts/errors';
import { describeProblem } from '../../core/contracts/problems';
import { compareKeys } from '../../core/domain/batch/plan-batches';
import { sourcePrefix } from '../../core/domain/partition/calendar';
import { folderOf, tableOf } from '../../core/domain/source/never-data';
import { listed } from '../../core/domain/text/lists';
import { bytes } from '../../core/domain/text/numbers';
import { SourceReader, whatItIs } from '../../core/runtime/step/source-reader';
import { isTable } from '../../core/runtime/step/source-surroundings';
import { UsageError } from '../backfill/usage-error';
import { localFile, pathsAt } from '../infer/local-files';
import { objectsAt, s3Place } from '../infer/s3-files';
import { placeOf, type Placed } from './keys-of-files';
import { tableInS3, tableOnThisMachine } from './tables';

/** A file that is tried, as the object that it would be. */
export interface TriedFile {
  /** As it was given: a path or an S3 URI. */
  readonly path: string;
  readonly object: SourceObject;
  readonly read: () => Promise<AsyncIterable<Buffer>>;
}

interface SkippedFile {
  readonly path: string;
  readonly why: string;
}

export interface Gathered {
  readonly partition: string;
  /** In the order in which a run reads them. */
  readonly files: readonly TriedFile[];
  readonly skipped: readonly SkippedFile[];
  /** That the files are part of a table, where they are: a run reads none of them. */
  readonly table: SourceIsTable | null;
}

export interface GatherDeps {
  /** Made when an S3 URI is given. */
  readonly s3: () => S3Client;
  /** Given with the command. */
  readonly partition?: string;
}

/** More is no trial: it is what `npm run local` and the deployed app are for. */
const MOST_BYTES = 4e9;

/** A file before it is known of which partition it is. */
interface Given {
  readonly path: string;
  readonly placed: Placed | null;
  /** Its name where it has no place of its own in the source: what follows the prefix. */
  readonly name: string;
  readonly file: Omit<SourceObject, 'key'> & { readonly key: string | null };
  readonly read: (object: SourceObject) => Promise<AsyncIterable<Buffer>>;
}

/**
 * The files of a partition among those that were given: without what a run leaves out by its name.
 * @throws UsageError where no file is left, or where they are of several partitions; Unreadable
 */
export async function gatherFiles(dataset: Dataset, given: readonly string[], deps: GatherDeps): Promise<Gathered> {
  const all = (await Promise.all(given.map((one) => filesAt(dataset, one, deps)))).flat();
  const partition = deps.partition ?? onlyPartition(all) ?? dataset.calendar.firstPartition;
  const roots = rootsOf(all);
  const files = new Map<string, TriedFile>();
  const skipped: SkippedFile[] = [];
  let table: Gathered['table'] = null;
  for (const one of all) {
    const { path, file } = one;
    const { key, prefix, why } = standIn(dataset, one, { partition, roots, isTaken: (other) => files.has(other) });
    const found = tableOf(key, prefix);
    if (found !== undefined && why !== OUTSIDE) table ??= isTable(dataset.source.bucket, prefix, found);
    const object = { ...file, key };
    if (why === null) files.set(key, { path, object, read: () => one.read(object) });
    else skipped.push({ path, why });
  }
  table ??= await tableAround(dataset, all, roots, deps);
  const data = [...files.values()].toSorted((a, b) => compareKeys(a.object.key, b.object.key));
  if (data.length === 0 && table === null) throw new UsageError(nothingLeft(given, skipped));
  refuseMuch(data);
  return { partition, files: data, skipped, table };
}

/** What stands on this machine before the keys of files whose paths name their place in the source. */
function rootsOf(all: readonly Given[]): string[] {
  const roots = all.flatMap(({ path, placed, file }) =>
    placed === null || file.key !== null ? [] : [path.slice(0, path.length - placed.key.length)],
  );
  return [...new Set(roots)];
}

const OUTSIDE = 'lies under none of the prefixes (source.prefix)';

/** The key that a file has, or would have, the prefix that it is found by, and why a run does not read it; null where it does. */
function standIn(
  dataset: Dataset,
  { path, placed, name, file }: Given,
  at: { readonly partition: string; readonly roots: readonly string[]; readonly isTaken: (key: string) => boolean },
): { readonly key: string; readonly prefix: string; readonly why: string | null } {
  if (placed !== null) {
    const { key, prefix, partition } = placed;
    const why = partition === at.partition ? whyLeftOut(dataset, key, prefix) : `of partition ${partition}`;
    return { key, prefix, why };
  }
  const root = at.roots.find((one) => path.startsWith(one));
  if (file.key === null && root !== undefined) return { key: path.slice(root.length), prefix: '', why: OUTSIDE };
  // A single object, or file, is tried wherever it lies.
  const prefix = file.key === null ? sourcePrefix(dataset.source, at.partition) : folderOf(file.key);
  const proposed = file.key ?? `${prefix}${name}`;
  const key = at.isTaken(proposed) ? `${prefix}${path.replace(/^[./]+/, '')}` : proposed;
  return { key, prefix, why: whyLeftOut(dataset, key, prefix) };
}

async function tableAround(
  dataset: Dataset,
  all: readonly Given[],
  roots: readonly string[],
  { s3 }: GatherDeps,
): Promise<SourceIsTable | null> {
  const isInBucket = all.some(({ file: { key, bucket } }) => key !== null && bucket === dataset.source.bucket);
  if (isInBucket) return tableInS3(dataset, s3());
  return tableOnThisMachine(dataset, roots);
}

function whyLeftOut({ source, complete }: Dataset, key: string, prefix: string): string | null {
  switch (whatItIs(key, prefix, source.suffix, complete.marker)) {
    case 'data':
      return null;
    case 'hidden':
      return 'never data: its name, or a folder, begins with _ or .';
    case 'nothing':
      return 'never data: it stands for a folder';
    case 'marker':
      return 'the marker of a complete partition (complete.marker)';
    case 'left out':
      return `does not end with ${source.suffix ?? ''} (source.suffix)`;
  }
}

function onlyPartition(all: readonly Given[]): string | undefined {
  const partitions = [...new Set(all.flatMap(({ placed }) => (placed === null ? [] : [placed.partition])))].sort();
  if (partitions.length > 1)
    throw new UsageError(
      `the files are of ${partitions.length} partitions (${listed(partitions, 3)}): say with --partition which one is tried`,
    );
  return partitions[0];
}

const nothingLeft = (given: readonly string[], skipped: readonly SkippedFile[]) =>
  skipped.length === 0
    ? `${given.join(', ')}: there is no file`
    : `no file that a run would read: ${listed(
        skipped.map(({ path, why }) => `${path} (${why})`),
        3,
        { separator: '; ' },
      )}`;

function refuseMuch(files: readonly TriedFile[]): void {
  const size = files.reduce((sum, { object }) => sum + object.size, 0);
  if (size > MOST_BYTES)
    throw new UsageError(
      describeProblem({
        field: 'files',
        value: bytes(size),
        expected: `at most ${bytes(MOST_BYTES)} to try: give some of them`,
      }),
    );
}

async function filesAt(dataset: Dataset, given: string, { s3 }: GatherDeps): Promise<Given[]> {
  const place = s3Place(given);
  if (place !== null) {
    const client = s3();
    const reader = new SourceReader(client).objectsOf(dataset.source.account);
    return (await objectsAt(client, place)).map((object) => ({
      path: `s3://${object.bucket}/${object.key}`,
      placed: placeOf(dataset, object.key, { isKey: true }),
      name: object.key,
      file: object,
      read: (one) => reader.read(one),
    }));
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(given))
    throw new UsageError(
      `${given}: only files of this machine and S3 URIs (s3://bucket/key) are read; download it first`,
    );
  const isFolder = statSync(given, { throwIfNoEntry: false })?.isDirectory() === true;
  return pathsAt(given).map((path) => {
    const { size } = localFile(path);
    return {
      path,
      placed: placeOf(dataset, path, { isKey: false }),
      name: isFolder ? relative(given, path) : basename(path),
      file: {
        key: null,
        bucket: dataset.source.bucket,
        etag: `"${path}"`,
        size,
        lastModified: statSync(path).mtime.toISOString(),
      },
      read: async () => createReadStream(path, { highWaterMark: 1 << 20 }),
    };
  });
}
