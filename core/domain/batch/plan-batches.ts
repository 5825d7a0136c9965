import { createHash } from 'node:crypto';
import { canonicalJson } from '../../contracts/canonical-json';
import { validationHash, type Dataset } from '../../contracts/dataset/dataset';
import { declarationOf } from '../../contracts/dataset/formats';
import { readsAbout } from '../../contracts/dataset/formats/source-name';
import { ObjectTooLarge } from '../../contracts/errors';
import type { BatchPlan, Plan, SourceObject } from '../../contracts/batch/plan';
import { validatedFingerprint } from './fingerprint';
import { referencesHash } from './references-hash';
import { settingsOfRules } from './used-settings';

/** Most batches of a run: the Map's output and the execution's history have to hold them (`docs/design.md` §2). */
export const MAX_BATCHES = 500;

/** Most objects of a batch. Each is a request of 20–50 ms, one after the other: 2,000 take about a minute, far less than a step's time-out. */
export const MAX_OBJECTS_PER_BATCH = 2_000;

/**
 * Most records of a batch: so many get through a step in time whatever is wrong with them. Measured on one core of a busy x86-64 machine
 * with lines of two bytes: 40 million that keep every rule take 15 s of processor time as CSV and 29 s as JSONL; of those that are set
 * aside one by one, 110,000 get through in a second, so that 40 million would take 360 s. 512 MiB have 268 million such lines.
 */
export const MAX_RECORDS_PER_BATCH = 40_000_000;

/**
 * Divides the objects of a partition into batches, in the order given: bounded by the estimated bytes after inflating and by the number
 * of objects, at most {@link MAX_BATCHES}. An object whose estimate is over the limit stands alone, and the step that inflates it finds
 * out. Where cautious estimates would need too many batches, batches grow as far as the likely ones still fit.
 * @param batchBytes most bytes that a batch may have after inflating
 * @param worksWith the run's settings and references, as its plan has them
 * @throws ObjectTooLarge naming the object that is too large as it is stored, or the partition that no 500 batches can hold
 */
export function planBatches(
  dataset: Dataset,
  objects: readonly SourceObject[],
  batchBytes: number,
  worksWith: WorksWith = { settings: null, references: [] },
): BatchPlan[] {
  const { format, compression } = dataset.source;
  const inflation = declarationOf(format).inflation[compression];
  if (inflation === undefined) throw new RangeError(`no estimate for ${format} with compression ${compression}`);
  for (const object of objects) refuseOversized(object, batchBytes);
  const groups = pack(objects, inflation, batchBytes);
  return groups.map((group, index) => ({
    index,
    objects: [...group],
    estimatedBytes: storedBytes(group) * inflation.cautious,
    fingerprint: batchFingerprint(dataset, worksWith, { objects: group, omit: null }),
    omit: null,
  }));
}

/** What a run's batches work with beside their objects. */
type WorksWith = Pick<Plan, 'settings' | 'references'>;

/** The fingerprint of a batch of a run, as every function that plans or does it has to find it. */
export function batchFingerprint(
  dataset: Dataset,
  { settings, references }: WorksWith,
  { objects, omit }: Pick<BatchPlan, 'objects' | 'omit'>,
): string {
  return validatedFingerprint({
    objects,
    modified: readsAbout(dataset, '$modified') ? objects.map(({ lastModified }) => lastModified) : null,
    validationHash: validationHash(dataset),
    runSettings: settingsOfRules(dataset, settings),
    references: referencesHash(references),
    omitSha256: omit?.sha256 ?? null,
  });
}

/** Hash of keys, ETags and sizes, whatever the order they were listed in; 32 hex digits. */
export function listingHash(objects: readonly SourceObject[]): string {
  const entries = objects.map(({ key, etag, size }) => [key, etag, size] as const);
  const text = canonicalJson(entries.toSorted(([a], [b]) => compareKeys(a, b)));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** The order in which S3 lists keys: by their UTF-8 bytes, which is not that of JavaScript's strings for characters beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function refuseOversized(object: SourceObject, batchBytes: number): void {
  if (object.size <= batchBytes) return;
  throw new ObjectTooLarge(
    `s3://${object.bucket}/${object.key} has ${object.size} bytes as it is stored, a batch may have ${batchBytes} after inflating`,
    { details: { object: object.key, bytes: object.size, limit: batchBytes } },
  );
}

function pack(
  objects: readonly SourceObject[],
  { likely, cautious }: { likely: number; cautious: number },
  batchBytes: number,
): SourceObject[][] {
  const largest = Math.floor((batchBytes * cautious) / likely);
  for (let limit = batchBytes; ; limit = Math.min(largest, Math.ceil(limit * 1.1))) {
    const groups = fill(objects, cautious, limit);
    if (groups.length <= MAX_BATCHES) return groups;
    if (limit >= largest) {
      const bytes = storedBytes(objects);
      throw new ObjectTooLarge(
        `the partition has ${objects.length} objects of ${bytes} bytes as they are stored: ${groups.length} batches of at most ${batchBytes} bytes after inflating, expected at most ${MAX_BATCHES}`,
        { details: { objects: objects.length, bytes, batches: groups.length, limit: MAX_BATCHES } },
      );
    }
  }
}

/** Next fit: neighbours stay together, so that one more object at the end leaves the batches before it as they were. */
function fill(objects: readonly SourceObject[], factor: number, limit: number): SourceObject[][] {
  const groups: SourceObject[][] = [];
  let room = 0;
  for (const object of objects) {
    const bytes = object.size * factor;
    const last = groups.at(-1);
    if (last !== undefined && bytes <= room && last.length < MAX_OBJECTS_PER_BATCH) {
      last.push(object);
      room -= bytes;
    } else {
      groups.push([object]);
      room = limit - bytes;
    }
  }
  return groups;
}

function storedBytes(objects: readonly SourceObject[]): number {
  return objects.reduce((sum, object) => sum + object.size, 0);
}
