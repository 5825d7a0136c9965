import { isTextOutput, type OutputFormat } from '../../contracts/dataset/output';
import { briefly } from '../duckdb/briefly';
import { columnsOf } from '../duckdb/typed-columns';
import type { Database } from '../duckdb/database';
import { looksAtOthers, tableOf } from './per-record';
import { objectsIn, parseSelect, planSelect, Refused, type PlanNode } from '../duckdb/sql-plan';
import { unsteadyFunction } from './steady';
import { foreignColumns } from '../files/text-columns';
import { TEXT_FORMATS } from '../files/text-formats';

/** What `transform.sql` has to be. */
export const SELECT = 'one SELECT over `records`';

/** The table behind the view `records` while a transform is looked at; the view hides what only a table has (`rowid`). */
const STAND_IN = '_rollcall_records';

/** Functions that may stand after FROM: they make rows of their arguments and know of nothing else. */
const MAKING_ROWS: ReadonlySet<string> = new Set([
  'generate_series',
  'json_each',
  'json_tree',
  'range',
  'repeat',
  'repeat_row',
  'unnest',
]);

/** A transform that DuckDB has planned. */
interface Planned {
  readonly plan: PlanNode;
  /** Whether its text has a window function. */
  readonly hasWindow: boolean;
}

/**
 * Makes `records` known: a view over an empty table with these columns.
 * @param columns SQL for them, each a name and a type
 */
export async function createRecords(database: Database, columns: readonly string[]): Promise<void> {
  await database.run(`CREATE TEMP TABLE ${STAND_IN} (${columns.join(', ')})`);
  await database.run(`CREATE TEMP VIEW records AS SELECT * FROM ${STAND_IN}`);
}

export async function dropRecords(database: Database): Promise<void> {
  await database.run('DROP VIEW records');
  await database.run(`DROP TABLE ${STAND_IN}`);
}

/**
 * What keeps a text from being a SELECT over `records` alone ({@link createRecords} has made them known) whose columns the output format
 * can write; null for one. Nothing is read and nothing runs.
 */
export async function transformProblem(database: Database, sql: string, format: OutputFormat): Promise<string | null> {
  const planned = await planOf(database, sql);
  if (planned instanceof Refused) return planned.sentence;
  const { plan } = planned;
  for (const node of nodesOf(plan)) {
    const problem = sourceProblem(node);
    if (problem !== null) return problem;
  }
  const unsteady = unsteadyFunction(plan);
  if (unsteady !== null)
    return `${unsteady} is not the same each time, and the files of a batch are named by what they are made from`;
  return columnsProblem(database, sql, format);
}

/**
 * What of a transform looks at several records, for people: {@link looksAtOthers}. Null where each record is worked on by itself, and for
 * what is no transform at all.
 */
export async function batchProblem(database: Database, sql: string): Promise<string | null> {
  const planned = await planOf(database, sql);
  return planned instanceof Refused ? null : looksAtOthers(planned.plan, STAND_IN, planned.hasWindow);
}

async function planOf(database: Database, sql: string): Promise<Planned | Refused> {
  const parsed = await parseSelect(database, sql);
  if (parsed instanceof Refused) return parsed;
  const plan = await planSelect(database, sql);
  if (plan instanceof Refused) return plan;
  let hasWindow = false;
  for (const { class: kind } of objectsIn(parsed)) hasWindow ||= kind === 'WINDOW';
  return { plan, hasWindow };
}

function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}

/** What a transform must not read: everything but `records` and what its own text says. */
function sourceProblem({ type, name, more }: PlanNode): string | null {
  switch (type) {
    case 'LOGICAL_GET':
      if (name === 'seq_scan') return tableOf(more) === STAND_IN ? null : `it reads ${tableOf(more) ?? 'a table'}`;
      return name !== undefined && MAKING_ROWS.has(name) ? null : `it reads from ${name ?? 'something'}()`;
    case 'LOGICAL_SAMPLE':
      return 'it takes a sample, which is not the same each time';
    case 'LOGICAL_PROJECTION':
    case 'LOGICAL_FILTER':
    case 'LOGICAL_AGGREGATE_AND_GROUP_BY':
    case 'LOGICAL_WINDOW':
    case 'LOGICAL_UNNEST':
    case 'LOGICAL_LIMIT':
    case 'LOGICAL_ORDER_BY':
    case 'LOGICAL_TOP_N':
    case 'LOGICAL_DISTINCT':
    case 'LOGICAL_COMPARISON_JOIN':
    case 'LOGICAL_DELIM_JOIN':
    case 'LOGICAL_ANY_JOIN':
    case 'LOGICAL_ASOF_JOIN':
    case 'LOGICAL_POSITIONAL_JOIN':
    case 'LOGICAL_CROSS_PRODUCT':
    case 'LOGICAL_UNION':
    case 'LOGICAL_EXCEPT':
    case 'LOGICAL_INTERSECT':
    case 'LOGICAL_RECURSIVE_CTE':
    case 'LOGICAL_MATERIALIZED_CTE':
    case 'LOGICAL_CTE_REF':
    case 'LOGICAL_DELIM_GET':
    case 'LOGICAL_DUMMY_SCAN':
    case 'LOGICAL_EXPRESSION_GET':
    case 'LOGICAL_EMPTY_RESULT':
    case 'LOGICAL_PIVOT':
      return null;
    default:
      return `it is more than a SELECT (${type})`;
  }
}

/** Parquet has a type for everything; text has not. */
async function columnsProblem(database: Database, sql: string, format: OutputFormat): Promise<string | null> {
  if (!isTextOutput(format)) return null;
  try {
    return foreignColumns(TEXT_FORMATS[format], await columnsOf(database, `(\n${trimEnd(sql)}\n)`));
  } catch (error) {
    return briefly(error);
  }
}

/** A query without the semicolon that may end it, so that it can stand in parentheses. */
export function trimEnd(sql: string): string {
  return sql.replace(/[;\s]+$/, '');
}
