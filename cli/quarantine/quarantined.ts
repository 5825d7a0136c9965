import { keys } from '../../core/contracts/keys';
import type { Output } from '../../core/contracts/batch/batch';
import type { RecordCounts } from '../../core/contracts/run/partition-record';
import type { EndingRef, PartitionRecord } from '../../core/contracts/run/partition-record';
import { checkResultSchema } from '../../core/contracts/run/steps';
import { readRecord } from '../../core/runtime/ledger/partition-record';
import type { Store } from '../../core/runtime/store/store';

/** Where a partition's quarantine comes from, and what is in it. */
export interface Quarantined {
  readonly record: PartitionRecord;
  readonly runId: string;
  readonly ending: EndingRef;
  readonly published: boolean;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly records: RecordCounts;
  readonly files: readonly Output[];
  /** Hash of the definition under which it was published; undefined where nothing is. */
  readonly definitionHash: string | undefined;
}

/**
 * What the partition's publication left in quarantine; where nothing is published, what its last run did. Undefined where no run has
 * come as far as to look at records.
 */
export async function quarantineOf(
  ledger: Store,
  dataset: string,
  partition: string,
): Promise<Quarantined | undefined> {
  const record = (await readRecord(ledger, { dataset, partition }))?.value;
  if (record === undefined) return undefined;
  const { publication, last } = record;
  if (publication !== null) {
    const { runId, ending, publishedAt, records, quarantineFiles, definitionHash } = publication;
    return { record, runId, ending, published: true, at: publishedAt, records, files: quarantineFiles, definitionHash };
  }
  if (last === null) return undefined;
  const check = (await ledger.getJson(keys.check(dataset, partition, last.runId), checkResultSchema))?.value;
  if (check === undefined) return undefined;
  const { records, quarantineFiles: files } = check;
  return {
    record,
    runId: last.runId,
    ending: last.ending,
    published: false,
    at: last.at,
    records,
    files,
    definitionHash: undefined,
  };
}
