import { SchemaMismatch } from '../../contracts/errors';
import { renderValue } from '../../contracts/problems';
import type { SourceObject } from '../../contracts/batch/plan';
import { listed } from '../../domain/text/lists';
import type { Database } from '../duckdb/database';
import type { Members } from './format';

/** Names that are shown. */
const SHOWN = 20;

/** An object whose records are in the stage. */
export interface WithMembers {
  readonly object: SourceObject;
  readonly members: Members;
}

/**
 * Objects of which a column was renamed, and is not merely left out where it is empty: no record of such an object has it, while its records
 * have members that are not declared and that no object with the column has. Each with an error that names the column and those members.
 * What is true of the others without them counts, so that it is the same whether they are there or not.
 */
export async function findRenamed(
  database: Database,
  objects: readonly WithMembers[],
): Promise<ReadonlyMap<SourceObject, SchemaMismatch>> {
  const found = new Map<SourceObject, SchemaMismatch>();
  const absent = new Map<Members, readonly string[]>();
  for (const { members } of objects)
    absent.set(members, members.empty.length === 0 ? [] : await members.absent(members.empty));
  for (let before = -1; before < found.size;) {
    before = found.size;
    const left = objects.filter(({ object }) => !found.has(object));
    for (const { object, members } of left) {
      const error = await renamedIn(database, members, left, absent);
      if (error !== undefined) found.set(object, error);
    }
  }
  return found;
}

/** The first column of an object that was renamed. */
async function renamedIn(
  database: Database,
  members: Members,
  objects: readonly WithMembers[],
  absent: ReadonlyMap<Members, readonly string[]>,
): Promise<SchemaMismatch | undefined> {
  for (const column of absent.get(members) ?? []) {
    const at = await members.whereItWouldBe(column);
    const having = objects.filter((other) => absent.get(other.members)?.includes(column) === false);
    const others = having.map((other) => ` EXCEPT ${other.members.undeclaredIn(at)}`).join('');
    const found = await database.rows(`SELECT name FROM (${members.undeclaredIn(at)}${others}) LIMIT ${SHOWN + 1}`);
    if (found.length > 0) return renamed(column, at, found);
  }
  return undefined;
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
