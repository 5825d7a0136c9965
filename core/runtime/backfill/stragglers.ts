import type { BackfillManifest } from '../../contracts/backfill/backfill-manifest';
import { keys } from '../../contracts/keys';
import { childNameOf } from '../../domain/backfill/backfill-plan';
import { recordedEnding } from '../../domain/partition/protocol';
import { inParallel } from '../aws/parallel';
import { lookAtRecord, type PartitionRef } from '../ledger/partition-record';
import { addToOutbox, manifestRef } from '../delivery/outbox';
import type { Store } from '../store/store';

/** A little under the 50 connections that the S3 client keeps. */
const AT_A_TIME = 48;

/**
 * Enters in the outbox the messages of runs that ended between the summary and the manifest of their backfill: the summary saw them running, and they saw
 * no manifest, so either would have left the telling to the other. A run first seals and then looks for the manifest; this comes after
 * the manifest and looks at the seals, so that one of the two always sees the other.
 */
export async function enterStragglers(ledger: Store, manifest: BackfillManifest, now: Date): Promise<void> {
  const missing = Object.values(manifest.stillMissing).flat();
  await inParallel(missing, AT_A_TIME, async ({ dataset, partition, runId }) => {
    const child = childNameOf(manifest.backfillId, { dataset, partition });
    // Named, and so in the message. What is named instead may be an ending from before, e.g. that no run was started.
    if (runId === child) return;
    const manifestKey = keys.manifest(dataset, partition, child);
    if (await hasEnded(ledger, { dataset, partition }, child, manifestKey))
      await addToOutbox(ledger, manifestRef(manifestKey), now);
  });
}

async function hasEnded(ledger: Store, of: PartitionRef, runId: string, manifestKey: string): Promise<boolean> {
  const reading = await lookAtRecord(ledger, of);
  switch (reading.kind) {
    case 'found':
      return recordedEnding(reading.value, runId) !== undefined;
    case 'absent':
      return false;
    case 'unreadable':
      // Its seal can't be looked at; its manifest, which came after that, can.
      return (await ledger.head(manifestKey)) !== undefined;
  }
}
