import { join } from 'node:path';
import { accountsForRead, type AbsentColumns, type BatchCounts, type RuleResult } from '../contracts/batch/batch';
import type { Dataset } from '../contracts/dataset/dataset';
import { errorNamed, InternalError, RecordsUnaccounted, RollcallError, StepTimedOut } from '../contracts/errors';
import type { SourceObject } from '../contracts/batch/plan';
import type { SettingValue } from '../contracts/run/run-settings';
import type { ShowValue } from '../domain/batch/sensitive';
import { kindOf } from './duckdb/briefly';
import { refuseOtherThanConditions } from './sql/check-sql';
import { Database, type Limits } from './duckdb/database';
import { isAccountedFor, maySayValues, tellOf } from './sql/definition-fault';
import { refuseAltered } from './bytes/file-checksum';
import { naming } from './bytes/land';
import type { ObjectReader } from './bytes/objects';
import { writeAccepted, writeUniqueKeys, type LocalFile } from './files/outputs';
import { Quarantine, type StagedObject } from './files/quarantine-files';
import { readBackLines, refuseAlteredStage, type WrittenLines } from './files/read-back';
import { createReferences, type References } from './stage/references';
import { createSettings } from './duckdb/settings-macro';
import { ruleNames, Stage } from './stage/stage';
import { asFailedObject, SetAside, type Unread } from './stage/set-aside';
import { stageObjects } from './stage/stage-objects';
import { findLaterRecords, UNIQUE_RULE, uniqueRule, type LeftOut, type OmitFile } from './stage/later-records';

export interface ValidateRequest {
  readonly dataset: Dataset;
  /** What `$partition` is. */
  readonly partition: string;
  /** In the order in which they are read. */
  readonly objects: readonly SourceObject[];
  readonly reader: ObjectReader;
  /** Most bytes that all objects together may inflate to. */
  readonly batchBytes: number;
  /** Most records that they may have together; MAX_RECORDS_PER_BATCH where it is not said. */
  readonly batchRecords?: number;
  /**
   * Given how many records they have together (null where that cannot be counted beforehand), how many may be rejected before it is certain
   * that nothing of the partition can be published; absent: that is never certain.
   */
  readonly mostRejected?: (records: number | null) => number;
  /** Rejected records that are enough to stop at; ENOUGH_REJECTED where it is not said. */
  readonly enoughRejected?: number;
  /** What `setting('<name>')` gives in the rules; empty where they read none. */
  readonly settings: readonly SettingValue[];
  /** What columns refer to; nothing where none does. */
  readonly references: References;
  /** Records to leave out because another batch has the one that is kept of their key; null for none. */
  readonly omit: OmitFile | null;
  /** Whether other batches have to be compared with this one. */
  readonly wantsUniqueKeys: boolean;
  /** An empty directory of this invocation's own. */
  readonly workDir: string;
  readonly limits: Limits;
  /** Most bytes of records that are staged in a table, and not in files; half of the buffer where it is not said. */
  readonly mostTableBytes?: number;
  /** How samples show a value of a column. */
  readonly show: ShowValue;
}

/** What came of a batch: files on this machine, and counts that add up. */
export interface Validated {
  readonly counts: BatchCounts;
  readonly rules: RuleResult[];
  /** Null where no column may be absent. */
  readonly absentColumns: AbsentColumns | null;
  readonly data: LocalFile | null;
  readonly quarantine: LocalFile | null;
  readonly uniqueKeys: LocalFile | null;
  /** Objects that could not be read, in their order: nothing of them is in the counts and files. */
  readonly unread: readonly Unread[];
}

/** Bytes of a MB of the buffer that records in a table may take: the rest is for what is done with them. */
const BUFFER_FOR_TABLE = 500_000;

/**
 * Checks the records of a batch: each is accepted, quarantined with the rules that it broke, a duplicate, or deleted; and the four together
 * are as many as were counted in the objects' bytes. An object that cannot be read is set aside as a whole, and the others are as if it
 * were not there.
 * @throws one of the errors of the contract, naming the object at fault; TooManyRejected where the rest was not worth reading, with what
 *   was found as `details.stopped`. Objects that were set aside until then are in `details.failedObjects`
 */
