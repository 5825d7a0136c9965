import { statSync } from 'node:fs';
import { readOf, type Column } from '../../../contracts/dataset/column';
import type { Dataset } from '../../../contracts/dataset/dataset';
import type { AvroRecord } from '../../../domain/avro/schema';
import type { Database } from '../../duckdb/database';
import { identifier, text, textList } from '../../duckdb/sql';
import { RN, STAGE, stagedBytes } from '../../stage/stage';
import { sqlType, typedText } from '../../stage/typed-text';
import { aboutOf, aboutSql } from '../../stage/about-record';
import { once } from '../../stage/computed-once';
import { readText } from '../../stage/read-text';
import type { Landing, Members, Relation, Sifted } from '../format';
import { storedName } from './column-file';
import { typesAt, undeclaredAt, type PlacedColumn } from './columns';

/** The reader over the file of columns. */
export function avroRelation(
  database: Database,
  landing: Pick<Landing, 'dataset' | 'object' | 'partition'>,
  { path, records }: Pick<Sifted, 'path' | 'records'>,
  schema: AvroRecord,
  placed: readonly PlacedColumn[],
): Relation {
  const { dataset } = landing;
  const members = new SchemaMembers(database, dataset, schema, placed);
  const values = placed.map(({ column }, i) => `${sourceOf(column, storedName(i))} AS _rollcall_c${i}`);
  return {
    from: `SELECT ${[`file_row_number + 1 AS ${RN}`, ...values].join(', ')}, ${storedName(placed.length)} AS _rollcall_unfit
      FROM read_parquet(${text(path)}, file_row_number = true)`,
    columns: placed.map((column, i) => {
      const about = aboutOf(column.name, column.column);
      if (about !== null) {
        const sql = aboutSql(about, column.column, landing);
        return { name: column.name, column: column.column, source: sql, typed: sql };
      }
      const source = `_rollcall_c${i}`;
      const fits = `_rollcall_unfit IS NULL OR NOT contains(_rollcall_unfit, ',${i},')`;
      return {
        name: column.name,
        column: column.column,
        source,
        typed: `CASE WHEN ${fits} THEN ${typed(column, source)} END`,
      };
    }),
    bytes: stagedBytes(dataset, records, statSync(path).size),
    conditions: { misshapen: null, extraKeys: null },
    blame: (error) => ({ error }),
    check: (after) => members.check(after),
    members,
  };
}

/** Whether the texts of a column have a mark before them. */
const isMarked = (column: Column) => readOf(column) !== undefined && column.type !== 'string';

/** SQL for a text, NULL where the column calls it so. */
function sourceOf(column: Column, source: string): string {
  const nulls = readOf(column)?.nullValues;
  if (nulls === undefined) return source;
  const own = isMarked(column) ? `${source}[2:]` : source;
  return `CASE WHEN ${own} IN ${textList(nulls)} THEN NULL ELSE ${source} END`;
}

/** SQL for the typed value of a text that `columnText` has written. */
function typed(placed: PlacedColumn, source: string): string {
  const { column } = placed;
  if (!isMarked(column)) return native(placed, source);
  const own = `${source}[2:]`;
  return `CASE WHEN ${source}[1] = 't' THEN ${once(own, '_rollcall_text', (text) => readText(column, text))} ELSE ${native(placed, own)} END`;
}

function native({ column, form, stored }: PlacedColumn, source: string): string {
  const exact = `TRY_CAST(${source} AS ${sqlType(column)})`;
  switch (column.type) {
    case 'string':
    case 'json':
      return source;
    case 'integer':
    case 'double':
    case 'boolean':
      return exact;
    case 'decimal':
      return stored.kind === 'decimal' ? source : typedText(column, source);
    case 'timestamp':
      return form === 'texts'
        ? typedText(column, source)
        : `TRY(make_timestamp(CAST(${source} AS BIGINT)))::TIMESTAMPTZ`;
    case 'date':
      return form === 'texts' ? typedText(column, source) : `TRY(DATE '1970-01-01' + CAST(${source} AS INTEGER))`;
  }
}

/** What records have of members is what their schema says. */
class SchemaMembers implements Members {
  empty: readonly string[] = [];

  constructor(
    private readonly database: Database,
    private readonly dataset: Dataset,
    private readonly schema: AvroRecord,
    private readonly placed: readonly PlacedColumn[],
  ) {}

  async check(after: number): Promise<boolean> {
    const columns = Object.entries(this.dataset.columns).filter(([name, column]) => aboutOf(name, column) === null);
    const counts = columns.map(([name], i) => `count(${identifier(name)}) AS _rollcall_n${i}`);
    const [row = {}] = await this.database.rows(
      `SELECT ${['count(*) AS _rollcall_all', ...counts].join(', ')} FROM ${STAGE} WHERE ${RN} > ${after}`,
    );
    const isEmpty = (i: number) => Number(row[`_rollcall_n${i}`]) === 0;
    this.empty = Number(row['_rollcall_all']) === 0 ? [] : columns.filter((_, i) => isEmpty(i)).map(([name]) => name);
    return true;
  }

  async absent(columns: readonly string[]): Promise<readonly string[]> {
    const has = (wanted: string) => this.placed.some(({ name, types }) => name === wanted && types.length > 0);
    return columns.filter((name) => !has(name));
  }

  async whereItWouldBe(column: string): Promise<readonly string[]> {
    const path = this.placed.find(({ name }) => name === column)?.path ?? [];
    const around = path.map((_, i) => path.slice(0, i));
    return around.findLast((at) => typesAt(this.schema, at).length > 0) ?? [];
  }

  undeclaredIn(at: readonly string[]): string {
    const names = undeclaredAt(this.schema, at, this.placed);
    if (names.length === 0) return `SELECT NULL::VARCHAR AS name WHERE false`;
    return `SELECT name FROM (VALUES ${names.map((name) => textList([name])).join(', ')}) names(name)`;
  }
}
