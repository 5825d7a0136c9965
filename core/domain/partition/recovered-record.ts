import { MOST_NAMED_OBJECTS, namingFewer } from '../../contracts/batch/failed-objects';
import { endingOf } from '../../contracts/run/endings';
import type { Manifest } from '../../contracts/run/manifest';
import { EMPTY_RECORD, type PartitionRecord, type Publication } from '../../contracts/run/partition-record';

/**
 * A partition record put together anew after it could not be read. No run holds the partition then, and its fence is above that of every
 * claim there has been, so that no run from before can publish: what it would replace is not certain to be what it saw. Pure.
 */

/** From the newest version that can be read. `after`: unreadable versions that came later; each can have been one claim or seal at most. */
export function recordFromVersion(earlier: PartitionRecord, after: number, now: Date): PartitionRecord {
  return recovered({ ...earlier, holder: null }, earlier.fence + after + 1, now);
}

/** A manifest, and the key of its run's last plan. */
export interface OnRecord {
  readonly manifest: Manifest;
  readonly planKey: string;
}

/**
 * From the manifests of a partition: the last one that published something is the publication. A string: why that is impossible.
 * A fence grows by one at a time, so that none is anywhere near the seconds since 1970.
 */
export function recordFromManifests(onRecord: readonly OnRecord[], now: Date): PartitionRecord | string {
  const newestFirst = onRecord.toSorted((a, b) => (a.manifest.times.ended > b.manifest.times.ended ? -1 : 1));
  const [official, ...replaced] = newestFirst.filter(({ manifest }) => endingOf(manifest.reason.code).publishes);
  const publication = official === undefined ? null : publicationOf(official);
  if (typeof publication === 'string') return publication;
  const last = newestFirst.find(({ manifest }) => endingOf(manifest.reason.code).speaksFor === 'partition')?.manifest;
  const record: PartitionRecord = {
    ...EMPTY_RECORD,
    publication,
    superseded: replaced.map(({ manifest: { runId, status, reason, records } }) => {
      return { runId, ending: { status, code: reason.code }, records };
    }),
    last: last === undefined ? null : lastOf(last),
  };
  return recovered(record, Math.floor(now.getTime() / 1000), now);
}

function recovered(record: PartitionRecord, fence: number, now: Date): PartitionRecord {
  return { ...record, fence, recovered: { at: now.toISOString(), fence } };
}

function lastOf({ runId, status, reason, times }: Manifest): PartitionRecord['last'] {
  return { runId, ending: { status, code: reason.code }, at: times.ended };
}

function publicationOf({ manifest, planKey }: OnRecord): Publication | string {
  const { runId, source, definitionHash } = manifest;
  if (source === null || definitionHash === null)
    return `the manifest of run ${runId} doesn't say what was published from which source and definition`;
  const {
    executionArn,
    codeVersion,
    records,
    upstreams,
    failedBatches,
    failedObjects,
    rules,
    quality,
    status,
    reason,
  } = manifest;
  const known = (quality?.figures ?? []).flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]));
  return {
    runId,
    executionArn,
    ending: { status, code: reason.code },
    // Some seconds after it was published: nothing else on record knows when that was.
    publishedAt: manifest.times.ended,
    definitionHash,
    codeVersion,
    files: manifest.outputs,
    quarantineFiles: manifest.quarantine,
    records,
    source,
    upstreams,
    planKey,
    failedBatches,
    ...(failedObjects === undefined
      ? {}
      : { failedObjects: namingFewer(failedObjects, MOST_NAMED_OBJECTS.publication) }),
    rules: rules.map(({ name, broken }) => ({ name, broken })),
    figures: Object.fromEntries(known),
  };
}
