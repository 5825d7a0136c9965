import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceOf, type Column } from '../../contracts/dataset/column';
import type { Dataset } from '../../contracts/dataset/dataset';
import { RecordsUnaccounted, SchemaMismatch } from '../../contracts/errors';
import type { Output } from '../../contracts/batch/lake-file';
import { OUTPUT_FORMATS } from '../../contracts/dataset/output';
import type { Reference } from '../../contracts/dataset/upstreams';
import { columnsOf } from '../duckdb/typed-columns';
import type { Database } from '../duckdb/database';
import { refuseAltered } from '../bytes/file-checksum';
import { parquetRecords } from '../bytes/parquet-footer';
import { identifier, text } from '../duckdb/sql';
import { acceptedTypes, typedParquet } from './typed-parquet';
import { sqlType } from './typed-text';

/** What the columns of a batch refer to, and how its files come here. */
export interface References {
  readonly of: readonly Reference[];
  /** Brings a file of the lake to a path; refuses one that is not as it was published. */
  readonly land: (file: Output, path: string) => Promise<void>;
}

/** Table of the values that the column at this place may have: each once, none missing, in the column's own type. */
const tableOf = (place: number) => `_rollcall_reference${place}`;
/** Table of the bytes of each of those tables. */
const SIZES = '_rollcall_reference_sizes';

/**
 * Bytes of values up to which records come out of the lookup in the order in which they went in. DuckDB makes a hash join of it; one
 * that does not fit into memory is done in parts, and then the order is another one. Measured with a limit of 200 MB: two columns with
 * 1,000,000 values of 20 bytes each keep it, with 2,000,000 each they do not.
 */
const IN_ORDER_BYTES = 16 * 1024 * 1024;

/** Name of the column that says whether the value at this place is unknown. */
export const unknownColumn = (place: number) => `_rollcall_unknown${place}`;

/** SQL that is true for a value of the column at this place that is not among those it refers to; a missing value keeps the rule. */
export function isUnknown(typed: string, place: number): string {
  return `${typed} IS NOT NULL AND ${typed} NOT IN (SELECT value FROM ${tableOf(place)})`;
}

/** Whether records keep their order when the rules are asked about them. */
export async function keepsOrder(database: Database, dataset: Dataset): Promise<boolean> {
  if (referringColumns(dataset).length === 0) return true;
  return (await database.count(`SELECT sum(bytes) FROM ${SIZES}`)) <= IN_ORDER_BYTES;
}

interface ReferringColumn {
  readonly name: string;
  readonly column: Column;
  /** The column's place in the definition. */
  readonly place: number;
  readonly dataset: string;
  /** The column of that dataset. */
  readonly to: string;
}

function referringColumns({ columns }: Pick<Dataset, 'columns'>): ReferringColumn[] {
  return Object.entries(columns).flatMap(([name, column], place) => {
    const reference = referenceOf(column);
    return reference === undefined ? [] : [{ name, column, place, dataset: reference.dataset, to: reference.column }];
  });
}

/**
 * Reads the values that columns refer to, one file at a time.
 * @throws SchemaMismatch where a file has no such column, or one of a type that the referring column cannot be compared with;
 *   RecordsUnaccounted where a file is not as it was published
 */
export async function createReferences(
  database: Database,
  dataset: Dataset,
  references: References,
  workDir: string,
): Promise<void> {
  const columns = referringColumns(dataset);
  if (columns.length === 0) return;
  for (const { column, place } of columns)
    await database.run(`CREATE TEMP TABLE ${tableOf(place)} (value ${sqlType(column)})`);
  const path = join(workDir, 'reference.parquet');
  for (const reference of references.of) {
    const referring = columns.filter((one) => one.dataset === reference.dataset);
    for (const file of reference.files) {
      refuseText(referring, reference, file);
      await references.land(file, path);
      await readValues(database, referring, { reference, file, path });
      await rm(path);
    }
  }
  await database.run(`CREATE TEMP TABLE ${SIZES} (bytes BIGINT)`);
  for (const { place } of columns)
    await database.run(
      `INSERT INTO ${SIZES} SELECT count(*) * 16 + coalesce(sum(strlen(value::VARCHAR)), 0) FROM ${tableOf(place)}`,
    );
}

/** Synth lets columns refer to Parquet only; but what stands may have been published before its dataset was changed to that. */
function refuseText(referring: readonly ReferringColumn[], { dataset, partition }: Reference, { key }: Output): void {
  const { extension } = OUTPUT_FORMATS.parquet;
  const [column] = referring;
  if (column === undefined || key.endsWith(`.${extension}`)) return;
  throw new SchemaMismatch(
    `${column.name} refers to ${dataset}.${column.to}, but ${dataset} ${partition} is published as ${key.replace(/^[^.]*\./, '')}, expected ${extension}: reprocess that partition`,
    { details: { column: column.name, reference: `${dataset}.${column.to}` } },
  );
}

async function readValues(
  database: Database,
  referring: readonly ReferringColumn[],
  { reference, file, path }: { readonly reference: Reference; readonly file: Output; readonly path: string },
): Promise<void> {
  const which = `${reference.dataset} ${reference.partition}`;
  const records = await parquetRecords(path);
  if (records !== file.records)
    throw new RecordsUnaccounted(`${file.key} of ${which} has ${records} records, expected ${file.records}`);
  const found = await columnsOf(database, `read_parquet(${text(path)})`);
  const types = new Map(found.map(({ name, type }) => [name, type]));
  for (const { name, column, place, to } of referring) {
    const type = types.get(to);
    const value = type === undefined ? null : typedParquet(column, identifier(to), type);
    if (value === null) {
      const has = type === undefined ? `only ${[...types.keys()].join(', ')}` : `it as ${type}`;
      const expected = type === undefined ? '' : `, expected ${acceptedTypes(column)}`;
      throw new SchemaMismatch(`${name} refers to ${reference.dataset}.${to}, but ${which} has ${has}${expected}`, {
        details: { column: name, reference: `${reference.dataset}.${to}` },
      });
    }
    await database.run(
      `INSERT INTO ${tableOf(place)}
       SELECT DISTINCT value FROM (SELECT ${value} AS value FROM read_parquet(${text(path)}))
       WHERE value IS NOT NULL AND value NOT IN (SELECT value FROM ${tableOf(place)})`,
    );
  }
  if (file.crc32 !== undefined) refuseAltered(path, file.crc32, `${file.key} of ${which}`);
}
