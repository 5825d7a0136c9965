import { definitionHash, type Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { unlistedMessageId } from '../../core/contracts/message-ids';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import type { DatasetState } from '../../core/contracts/sweep/sweep-state';
import { unlistedSchema, type Unlisted } from '../../core/contracts/sweep/unlisted';
import { becauseOf, formerOf, missingAs, takenOff } from '../../core/domain/sweep/taken-off';
import { addToOutbox, hasReceipt } from '../../core/runtime/delivery/outbox';
import { inParallel } from '../../core/runtime/aws/parallel';
import { putOnce } from '../../core/runtime/store/once';
import type { PartitionRef } from '../../core/runtime/ledger/partition-record';
import { valueOrNone } from '../../core/runtime/store/reading';
import type { SweepContext } from './sweep-context';
import { readOrRecover } from './unreadable-state';

const AT_A_TIME = 16;

/**
 * Notes in the outbox which missing partitions a new definition takes off the list: list → pointer, and only then may the caller remember
 * the new definition. Killed before that, the next sweep finds the same list under the same id; posted in between, it finds the receipt.
 * @param next the deployed definition; undefined where the dataset is not deployed any more
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function noteUnlisted(
  context: SweepContext,
  before: DatasetState,
  next: Dataset | undefined,
): Promise<void> {
  const { ledger, logger, at } = context;
  const hash = next === undefined ? null : definitionHash(next);
  if (before.undeployedSince !== null || before.definitionHash === hash) return;
  const { dataset } = before;
  const former = formerOf(before.definition);
  if (former === undefined) {
    logger.error('sweep: what a dataset expected before its definition changed cannot be read', { dataset });
    return;
  }
  const candidates = takenOff(former, next, at);
  if (candidates.length === 0) return;
  const messageId = unlistedMessageId(dataset, new Date(before.definitionSince ?? before.watchedSince), hash);
  if (await hasReceipt(ledger, messageId)) return;
  const missing = await inParallel(candidates, AT_A_TIME, async (partition) =>
    missingAs(former, partition, await recordOf(context, { dataset, partition }), at),
  );
  const partitions = missing.filter((one) => one !== undefined);
  if (partitions.length === 0) return;
  const { owner, notify } = former;
  const list: Unlisted = {
    schemaVersion: 1,
    dataset,
    owner,
    channel: notify.channel,
    at: at.toISOString(),
    because: becauseOf(former, next),
    partitions,
  };
  const key = keys.unlisted(messageId);
  await putOnce(ledger, key, list, unlistedSchema);
  await addToOutbox(ledger, { kind: 'unlisted', messageId, manifestKey: key }, at);
  logger.warn('sweep: missing partitions are not expected any more', { dataset, missing: partitions.length, key });
}

/** An unreadable record must not keep the others from being named. */
async function recordOf(context: SweepContext, of: PartitionRef): Promise<PartitionRecord | 'unreadable' | undefined> {
  const found = await readOrRecover(context, of);
  return found === undefined ? 'unreadable' : valueOrNone(found);
}