export async function validate(request: ValidateRequest): Promise<Validated> {
  const { dataset, workDir } = request;
  const rules = ruleNames(dataset);
  const aside = new SetAside(request.objects);
  const database = await Database.open(workDir, request.limits);
  try {
    await createSettings(database, request.settings);
    await refuseOtherThanConditions(database, dataset);
    await createReferences(database, dataset, request.references, workDir);
    const tell = tellOf(dataset, request.settings);
    const stage = await Stage.create(database, dataset, {
      workDir,
      mostTableBytes: request.mostTableBytes ?? request.limits.memoryMb * BUFFER_FOR_TABLE,
      tell,
    });
    const { staged, absentColumns } = await stageObjects(stage, request, rules, aside);
    const unique = uniqueRule(dataset);
    const found = await findLaterRecords(database, dataset, rules, request.omit, tell);
    // Duplicates that are only told are accepted, and none is set aside.
    const leftOut = unique.warns ? { ...found, duplicates: 0 } : found;
    const uniqueKeys = request.wantsUniqueKeys
      ? await writeUniqueKeys(database, dataset, rules, leftOut, join(workDir, 'keys.parquet'))
      : null;
    const path = join(workDir, 'quarantine.jsonl.gz');
    const quarantine = new Quarantine(database, rules, unique, path, request.show);
    let quarantined: (LocalFile & WrittenLines) | null;
    try {
      for (const object of staged) await quarantine.add(object);
    } finally {
      quarantined = quarantine.close();
    }
    if (quarantined !== null) await readBackLines(quarantined.path, quarantined);
    // Last: if its records are those that were staged, nothing has touched the stage while the other files were made from it.
    const data = await writeAccepted(database, dataset, rules, leftOut, join(workDir, 'data.parquet'));
    await refuseAlteredStage(
      database,
      dataset,
      rules,
      staged.reduce((sum, { rows }) => sum + rows, 0),
      found.duplicates + found.deleted,
    );
    for (const { object, landed } of staged)
      await naming(object, async () => refuseAltered(landed.path, landed.crc32, 'the object'));
    const rulesBroken = quarantine.tally.all();
    const setAside = unique.warns ? 0 : (rulesBroken.find(({ name }) => name === UNIQUE_RULE)?.broken ?? 0);
    const counts = conserve(staged, data, quarantined, leftOut, setAside);
    const unread = aside.all();
    return { counts, rules: rulesBroken, absentColumns, data, quarantine: quarantined, uniqueKeys, unread };
  } catch (error) {
    throw withUnread(toldError(error, request), aside.all());
  } finally {
    database.close();
  }
}

function toldError(error: unknown, { dataset, settings }: ValidateRequest): unknown {
  if (error instanceof StepTimedOut) return new StepTimedOut(`checking records of ${dataset.name}: ${error.message}`);
  if (isAccountedFor(error) || maySayValues(dataset, settings)) return error;
  return new InternalError(`the batch could not be validated: ${kindOf(error)}`);
}

/** An error with the objects that were set aside before it. */
function withUnread(error: unknown, unread: readonly Unread[]): unknown {
  if (!(error instanceof RollcallError) || unread.length === 0) return error;
  const details = { ...error.details, failedObjects: unread.map(asFailedObject) };
  return errorNamed(error.name, error.message, { details, cause: error.cause });
}

function conserve(
  staged: readonly StagedObject[],
  data: LocalFile | null,
  quarantine: LocalFile | null,
  { duplicates, deleted }: LeftOut,
  setAside: number,
): BatchCounts {
  const read = staged.reduce((sum, { rows, misshapen }) => sum + rows + misshapen, 0);
  const accepted = data?.records ?? 0;
  const quarantined = (quarantine?.records ?? 0) - duplicates;
  const counts: BatchCounts = {
    read,
    accepted,
    quarantined,
    duplicates,
    ...(deleted === 0 ? {} : { deleted }),
    dropped: 0,
    added: 0,
    published: accepted,
  };
  if (quarantined < 0 || !accountsForRead(counts)) {
    throw new RecordsUnaccounted(
      `read ${read} records, but accepted ${accepted}, quarantined ${quarantined} and counted ${duplicates} duplicates and ${deleted} deleted`,
      { details: { read, accepted, quarantined, duplicates, deleted } },
    );
  }
  // A duplicate that was accepted after all, and another record quarantined in its place, would add up too.
  if (setAside !== duplicates)
    throw new RecordsUnaccounted(`found ${duplicates} duplicates, but set ${setAside} aside`);
  return counts;
}
