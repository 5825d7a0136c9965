import { join } from 'node:path';
import type { AbsentColumns } from '../../contracts/batch/batch';
import type { Dataset } from '../../contracts/dataset/dataset';
import { RecordsUnaccounted, type RollcallError } from '../../contracts/errors';
import type { SourceObject } from '../../contracts/batch/plan';
import { encodingOf } from '../../contracts/dataset/formats/encoding';
import { MAX_RECORDS_PER_BATCH } from '../../domain/batch/plan-batches';
import { Budget } from '../bytes/budget';
import { aboutValues } from './about-record';
import { refuseAltered } from '../bytes/file-checksum';
import { named, naming } from '../bytes/land';
import { inItsEncoding } from '../encodings/originals';
import type { StagedObject } from '../files/quarantine-files';
import { FORMATS } from '../formats';
import { Arriving, sayingWhatArrived } from '../formats/arrived';
import type { Format, Landed, Relation, Sifted } from '../formats/format';
import { absentFrom, findRenamed, type Absent, type WithMembers } from '../formats/renamed';
import { isAccountedFor } from '../sql/definition-fault';
import type { Rule } from './rules';
import { isObjectFault, type SetAside } from './set-aside';
import type { Stage } from './stage';
import { ENOUGH_REJECTED, Rejections } from './stopped';
import { uniqueRule } from './later-records';
import type { ValidateRequest } from '../validate';

interface LandedObject {
  readonly object: SourceObject;
  readonly landed: Landed;
  readonly arriving: Arriving;
  /** What was landed of it, and what begins so. */
  readonly path: string;
}

/** What the objects of a batch are staged with. */
interface Staging {
  readonly stage: Stage;
  readonly request: ValidateRequest;
  readonly rules: readonly Rule[];
  readonly format: Format;
  readonly budget: Budget;
  readonly aside: SetAside;
}

/** Lands all objects; those that are none of the format, as far as is seen then, are set aside. */
async function landObjects({ request, format, budget, aside }: Staging): Promise<LandedObject[]> {
  const { dataset, objects, reader, workDir, partition } = request;
  const all: LandedObject[] = [];
  for (const [index, object] of objects.entries()) {
    const path = join(workDir, `object-${index}`);
    const arriving = new Arriving({ dataset, object, partition, reader, path, budget });
    try {
      const landed = await naming(object, () => sayingWhatArrived(arriving, (landing) => format.land(landing)));
      all.push({ object, landed: inItsEncoding(landed, encodingOf(dataset.source)), arriving, path });
    } catch (error) {
      if (!isObjectFault(error)) throw error;
      budget.giveBack(object);
      await aside.add({ object, error, found: arriving.describe().what }, path);
    }
  }
  return all;
}

/** Objects whose records are in the stage. */
interface StagedObjects {
  readonly staged: StagedObject[];
  readonly absentColumns: AbsentColumns | null;
}

/**
 * Stages the records of all objects. Those that cannot be read are set aside, and none of their records is in the stage.
 * @param aside takes them
 * @throws TooManyRejected as soon as it is certain that nothing can be published, and enough is known to say why
 */
export async function stageObjects(
  stage: Stage,
  request: ValidateRequest,
  rules: readonly Rule[],
  aside: SetAside,
): Promise<StagedObjects> {
  const format = FORMATS[request.dataset.source.format];
  const budget = new Budget(request.batchBytes, request.batchRecords ?? MAX_RECORDS_PER_BATCH);
  const staging = { stage, request, rules, format, budget, aside };
  const landed = await landObjects(staging);
  for (;;) {
    const staged = await stageLanded(
      staging,
      landed.filter(({ object }) => !aside.has(object)),
    );
    if (staged !== null) return staged;
    await stage.clear();
  }
}

/**
 * Stages the records of landed objects.
 * @returns null where some were set aside whose records are in the stage: then it has to begin anew without them
 */
async function stageLanded(staging: Staging, all: readonly LandedObject[]): Promise<StagedObjects | null> {
  const { stage, request, rules, format } = staging;
  const { dataset, workDir, show, mostRejected = () => Infinity, enoughRejected = ENOUGH_REJECTED } = request;
  const counted = all.reduce((sum, { landed }) => sum + landed.count.records, 0);
  const isExact = all.every(({ landed }) => landed.count.isExact);
  const limit = mostRejected(isExact ? counted : null);
  const rejections = new Rejections(stage.database, rules, limit, enoughRejected);
  const staged: StagedObject[] = [];
  const seen: WithMembers[] = [];
  const lacking: (readonly string[])[] = [];
  let absent: Absent = new Map();
  let after = 0;
  for (const [i, one] of all.entries()) {
    const { object, landed } = one;
    const isLast = i === all.length - 1;
    const result = await stageOrSetAside(staging, one, after, rejections.left);
    const { rows, sifted, stopped, relation } = result ?? NOTHING_STAGED;
    const misshapen = sifted?.misshapen ?? 0;
    const about = (line: number | null) => aboutValues(dataset, { object, partition: request.partition }, line);
    if (result !== null) staged.push({ object, landed, record: format.record, about, sifted, after, rows, misshapen });
    await rejections.take({ after, rows, misshapen }, stopped || isLast);
    after += rows;
    if (relation?.members !== undefined) seen.push({ object, members: relation.members });
    if (relation !== undefined && rows > 0) lacking.push(relation.absent ?? []);
    // Before it is refused: a column that was renamed is why they are rejected.
    if (rejections.areTooMany || isLast) {
      absent = await absentFrom(seen);
      const renamed = await findRenamed(stage.database, dataset, seen, absent);
      for (const other of all) {
        const error = renamed.get(other.object);
        if (error !== undefined) await setAside(staging, other, named(other.object, error));
      }
      if (renamed.size > 0) return null;
    }
    if (rejections.areTooMany)
      throw await rejections.error(staged, counted, {
        unique: uniqueRule(dataset),
        path: join(workDir, 'shown.jsonl.gz'),
        show,
      });
  }
  return { staged, absentColumns: countAbsent(dataset, lacking, absent) };
}

