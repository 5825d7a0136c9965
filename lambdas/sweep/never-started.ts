import type { Dataset } from '../../core/contracts/dataset/dataset';
import { definitionHash } from '../../core/contracts/dataset/dataset';
import { endingOf } from '../../core/contracts/run/endings';
import { keys, NEVER_STARTED_RUN_ID } from '../../core/contracts/keys';
import { nothingDone, reasonOf, type Manifest } from '../../core/contracts/run/manifest';
import { availableAt, deadlineOf } from '../../core/domain/partition/calendar';
import { addToOutbox, hasReceipt, manifestRef } from '../../core/runtime/delivery/outbox';
import { seal } from '../../core/runtime/ledger/partition-record';
import { writeOnce } from '../../core/runtime/recording/manifest-file';
import { decideTellingOf, hasMessage } from '../../core/runtime/recording/telling-of-ending';
import type { SweepContext } from './sweep-context';

const { status } = endingOf('NEVER_STARTED');

/**
 * Puts on record that a partition had no run before its deadline: seal → outbox pointer → manifest, as for every ending; killed
 * anywhere, the next sweep completes it. False when a run was faster and has the partition now.
 */
export async function recordNeverStarted(
  context: SweepContext,
  definition: Dataset,
  partition: string,
): Promise<boolean> {
  const { ledger, at } = context;
  const { record } = await seal(
    ledger,
    { dataset: definition.name, partition },
    { runId: NEVER_STARTED_RUN_ID, ending: { status, code: 'NEVER_STARTED' }, at, speaksForPartition: true },
  );
  if (record.last?.runId !== NEVER_STARTED_RUN_ID) return false;
  const manifestKey = keys.manifest(definition.name, partition, NEVER_STARTED_RUN_ID);
  const composed = manifestOf(context, definition, partition, record.last.at);
  const subject = {
    of: { dataset: definition.name, partition },
    definition,
    notify: definition.notify,
    runId: NEVER_STARTED_RUN_ID,
    expected: true,
    backfillId: null,
  };
  const telling = await decideTellingOf(context, subject, { manifest: composed, record }, at);
  const told = await hasMessage(ledger, subject, telling);
  const ref = manifestRef(manifestKey);
  if (told && !(await hasReceipt(ledger, ref.messageId))) await addToOutbox(ledger, ref, at);
  await writeOnce(ledger, manifestKey, { ...composed, telling });
  return true;
}

function manifestOf({ codeVersion }: SweepContext, definition: Dataset, partition: string, at: string): Manifest {
  const available = availableAt(definition, partition).toISOString();
  const deadline = deadlineOf(definition, partition).toISOString();
  const detail = `It was to start at ${available}; the deadline was ${deadline}.`;
  return {
    schemaVersion: 1,
    kind: 'run',
    dataset: definition.name,
    partition,
    runId: NEVER_STARTED_RUN_ID,
    // There is no execution.
    executionArn: '',
    trigger: 'sweep',
    backfillId: null,
    owner: definition.owner,
    status,
    reason: reasonOf('NEVER_STARTED', detail),
    ...nothingDone(),
    cost: { transitions: 0, lambdaGbSeconds: 0, requests: 0, usd: 0 },
    definitionHash: definitionHash(definition),
    codeVersion,
    times: { scheduled: null, started: at, ended: at },
    problems: [],
    minimal: false,
  };
}
