import { parseKey } from '../../contracts/keys';
import { DAY_MS } from '../../contracts/partition';
import type { PartitionRecord } from '../../contracts/run/partition-record';

/** A file in the lake as it is listed. */
export interface LakeFile {
  readonly key: string;
  readonly lastModified: Date;
}

/** Readers of what was replaced, and runs that reuse finished batches, have so long. */
const AFTER_PUBLICATION_MS = DAY_MS;
/** What failed runs finished is kept for the backfill, which reaches back 35 days. */
const UNPUBLISHED_MS = 36 * DAY_MS;

/**
 * The files of a partition that are not needed any more, one group per batch. A batch is kept or goes as a whole: a record without its file
 * would make a rerun believe that the batch is done, and a file without its record would be written anew, perhaps under the eyes of
 * readers. It is kept while the publication names any of its files, while a run holds the partition, and for some time after.
 *
 * In each group the batch record comes first: once it is gone, no run takes the rest for finished.
 */
export function unreferencedFiles(
  record: PartitionRecord | undefined,
  files: readonly LakeFile[],
  now: Date,
): string[][] {
  if (record !== undefined && record.holder !== null) return [];
  const publication = record?.publication ?? null;
  const published = [...(publication?.files ?? []), ...(publication?.quarantineFiles ?? [])];
  const referenced = new Set(published.map(({ key }) => fingerprintOf(key)));
  const grace = publication === null ? UNPUBLISHED_MS : AFTER_PUBLICATION_MS;
  const publishedAt = publication === null ? 0 : Date.parse(publication.publishedAt);
  return [...Map.groupBy(files, ({ key }) => fingerprintOf(key))].flatMap(([fingerprint, batch]) => {
    // What is none of ours is not ours to remove.
    if (fingerprint === undefined || referenced.has(fingerprint)) return [];
    const newest = Math.max(publishedAt, ...batch.map(({ lastModified }) => lastModified.getTime()));
    if (now.getTime() - newest < grace) return [];
    return [batch.map(({ key }) => key).toSorted((a, b) => Number(isRecord(b)) - Number(isRecord(a)))];
  });
}

function fingerprintOf(key: string): string | undefined {
  const parsed = parseKey(key);
  return parsed !== undefined && 'fingerprint' in parsed ? parsed.fingerprint : undefined;
}

const isRecord = (key: string): boolean => parseKey(key)?.kind === 'batch';
