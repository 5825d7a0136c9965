import type { BatchCounts, RuleResult, Stopped } from '../../contracts/batch/batch';
import { TooManyRejected } from '../../contracts/errors';
import type { ShowValue } from '../../domain/batch/sensitive';
import type { Database } from '../duckdb/database';
import { Quarantine, type StagedObject } from '../files/quarantine-files';
import { breaks, isSound, SHAPE_RULE, type Rule } from './rules';
import { MAX_SAMPLES } from './samples';
import { RN, STAGE } from './stage';
import { createLater } from './later-records';

/**
 * Rejected records after which the rest is not looked at any more, where it is certain that nothing of the partition can be published:
 * so many are evidence enough, and with fewer everything is kept as it always is.
 */
export const ENOUGH_REJECTED = 100_000;

/** Table of the numbers of the records that are shown. */
const PICKED = '_rollcall_picked';

/** Counts the rejected records of a batch while its objects are staged. */
export class Rejections {
  private rejected = 0;
  /** Records up to which the stage was looked at. */
  private counted = 0;

  /** @param limit most that may be rejected; Infinity where that cannot be said yet */
  constructor(
    private readonly database: Database,
    private readonly rules: readonly Rule[],
    private readonly limit: number,
    private readonly enough: number,
  ) {}

  /** How many more lines that are no record would be too many. */
  get left(): number {
    return Math.max(this.limit, this.enough) - this.rejected;
  }

  /** Takes an object in. Of records that are staged it asks now and then only. */
  async take(
    { after, rows, misshapen }: Pick<StagedObject, 'after' | 'rows' | 'misshapen'>,
    isLast: boolean,
  ): Promise<void> {
    if (this.limit === Infinity) return;
    this.rejected += misshapen;
    const staged = after + rows;
    if (!isLast && staged - this.counted < this.enough) return;
    this.rejected += await this.database.count(
      `SELECT count(*) FROM ${STAGE} WHERE ${RN} > ${this.counted} AND NOT (${isSound(this.rules)})`,
    );
    this.counted = staged;
  }

  /** Whether it is certain that too many are rejected, and enough to show them. */
  get areTooMany(): boolean {
    return this.left < 0;
  }

  /** What is left behind of a batch that is not read any further. */
  async error(
    staged: readonly StagedObject[],
    of: number,
    { unique, path, show }: { readonly unique: Rule; readonly path: string; readonly show: ShowValue },
  ): Promise<TooManyRejected> {
    const read = staged.reduce((sum, { rows, misshapen }) => sum + rows + misshapen, 0);
    const rules = await evidence(this.database, this.rules, unique, staged, path, show);
    const { rejected } = this;
    const accepted = read - rejected;
    const records: BatchCounts = {
      read,
      accepted,
      quarantined: rejected,
      duplicates: 0,
      dropped: 0,
      added: 0,
      published: accepted,
    };
    const where =
      read < of
        ? `reading stopped after ${read} of ${of} records, of which ${rejected}`
        : `${rejected} of ${read} records`;
    const stopped: Stopped = { of, records, rules };
    return new TooManyRejected(`${where} were rejected, at most ${Math.floor(this.limit)} may be`, {
      details: { stopped },
    });
  }
}

/** How often each rule was broken so far, and by which records, for example. */
async function evidence(
  database: Database,
  rules: readonly Rule[],
  unique: Rule,
  staged: readonly StagedObject[],
  path: string,
  show: ShowValue,
): Promise<RuleResult[]> {
  const counts = rules.map((_, i) => `count(*) FILTER (WHERE ${breaks(i)}) AS n${i}`);
  const row = await database.row(`SELECT ${counts.join(', ')} FROM ${STAGE}`);
  await createLater(database);
  await database.run(`CREATE TEMP TABLE ${PICKED} (${RN} BIGINT)`);
  for (const [i] of rules.entries())
    if (Number(row[`n${i}`]) > 0)
      await database.run(
        `INSERT INTO ${PICKED} SELECT ${RN} FROM ${STAGE} WHERE ${breaks(i)} ORDER BY ${RN} LIMIT ${MAX_SAMPLES}`,
      );
  const quarantine = new Quarantine(database, rules, unique, path, show, PICKED);
  try {
    for (const object of staged) await quarantine.add(object);
  } finally {
    quarantine.close();
  }
  const samples = new Map(quarantine.tally.all().map((rule) => [rule.name, rule.samples]));
  const misshapen = staged.reduce((sum, object) => sum + object.misshapen, 0);
  return rules
    .map(({ name }, i) => ({
      name,
      broken: Number(row[`n${i}`]) + (name === SHAPE_RULE ? misshapen : 0),
      samples: samples.get(name) ?? [],
    }))
    .filter(({ broken }) => broken > 0)
    .sort((a, b) => b.broken - a.broken || (a.name < b.name ? -1 : 1));
}
