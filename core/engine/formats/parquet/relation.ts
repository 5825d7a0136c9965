import type { Dataset } from '../../../contracts/dataset/dataset';
import { SchemaMismatch, SourceCorrupt } from '../../../contracts/errors';
import type { SourceObject } from '../../../contracts/batch/plan';
import type { Budget } from '../../bytes/budget';
import type { ParquetFooter } from '../../bytes/parquet-footer';
import { briefly } from '../../duckdb/briefly';
import { columnsOf } from '../../duckdb/typed-columns';
import type { Database } from '../../duckdb/database';
import { identifier, text } from '../../duckdb/sql';
import { isAccountedFor } from '../../sql/definition-fault';
import { RN, stagedBytes, type Reading } from '../../stage/stage';
import { compareColumns } from '../compare-columns';
import type { Relation } from '../format';
import { acceptedTypes, NESTED, typedParquet } from '../../stage/typed-parquet';

/** A Parquet object on disk. */
interface LandedParquet {
  readonly path: string;
  readonly object: SourceObject;
  readonly footer: ParquetFooter;
  /** What the batch may still hold: the object's bytes as stored, and its records, are taken already. */
  readonly budget: Budget;
}

/**
 * DuckDB's reader over a file. Columns are taken by name; a type that cannot hold the declared one without loss is a schema that has
 * changed; single values that do not fit (too large, too many digits) break `<column>.type`.
 */
export async function parquetRelation(database: Database, dataset: Dataset, landed: LandedParquet): Promise<Relation> {
  const { path, footer } = landed;
  const found = await whole(() => columnsOf(database, `read_parquet(${text(path)})`));
  const types = new Map(found.map(({ name, type }) => [name, type]));
  compareColumns(dataset, [...types.keys()]);
  const reading = parquetReading(dataset, path, types, footer);
  await takeContent(database, dataset, landed, types);
  return { ...reading, blame: (error) => ({ error: meaning(error) }), check: async () => true };
}

/** What a number that is there counts as: as text it has some more bytes, as Parquet packs it often fewer. */
const BYTES_OF_NUMBER = 4;

/**
 * Takes what the declared columns hold: about as many bytes as they would have as text. Neither the file's size nor its footer tells: a
 * hundred million equal values take two kilobytes, and pages of 40 can be unpacked to a gigabyte of text.
 * @throws ObjectTooLarge
 */
async function takeContent(
  database: Database,
  { columns }: Dataset,
  { path, object, footer, budget }: LandedParquet,
  types: ReadonlyMap<string, string>,
): Promise<void> {
  const known = Object.keys(columns).map((name) => ({
    name,
    ...(footer.columns.get(name) ?? { values: 0, bytes: 0 }),
  }));
  const typeOf = (name: string) => types.get(name) ?? '';
  // Pages are unpacked whole: what does not fit by the footer's own word is not begun.
  budget.refuseBytes(sum(known.map(({ bytes }) => bytes)), object);
  const isText = ({ name }: { readonly name: string }) =>
    /^(?:VARCHAR|JSON)$/.test(typeOf(name)) || NESTED.test(typeOf(name));
  const texts = known.filter(isText);
  const numbers = known.filter((one) => !isText(one));
  const content =
    BYTES_OF_NUMBER * sum(numbers.map(({ values }) => values)) +
    sum(texts.map(({ values }) => values)) +
    (await whole(() => textBytes(database, path, texts, typeOf)));
  budget.takeBytes(Math.max(0, content - object.size), object);
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

/** The bytes of all texts in some columns. Counted, because one that stands a thousand times takes the room of one in the file. */
async function textBytes(
  database: Database,
  path: string,
  columns: readonly { readonly name: string }[],
  typeOf: (name: string) => string,
): Promise<number> {
  if (columns.length === 0) return 0;
  const sums = columns.map(({ name }) => {
    const value = NESTED.test(typeOf(name)) ? `to_json(${identifier(name)})::VARCHAR` : identifier(name);
    return `coalesce(sum(strlen(${value})), 0)`;
  });
  return database.count(`SELECT (${sums.join(' + ')})::DOUBLE FROM read_parquet(${text(path)})`);
}

async function whole<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw meaning(error);
  }
}

/** What DuckDB cannot read here is the file's fault: every value is cast with TRY, and the statement is ours. */
function meaning(error: unknown): unknown {
  if (isAccountedFor(error) || /^(Binder|Catalog|Parser|Internal) Error/i.test(briefly(error))) return error;
  return new SourceCorrupt(`damaged Parquet file: ${briefly(error)}`, { cause: error });
}

function parquetReading(
  dataset: Dataset,
  path: string,
  types: ReadonlyMap<string, string>,
  { records, nulls }: ParquetFooter,
): Reading {
  const wrong: string[] = [];
  const columns = Object.entries(dataset.columns).map(([name, column], i) => {
    const source = `_rollcall_c${i}`;
    const type = types.get(name) ?? '';
    const typed = nulls.has(name) ? 'NULL' : typedParquet(column, source, type);
    if (typed === null) wrong.push(`${JSON.stringify(name)} is ${type}, expected ${acceptedTypes(column)}`);
    return { name, column, source, typed: typed ?? 'NULL' };
  });
  if (wrong.length > 0)
    throw new SchemaMismatch(`the types of columns differ from the definition: ${wrong.join('; ')}`, {
      details: { types: wrong },
    });
  const values = columns.map(({ name, source }) => `${identifier(name)} AS ${source}`);
  return {
    from: `SELECT file_row_number + 1 AS ${RN}, ${values.join(', ')} FROM read_parquet(${text(path)}, file_row_number = true)`,
    columns,
    // The file itself is compressed: what its values take says more.
    bytes: stagedBytes(dataset, records, 0),
    conditions: { misshapen: null, extraKeys: null },
  };
}
