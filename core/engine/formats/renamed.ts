import type { Dataset } from '../../contracts/dataset/dataset';
import { SchemaMismatch } from '../../contracts/errors';
import { renderValue } from '../../contracts/problems';
import type { SourceObject } from '../../contracts/batch/plan';
import { listed } from '../../domain/text/lists';
import { naming } from '../bytes/land';
import type { Database } from '../duckdb/database';
import type { Members } from './format';

/** Names that are shown. */
const SHOWN = 20;

/** An object whose records are in the stage. */
interface WithMembers {
  readonly object: SourceObject;
  readonly members: Members;
}

/** Which columns no record of an object has. */
export type Absent = ReadonlyMap<Members, readonly string[]>;

/** Looks for columns that no record of an object has, in those objects whose staged records have no value of them. */
export async function absentFrom(objects: readonly WithMembers[]): Promise<Absent> {
  const absent = new Map<Members, readonly string[]>();
  for (const { members } of objects)
    absent.set(members, members.empty.length === 0 ? [] : await members.absent(members.empty));
  return absent;
}

/**
 * A column that no record of an object has, while its records have members that are not declared and that no object with the column has:
 * it was renamed, and is not merely left out where it is empty. One that may be absent (`optional`) is not asked about.
 * @throws SchemaMismatch naming the object, the column and those members
 */
export async function refuseRenamed(
  database: Database,
  { columns }: Pick<Dataset, 'columns'>,
  objects: readonly WithMembers[],
  absent: Absent,
): Promise<void> {
  for (const { object, members } of objects) {
    for (const column of absent.get(members) ?? []) {
      if (columns[column]?.optional === true) continue;
      const at = await members.whereItWouldBe(column);
      const having = objects.filter((other) => absent.get(other.members)?.includes(column) === false);
      const others = having.map((other) => ` EXCEPT ${other.members.undeclaredIn(at)}`).join('');
      const found = await database.rows(`SELECT name FROM (${members.undeclaredIn(at)}${others}) LIMIT ${SHOWN + 1}`);
      if (found.length > 0) await naming(object, () => Promise.reject(renamed(column, at, found)));
    }
  }
}

function renamed(column: string, at: readonly string[], found: readonly Record<string, unknown>[]): SchemaMismatch {
  const names = found.map(({ name }) => String(name)).sort();
  const place = at.length === 0 ? '' : ` in ${at.map(renderValue).join('.')}`;
  const [only = '', ...more] = names;
  const from = more.length === 0 ? renderValue(at.length === 0 ? only : [...at, only]) : '…';
  return new SchemaMismatch(
    `no record has ${renderValue(column)}, and not declared${place}: ${listed(names.map(renderValue), SHOWN)}; ` +
      `write from: ${from} if it was renamed, optional: true if it may be missing`,
    { details: { missing: [column], extra: names, doubled: [] } },
  );
}
