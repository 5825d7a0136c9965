import type { Dataset } from '../contracts/dataset';
import { RecordsUnaccounted, SchemaMismatch, SourceCorrupt } from '../contracts/errors';
import { compareColumns } from './csv-header';
import { briefly } from './briefly';
import { columnsOf } from './columns';
import { isAccountedFor } from './definition-fault';
import { parquetRecords } from './parquet-footer';
import { identifier, text } from './sql';
import { RN, type Reading, type Stage } from './stage';
import { acceptedTypes, typedParquet } from './typed-parquet';

/**
 * Reads a Parquet object. Columns are taken by name; a type that cannot hold the declared one without loss is a schema that has
 * changed; single values that do not fit (too large, too many digits) break `<column>.type`.
 * @returns how many records it has, as its footer says
 */
export async function stageParquet(stage: Stage, dataset: Dataset, path: string, after: number): Promise<number> {
  const records = await parquetRecords(path);
  const found = await whole(() => columnsOf(stage.database, `read_parquet(${text(path)})`));
  const types = new Map(found.map(({ name, type }) => [name, type]));
  compareColumns(dataset, [...types.keys()]);
  const reading = parquetReading(dataset, path, types, records);
  const rows = await whole(() => stage.add(reading, after));
  if (rows !== records)
    throw new RecordsUnaccounted(`the reader gave ${rows} records, expected ${records} as the footer says`);
  return records;
}

/** What DuckDB cannot read here is the file's fault: every value is cast with TRY, and the statement is ours. */
async function whole<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAccountedFor(error) || /^(Binder|Catalog|Parser|Internal) Error/i.test(briefly(error))) throw error;
    throw new SourceCorrupt(`damaged Parquet file: ${briefly(error)}`, { cause: error });
  }
}

/** What a value takes in a table, about. */
const BYTES_OF_VALUE = 12;

function parquetReading(dataset: Dataset, path: string, types: ReadonlyMap<string, string>, records: number): Reading {
  const wrong: string[] = [];
  const columns = Object.entries(dataset.columns).map(([name, column], i) => {
    const source = `_rollcall_c${i}`;
    const type = types.get(name) ?? '';
    const typed = typedParquet(column, source, type);
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
    // The file itself is compressed.
    bytes: records * columns.length * BYTES_OF_VALUE,
    conditions: { misshapen: null, extraKeys: null },
  };
}