/**
 * In how many objects columns were absent that may be.
 * @param lacking for each object with records, columns that it says it lacks
 * @param absent what was found in those whose records may leave members out
 */
function countAbsent(
  { columns }: Pick<Dataset, 'columns'>,
  lacking: readonly (readonly string[])[],
  absent: Absent,
): AbsentColumns | null {
  const may = Object.entries(columns).filter(([, { optional, nullable }]) => optional ?? (absent.size > 0 && nullable));
  if (may.length === 0) return null;
  const lists = [...lacking, ...absent.values()];
  const counts = may.map(([name]) => [name, lists.filter((list) => list.includes(name)).length] as const);
  return { of: lacking.length, columns: Object.fromEntries(counts.filter(([, objects]) => objects > 0)) };
}

/** Stages an object; null where it is seen now that it cannot be read: then nothing of it is in the stage. */
async function stageOrSetAside(
  staging: Staging,
  one: LandedObject,
  after: number,
  mostMisshapen: number,
): Promise<Staged | null> {
  const { stage } = staging;
  try {
    return await naming(one.object, () => stageObject(stage, one.landed, after, mostMisshapen));
  } catch (error) {
    if (!isObjectFault(error)) throw error;
    await stage.undo(after);
    await setAside(staging, one, error);
    return null;
  }
}

/** Sets an object aside that was landed. */
async function setAside({ aside, budget }: Staging, one: LandedObject, error: RollcallError): Promise<void> {
  budget.giveBack(one.object);
  await aside.add({ object: one.object, error, found: one.arriving.describe().what }, one.path);
}

/** How the records of an object got into the stage. */
interface Staged {
  /** Records in the stage. */
  readonly rows: number;
  /** What came of telling them apart; null where the reader took the object as it is. */
  readonly sifted: Sifted | null;
  /** Whether it was not read to its end, for too much of it is no record; then none of the others is in the stage. */
  readonly stopped: boolean;
  /** Undefined where it was stopped. */
  readonly relation: Relation | undefined;
}

const NOTHING_STAGED: Staged = { rows: 0, sifted: null, stopped: false, relation: undefined };

/**
 * Has the reader read an object. Where it stumbles, or gives another number of records than were counted, they are told apart without it:
 * what is no record is set aside, and the reader gets the others. So nothing is ever skipped unseen.
 */
async function stageObject(stage: Stage, landed: Landed, after: number, mostMisshapen: number): Promise<Staged> {
  const { count, split } = landed;
  const whole = landed.readsWhole ? await stageWhole(stage, landed, after) : undefined;
  if (whole !== undefined && 'relation' in whole)
    return { rows: count.records, sifted: null, stopped: false, relation: whole.relation };
  if (split === null) throw whole?.problem;
  const sifted = await split(mostMisshapen);
  const { records, misshapen } = sifted;
  if (misshapen > mostMisshapen) return { rows: 0, sifted, stopped: true, relation: undefined };
  const relation = await stageSifted(stage, landed, sifted, after);
  if (count.isExact && records + misshapen !== count.records)
    throw unaccounted(records + misshapen, `${count.records} as ${count.by}`);
  return { rows: records, sifted, stopped: false, relation };
}

/**
 * Stages an object as it is.
 * @returns the relation; or what keeps it from being read so, where its records are at fault: then none is in the stage
 */
async function stageWhole(
  stage: Stage,
  landed: Landed,
  after: number,
): Promise<{ readonly relation: Relation } | { readonly problem: unknown }> {
  const { records, by } = landed.count;
  const relation = await landed.relation(stage.database, null);
  let rows: number;
  try {
    rows = await stage.add(relation, after);
  } catch (error) {
    if (isAccountedFor(error)) throw error;
    const blamed = relation.blame(error);
    if (blamed !== 'records') throw blamed.error;
    return { problem: error };
  }
  if (rows === records && (await relation.check(after))) return { relation };
  await stage.undo(after);
  return { problem: unaccounted(rows, `${records} as ${by}`) };
}

/** Stages the records of an object that were told apart. */
async function stageSifted(stage: Stage, landed: Landed, sifted: Sifted, after: number): Promise<Relation> {
  const relation = await landed.relation(stage.database, sifted);
  const altered = () => refuseAltered(sifted.path, sifted.crc32, 'the file of its sound records');
  let rows: number;
  try {
    rows = await stage.add(relation, after);
  } catch (error) {
    // What the reader says of a file that is not the one that was written says nothing about the object.
    if (!isAccountedFor(error)) altered();
    throw error;
  }
  altered();
  if (rows !== sifted.records || !(await relation.check(after)))
    throw unaccounted(rows, `${sifted.records} as told apart one by one`);
  return relation;
}

function unaccounted(rows: number, expected: string): RecordsUnaccounted {
  return new RecordsUnaccounted(`the reader gave ${rows} records, expected ${expected}`);
}
