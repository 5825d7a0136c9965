import { InvalidDataset, type Dataset } from '../contracts/dataset';
import { declaredSettings } from '../contracts/dependency';
import type { OutputFormat } from '../contracts/output';
import { renderValue } from '../contracts/problems';
import { briefly } from './briefly';
import { Database, type Limits } from './database';
import { columnsOf } from './columns';
import { createSettings } from './settings';
import { identifier, text } from './sql';
import { foreignColumns } from './text-columns';
import { sqlType } from './typed-text';

/**
 * Whether all SQL of a definition is what it should be, asked of DuckDB itself: every pattern compiles, every row rule is one condition
 * over the columns, the transform is one SELECT over `records` whose columns the output format can write. Nothing is read and nothing runs.
 * @throws InvalidDataset naming each field, its value and what was expected
 */
export async function checkSql(dataset: Dataset, workDir: string, limits: Limits): Promise<void> {
  const database = await Database.open(workDir, limits);
  try {
    const columns = Object.entries(dataset.columns).map(([name, column]) => `${identifier(name)} ${sqlType(column)}`);
    await database.run(`CREATE TEMP TABLE records (${columns.join(', ')})`);
    await createSettings(
      database,
      declaredSettings(dataset).map((setting) => ({ ...setting, value: null })),
    );
    const problems: string[] = [];
    const check = async (field: string, value: string, expected: string, work: () => Promise<string | null>) => {
      const problem = await work().catch(briefly);
      if (problem !== null) problems.push(`${field}: got ${renderValue(value)}, expected ${expected} (${problem})`);
    };
    for (const [name, column] of Object.entries(dataset.columns)) {
      if (column.type !== 'string' || column.pattern === undefined) continue;
      const { pattern } = column;
      await check(`columns.${name}.pattern`, pattern, 'an RE2 pattern', async () => {
        await database.run(`SELECT regexp_full_match('', ${text(pattern)})`);
        return null;
      });
    }
    for (const [i, rule] of dataset.rowRules.entries()) {
      const expected = 'one SQL condition over the columns';
      await check(`rowRules.${i}.sql`, rule.sql, expected, () => ruleProblem(database, rule.sql));
    }
    const { sql } = dataset.transform ?? {};
    if (sql !== undefined)
      await check('transform.sql', sql, 'one SELECT over `records`', () =>
        selectProblem(database, sql, dataset.output.format),
      );
    if (problems.length > 0) throw new InvalidDataset(`dataset ${dataset.name}: ${problems.join('; ')}`);
  } finally {
    database.close();
  }
}

/** Parts of DuckDB's syntax tree that tell an expression from more than one. */
interface ParsedSelect {
  readonly select_list: readonly unknown[];
  readonly from_table: { readonly type: string };
  readonly [clause: string]: unknown;
}

/** A row rule must be the whole of one expression: `true) FROM other WHERE (true` would fit between parentheses too. */
async function expressionProblem(database: Database, sql: string): Promise<string | null> {
  const parsed = await parse(database, `SELECT (\n${sql}\n)`);
  if (typeof parsed === 'string') return parsed;
  const clauses = ['where_clause', 'having', 'qualify', 'sample', 'group_expressions', 'group_sets', 'modifiers'];
  const bare =
    parsed.select_list.length === 1 &&
    parsed.from_table.type === 'EMPTY' &&
    clauses.every((clause) => isNothing(parsed[clause]));
  if (!bare) return 'it is more than one expression';
  return JSON.stringify(parsed.select_list).includes('"class":"SUBQUERY"') ? 'it has a subquery' : null;
}

async function ruleProblem(database: Database, sql: string): Promise<string | null> {
  const problem = await expressionProblem(database, sql);
  if (problem !== null) return problem;
  // WHERE allows neither aggregates nor window functions: a rule sees one record.
  await database.run(`SELECT 1 FROM records WHERE TRY(CAST((\n${sql}\n) AS BOOLEAN))`);
  return null;
}

async function selectProblem(database: Database, sql: string, format: OutputFormat): Promise<string | null> {
  const parsed = await parse(database, sql);
  if (typeof parsed === 'string') return parsed;
  const columns = await columnsOf(database, `(\n${trimEnd(sql)}\n)`);
  return format === 'parquet' ? null : foreignColumns(format, columns);
}

/** The tree of a text that is exactly one SELECT, or what else it is. */
async function parse(database: Database, sql: string): Promise<ParsedSelect | string> {
  const statements = await database.statements(sql);
  if (statements !== 1) return `it is ${statements} statements`;
  const row = await database.row('SELECT json_serialize_sql($1::VARCHAR)::VARCHAR AS tree', [sql]);
  const tree = JSON.parse(String(row['tree'])) as {
    error: boolean;
    error_message?: string;
    statements?: readonly { readonly node: ParsedSelect }[];
  };
  if (tree.error) return tree.error_message ?? 'it cannot be parsed';
  const [only, ...others] = tree.statements ?? [];
  return only === undefined || others.length > 0 ? 'it is not one SELECT' : only.node;
}

function isNothing(clause: unknown): boolean {
  return clause === undefined || clause === null || (Array.isArray(clause) && clause.length === 0);
}

/** A query without the semicolon that may end it, so that it can stand in parentheses. */
export function trimEnd(sql: string): string {
  return sql.replace(/[;\s]+$/, '');
}

/**
 * Makes sure that a text is one SELECT before it becomes part of a statement.
 * @throws InvalidDataset otherwise
 */
export async function refuseOtherThanSelect(database: Database, field: string, sql: string): Promise<void> {
  const parsed = await parse(database, sql);
  if (typeof parsed === 'string') throw invalid(field, sql, 'one SELECT over `records`', parsed);
}

/**
 * Makes sure that a text is one expression before it becomes part of a statement.
 * @throws InvalidDataset otherwise
 */
export async function refuseOtherThanExpression(database: Database, field: string, sql: string): Promise<void> {
  const problem = await expressionProblem(database, sql).catch(briefly);
  if (problem !== null) throw invalid(field, sql, 'one SQL condition over the columns', problem);
}

function invalid(field: string, sql: string, expected: string, problem: string): InvalidDataset {
  return new InvalidDataset(`${field}: got ${renderValue(sql)}, expected ${expected} (${problem})`);
}
