import { capturing, groupsOf } from '../../contracts/dataset/formats/text';
import { briefly } from '../duckdb/briefly';
import { columnsOf } from '../duckdb/typed-columns';
import type { Database } from '../duckdb/database';
import { isObject, objects, objectsIn, parseSelect, planSelect, Refused, type JsonObject } from '../duckdb/sql-plan';
import { wholeLine } from '../formats/text/relation';
import { unsteadyFunction } from './steady';

/** What a row rule has to be. */
export const CONDITION = 'one SQL condition over the columns of a record';

/** Parts of a SELECT that a bare expression does not have. */
const CLAUSES = [
  'where_clause',
  'having',
  'qualify',
  'sample',
  'group_expressions',
  'group_sets',
  'modifiers',
  'named_param_map',
];

/** Kinds of expressions that say something else inside of our statements than they do by themselves. */
const FOREIGN: Readonly<Record<string, string>> = {
  SUBQUERY: 'it has a subquery',
  STAR: 'it names columns by * or COLUMNS()',
  POSITIONAL_REFERENCE: 'it names a column by its place',
  PARAMETER: 'it has a parameter',
};

/** Types that say yes or no: of numbers, 0 is no. */
const TRUTH = /^(?:BOOLEAN|U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/;

/**
 * What keeps a text from being a condition over the columns of the table (or view) `records`, of which there has to be one; null for a
 * condition. Nothing is read and nothing runs.
 */
export async function ruleProblem(database: Database, sql: string): Promise<string | null> {
  // Without parentheses: between them `true) OR (1=1` would be an expression, too.
  const parsed = await parseSelect(database, `SELECT\n${sql}\n`);
  if (parsed instanceof Refused) return parsed.sentence;
  const shape = shapeProblem(parsed);
  if (shape !== null) return shape;
  // WHERE allows neither aggregates nor window functions: a rule sees one record. Columns are known by their bare names only.
  const from = 'FROM records AS _rollcall';
  const plan = await planSelect(database, `SELECT 1 ${from} WHERE CAST((\n${sql}\n) AS BOOLEAN)`);
  if (plan instanceof Refused) return plan.sentence;
  const unsteady = unsteadyFunction(plan);
  if (unsteady !== null)
    return `${unsteady} is not the same each time, and the files of a batch are named by what they are made from`;
  const tried = await planSelect(database, `SELECT TRY(CAST((\n${sql}\n) AS BOOLEAN)) ${from}`);
  if (tried instanceof Refused) return tried.sentence;
  const [column] = await columnsOf(database, `(SELECT (\n${sql}\n) ${from})`);
  return column !== undefined && TRUTH.test(column.type) ? null : `it gives ${column?.type}, neither true nor false`;
}

function shapeProblem(parsed: JsonObject): string | null {
  const [expression, ...others] = objects(parsed['select_list']);
  const { from_table: from } = parsed;
  const bare =
    parsed['type'] === 'SELECT_NODE' &&
    expression !== undefined &&
    others.length === 0 &&
    expression['alias'] === '' &&
    isObject(from) &&
    from['type'] === 'EMPTY' &&
    CLAUSES.every((clause) => isNothing(parsed[clause]));
  if (!bare) return 'it is more than one condition';
  for (const { class: kind } of objectsIn(expression)) {
    const foreign = typeof kind === 'string' && Object.hasOwn(FOREIGN, kind) ? FOREIGN[kind] : undefined;
    if (foreign !== undefined) return foreign;
  }
  return null;
}

function isNothing(clause: unknown): boolean {
  return clause === undefined || clause === null || (Array.isArray(clause) && clause.length === 0);
}

/** What keeps a text from being a pattern; null for one. */
export async function patternProblem(database: Database, pattern: string): Promise<string | null> {
  try {
    await database.rows(`SELECT regexp_full_match('', $1)`, [pattern]);
    return null;
  } catch (error) {
    return briefly(error);
  }
}

/** What keeps a text from being the pattern of a line; null for one. By itself it has to be one too: `a)(b` is none. */
export async function linePatternProblem(database: Database, pattern: string): Promise<string | null> {
  const groups = groupsOf(pattern);
  const own = await patternProblem(database, capturing(pattern, groups));
  return own ?? patternProblem(database, wholeLine(pattern, groups));
}
