import type { Column } from '../../contracts/dataset/column';
import { InvalidDataset, type Dataset } from '../../contracts/dataset/dataset';
import { uniqueOf } from '../../contracts/dataset/unique';
import { declaredSettings } from '../../contracts/dataset/dependency';
import { DefinitionFault } from '../../contracts/errors';
import { describeProblem } from '../../contracts/problems';
import { briefly } from '../duckdb/briefly';
import { CONDITION, linePatternProblem, patternProblem, ruleProblem } from './check-rule';
import { batchProblem, createRecords, dropRecords, SELECT, transformProblem } from './check-transform';
import { Database, type Limits } from '../duckdb/database';
import { FigureTally } from '../files/figures';
import { createReferences } from '../stage/references';
import { createSettings } from '../duckdb/settings-macro';
import { identifier } from '../duckdb/sql';
import { stagedSql } from '../stage/stage';
import { sqlType } from '../stage/typed-text';

/**
 * Whether all SQL of some definitions is what it should be, asked of DuckDB itself: every pattern compiles, every row rule and `unique.deleted` is
 * one condition over the columns, the transform is one SELECT over `records` whose columns the output format can write and which looks at each record by
 * itself (or says `perBatch`), everything gives the same each time, and what the engine makes of columns, rules and expectations binds.
 * No record is read, and nothing of it runs. One database serves all datasets.
 * @throws InvalidDataset naming each dataset, field, its value and what was expected
 */
export async function checkSql(datasets: readonly Dataset[], workDir: string, limits: Limits): Promise<void> {
  const database = await Database.open(workDir, limits);
  try {
    const problems: string[] = [];
    for (const dataset of datasets) {
      const own = await problemsOf(database, dataset, workDir);
      if (own.length > 0) problems.push(`dataset ${dataset.name}: ${own.join('; ')}`);
    }
    if (problems.length > 0) throw new InvalidDataset(problems.join('\n'));
  } finally {
    database.close();
  }
}

async function problemsOf(database: Database, dataset: Dataset, workDir: string): Promise<string[]> {
  // Tables, views and macros are the session's own.
  const session = await database.session();
  try {
    const problems: string[] = [];
    const say = (field: string, value: unknown, expected: string, problem: string | null) => {
      if (problem !== null) problems.push(describeProblem({ field, value, expected: `${expected} (${problem})` }));
    };
    await createRecords(session, recordColumns(dataset.columns));
    await createSettings(
      session,
      declaredSettings(dataset).map((setting) => ({ ...setting, value: null })),
    );
    for (const [name, column] of Object.entries(dataset.columns)) {
      if (column.type !== 'string' || column.pattern === undefined) continue;
      const { pattern } = column;
      say(`columns.${name}.pattern`, pattern, 'an RE2 pattern', await patternProblem(session, pattern));
    }
    const line = dataset.source.text?.pattern;
    if (line !== undefined) say('source.text.pattern', line, 'an RE2 pattern', await linePatternProblem(session, line));
    for (const [i, { sql }] of dataset.rowRules.entries())
      say(`rowRules.${i}.sql`, sql, CONDITION, await ruleProblem(session, sql));
    const deleted = uniqueOf(dataset)?.deleted ?? null;
    if (deleted !== null) say('unique.deleted', deleted, CONDITION, await ruleProblem(session, deleted));
    const { sql, perBatch = false } = dataset.transform ?? {};
    if (sql !== undefined) {
      say('transform.sql', sql, SELECT, await transformProblem(session, sql, dataset.output.format));
      const others = perBatch ? null : await batchProblem(session, sql);
      if (others !== null)
        say(
          'transform.sql',
          sql,
          'one that looks at each record by itself, or transform.perBatch: true where the records of one batch are meant',
          `${others}: a partition may have several batches, and a transform sees one at a time`,
        );
    }
    // What is wrong by itself would only be said again.
    if (problems.length === 0) await sayOfWhole(session, dataset, workDir, say);
    return problems;
  } finally {
    session.close();
  }
}

type Say = (field: string, value: unknown, expected: string, problem: string | null) => void;

/** Whether what is run in the end binds: the statement that stages records, and those that measure expectations. */
async function sayOfWhole(session: Database, dataset: Dataset, workDir: string, say: Say): Promise<void> {
  const binding = async (work: () => Promise<unknown>): Promise<string | null> => {
    try {
      await work();
      return null;
    } catch (error) {
      return briefly(error);
    }
  };
  const none = { of: [], land: () => Promise.reject(new Error('nothing is read')) };
  await createReferences(session, dataset, none, workDir);
  const columns = Object.entries(dataset.columns).map(([name, column], i) => ({
    name,
    column,
    source: `_rollcall_c${i}`,
    typed: `CAST(NULL AS ${sqlType(column)})`,
  }));
  const empty = {
    from: `SELECT 0 AS _rollcall_rn, ${columns.map(({ source }) => `NULL::VARCHAR AS ${source}`).join(', ')} LIMIT 0`,
    columns,
    conditions: { misshapen: null, extraKeys: null },
    bytes: 0,
  };
  const staged = await binding(() => session.rows(`EXPLAIN ${stagedSql(dataset, empty, 0)}`));
  say('columns and rowRules', dataset.name, 'rules that fit together', staged);
  for (const [i, expectation] of dataset.expectations.entries()) {
    if (expectation.kind === 'rows') continue;
    const problem = await binding(async () => {
      const tally = await FigureTally.create(session, dataset, [expectation]);
      await tally.addFrom('records');
      await tally.measure(0, new Date(0));
      await tally.drop();
    });
    say(`expectations.${i}`, expectation, 'one that its column can have', problem);
  }
}

/** SQL for the columns of accepted records. */
export function recordColumns(columns: Readonly<Record<string, Column>>): string[] {
  return Object.entries(columns).map(([name, column]) => `${identifier(name)} ${sqlType(column)}`);
}

/**
 * Makes sure that a definition's row rules and `unique.deleted` are conditions before they become part of a statement. Synth has asked the same; this is for
 * what did not come by it.
 * @throws DefinitionFault naming the rule
 */
export async function refuseOtherThanConditions(database: Database, dataset: Dataset): Promise<void> {
  const deleted = uniqueOf(dataset)?.deleted ?? null;
  if (dataset.rowRules.length === 0 && deleted === null) return;
  await createRecords(database, recordColumns(dataset.columns));
  for (const { name, sql } of dataset.rowRules)
    refuse(`the rule ${name} of ${dataset.name}`, sql, CONDITION, await ruleProblem(database, sql));
  if (deleted !== null)
    refuse(`unique.deleted of ${dataset.name}`, deleted, CONDITION, await ruleProblem(database, deleted));
  await dropRecords(database);
}

/**
 * The same for `transform.sql`.
 * @throws DefinitionFault
 */
export async function refuseOtherThanSelect(database: Database, dataset: Dataset, sql: string): Promise<void> {
  await createRecords(database, recordColumns(dataset.columns));
  refuse(`the transform of ${dataset.name}`, sql, SELECT, await transformProblem(database, sql, dataset.output.format));
  await dropRecords(database);
}

function refuse(what: string, sql: string, expected: string, problem: string | null): void {
  if (problem !== null)
    throw new DefinitionFault(describeProblem({ field: what, value: sql, expected: `${expected} (${problem})` }));
}
