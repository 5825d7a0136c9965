import { join } from 'node:path';
import type { AbsentColumns } from '../../contracts/batch/batch';
import type { Dataset } from '../../contracts/dataset/dataset';
import { RecordsUnaccounted } from '../../contracts/errors';
import type { SourceObject } from '../../contracts/batch/plan';
import { MAX_RECORDS_PER_BATCH } from '../../domain/batch/plan-batches';
import { Budget } from '../bytes/budget';
import { aboutValues } from './about';
import { refuseAltered } from '../bytes/file-checksum';
import { naming } from '../bytes/land';
import type { StagedObject } from '../files/quarantine-files';
import { FORMATS } from '../formats';
import { sayingWhatArrived } from '../formats/arrived';
import type { Format, Landed, Members, Relation, Sifted } from '../formats/format';
import { absentFrom, refuseRenamed, type Absent } from '../formats/renamed';
import { isAccountedFor } from '../sql/definition-fault';
import type { Rule } from './rules';
import type { Stage } from './stage';
import { ENOUGH_REJECTED, Rejections } from './stopped';
import { uniqueRule } from './later-records';
import type { ValidateRequest } from '../validate';

interface LandedObject {
  readonly object: SourceObject;
  readonly landed: Landed;
}

async function landObjects(request: ValidateRequest, format: Format): Promise<LandedObject[]> {
  const { dataset, objects, reader, workDir, partition } = request;
  const budget = new Budget(request.batchBytes, request.batchRecords ?? MAX_RECORDS_PER_BATCH);
  const all: LandedObject[] = [];
  for (const [index, object] of objects.entries()) {
    const path = join(workDir, `object-${index}`);
    const landing = { dataset, object, partition, reader, path, budget };
    const landed = await naming(object, () => sayingWhatArrived(landing, (it) => format.land(it)));
    all.push({ object, landed });
  }
  return all;
}

/**
 * Stages the records of all objects.
 * @throws TooManyRejected as soon as it is certain that nothing can be published, and enough is known to say why
 */
export async function stageObjects(
  stage: Stage,
  request: ValidateRequest,
  rules: readonly Rule[],
): Promise<{ readonly staged: StagedObject[]; readonly absentColumns: AbsentColumns | null }> {
  const { dataset, workDir, show, mostRejected = () => Infinity, enoughRejected = ENOUGH_REJECTED } = request;
  const format = FORMATS[dataset.source.format];
  const all = await landObjects(request, format);
  const counted = all.reduce((sum, { landed }) => sum + landed.count.records, 0);
  const isExact = all.every(({ landed }) => landed.count.isExact);
  const limit = mostRejected(isExact ? counted : null);
  const rejections = new Rejections(stage.database, rules, limit, enoughRejected);
  const staged: StagedObject[] = [];
  const seen: { readonly object: SourceObject; readonly members: Members }[] = [];
  const lacking: (readonly string[])[] = [];
  let absent: Absent = new Map();
  let after = 0;
  for (const [i, { object, landed }] of all.entries()) {
    const { rows, sifted, stopped, relation } = await naming(object, () =>
      stageObject(stage, landed, after, rejections.left),
    );
    const about = (line: number | null) => aboutValues(dataset, { object, partition: request.partition }, line);
    const one = {
      object,
      landed,
      record: format.record,
      about,
      sifted,
      after,
      rows,
      misshapen: sifted?.misshapen ?? 0,
    };
    staged.push(one);
    after += rows;
    if (relation?.members !== undefined) seen.push({ object, members: relation.members });
    if (relation !== undefined && rows > 0) lacking.push(relation.absent ?? []);
    await rejections.take(one, stopped || i === all.length - 1);
    // Before it: a column that was renamed is why they are rejected.
    if (rejections.areTooMany || i === all.length - 1) {
      absent = await absentFrom(seen);
      await refuseRenamed(stage.database, dataset, seen, absent);
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
  const rows = await stage.add(relation, after);
  refuseAltered(sifted.path, sifted.crc32, 'the file of its sound records');
  if (rows !== sifted.records || !(await relation.check(after)))
    throw unaccounted(rows, `${sifted.records} as told apart one by one`);
  return relation;
}

function unaccounted(rows: number, expected: string): RecordsUnaccounted {
  return new RecordsUnaccounted(`the reader gave ${rows} records, expected ${expected}`);
}
