import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { endingOf } from '../../core/contracts/run/endings';
import { keys, runIdOf } from '../../core/contracts/keys';
import { manifestSchema, type Manifest } from '../../core/contracts/run/manifest';
import { planSchema } from '../../core/contracts/batch/plan';
import { datasetStateSchema } from '../../core/contracts/sweep/sweep-state';
import { referencesHash } from '../../core/domain/batch/references-hash';
import { inParallel } from '../../core/runtime/aws/parallel';
import { readRecord } from '../../core/runtime/ledger/partition-record';
import type { Store } from '../../core/runtime/store/store';
import { UsageError } from '../backfill/usage-error';
import { startExecution, whenThere } from '../start-execution';
import { quarantineOf, type Quarantined } from './quarantined';
import { joined } from '../../core/domain/text/lists';
import { number } from '../../core/domain/text/numbers';

/** A day may refer to the hours of several datasets. */
const READS_AT_A_TIME = 8;

export interface ReplayOptions {
  readonly ledger: Store;
  readonly sfn: SFNClient;
  /** ARN of PartitionRun. */
  readonly machine: string;
  /** Name of the execution. */
  readonly name: string;
  /** Also where the definition is the one under which the records were rejected. */
  readonly force: boolean;
  readonly say: (line: string) => void;
  /** Waits between two looks. */
  readonly pause: () => Promise<void>;
}

/**
 * Runs a partition once more under the deployed definition, on the source as it was published: what is in quarantine gets another chance,
 * and the new publication replaces the old one by one compare-and-swap. Starting it twice does it once: the second run finds a publication
 * that it was not started to replace.
 * @returns the process's exit code: 0 when the partition is published anew
 * @throws UsageError where there is nothing to replay
 */
export async function replay(options: ReplayOptions, dataset: string, partition: string): Promise<number> {
  const { ledger, sfn, machine, name, say, pause } = options;
  const before = await quarantineOf(ledger, dataset, partition);
  await refuseUseless(options, dataset, partition, before);
  const published = (before?.record.publication ?? null) !== null;
  const publications = published ? (before?.record.superseded.length ?? 0) + 1 : 0;
  const input = { dataset, partition, trigger: 'manual', ...(publications > 0 ? { replay: true, publications } : {}) };
  const executionArn = await startExecution(sfn, machine, input, name);
  say(`Started ${executionArn}`);
  let status = 'RUNNING';
  while (status === 'RUNNING') {
    await pause();
    ({ status = 'UNKNOWN' } = await sfn.send(new DescribeExecutionCommand({ executionArn })));
  }
  const key = keys.manifest(dataset, partition, runIdOf(name));
  const manifest = await whenThere(() => ledger.getJson(key, manifestSchema), pause);
  if (manifest === undefined) {
    say(`${status}; it has left no manifest yet: the sweep writes it within minutes.`);
    return 1;
  }
  say(outcome(dataset, partition, before, manifest));
  return endingOf(manifest.reason.code).publishes ? 0 : 1;
}

async function refuseUseless(
  { ledger, force }: ReplayOptions,
  dataset: string,
  partition: string,
  before: Quarantined | undefined,
): Promise<void> {
  const at = `${dataset} ${partition}`;
  if (before === undefined)
    throw new UsageError(
      `${at}: no run has looked at its records yet; start it as any other run, or by \`rollcall backfill start\``,
    );
  if (before.files.length === 0)
    throw new UsageError(`${at}: nothing is in quarantine, so there is nothing to run again`);
  if (force || before.definitionHash === undefined) return;
  const deployed = (await ledger.getJson(keys.dataset(dataset), datasetStateSchema))?.value;
  if (deployed?.definitionHash === before.definitionHash && !(await refersToOthers(ledger, before)))
    throw new UsageError(
      `${at}: the definition that is deployed is the one under which these records were rejected; fix the rule and deploy first, or give --force`,
    );
}

/** Whether what columns refer to has other files than those that the records were compared with. */
async function refersToOthers(ledger: Store, { record }: Quarantined): Promise<boolean> {
  if (record.publication === null) return false;
  const references = (await ledger.getJson(record.publication.planKey, planSchema))?.value.references ?? [];
  const now = await inParallel(references, READS_AT_A_TIME, async (reference) => {
    const files = (await readRecord(ledger, reference))?.value.publication?.files;
    return files === undefined ? reference : { ...reference, files };
  });
  return referencesHash(now) !== referencesHash(references);
}

function outcome(dataset: string, partition: string, before: Quarantined | undefined, after: Manifest): string {
  const { status, reason, records } = after;
  const was = before?.records.quarantined ?? 0;
  const head = `${dataset} ${partition}: ${status} (${reason.code}). ${reason.message}`;
  if (!endingOf(reason.code).publishes)
    return joined([head, reason.hint, 'What was published before, if anything, still is.'], '\n');
  return [
    head,
    `In quarantine: ${number(was)} before, ${number(records.quarantined)} now. ` +
      `Accepted: ${number(before?.records.accepted ?? 0)} before, ${number(records.accepted)} now.`,
  ].join('\n');
}
