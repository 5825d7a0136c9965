import type { Database } from '../duckdb/database';
import { breaks, type Rule } from '../stage/rules';
import type { RuleTally } from '../stage/samples';
import { RN, STAGE } from '../stage/stage';
import { LATER } from '../stage/later-records';

/** Table of the numbers of a few records of the stage for each rule that only warns. */
export const WARNED = '_rollcall_warned';

const SAMPLES = 3;

/**
 * Counts the records that break rules which only warn, and picks a few of them to be shown: in SQL, because there may be as many as
 * there are records.
 * @returns whether there is any; then, and only then, there is the table
 */
export async function findWarned(
  database: Database,
  rules: readonly Rule[],
  unique: Rule,
  tally: RuleTally,
): Promise<boolean> {
  const warning = [
    ...rules.flatMap((rule, i) => (rule.warns ? [{ rule, condition: breaks(i) }] : [])),
    ...(unique.warns ? [{ rule: unique, condition: `${RN} IN (SELECT ${RN} FROM ${LATER})` }] : []),
  ];
  if (warning.length === 0) return false;
  const counts = warning.map(({ condition }, i) => `count(*) FILTER (WHERE ${condition}) AS n${i}`);
  const row = await database.row(`SELECT ${counts.join(', ')} FROM ${STAGE}`);
  const broken = warning
    .map((one, i) => ({ ...one, records: Number(row[`n${i}`]) }))
    .filter(({ records }) => records > 0);
  if (broken.length === 0) return false;
  await database.run(`CREATE TEMP TABLE ${WARNED} (${RN} BIGINT)`);
  for (const { rule, condition, records } of broken) {
    tally.count(rule, records);
    await database.run(
      `INSERT INTO ${WARNED} SELECT ${RN} FROM ${STAGE} WHERE ${condition} ORDER BY ${RN} LIMIT ${SAMPLES}`,
    );
  }
  return true;
}
