import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  parquetMetadataAsync,
  parquetReadObjects,
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  type SchemaElement,
} from 'hyparquet';
import { Tally } from '../../domain/detect/columns/tally';
import { parquetColumn, type ParquetField } from '../../domain/detect/binary/parquet';
import type { BinaryFile } from '../../domain/detect/binary/binary-finding';
import type { PeekedFile } from './file';

/** Row groups beyond this are not read for a look at their values: the footer tells what matters. */
const MOST_GROUP_BYTES = 32_000_000;
const MOST_ROWS = 5_000;
const MOST_FOOTER_BYTES = 16 * 1024 * 1024;

/** The file says that it is Parquet, but is not, or not whole. */
export class BadParquet extends Error {
  override readonly name = 'BadParquet';
}

const COMPRESSORS: Compressors = {
  GZIP: (input) => gunzipSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
};

/**
 * Reads a Parquet file's footer, and some of its first values where they are near.
 * @throws BadParquet
 */
export async function parquetFile(file: PeekedFile): Promise<BinaryFile> {
  const buffer: AsyncBuffer = {
    byteLength: file.size,
    slice: async (from, to = file.size) => {
      const start = from < 0 ? file.size + from : from;
      if (to - start > MOST_FOOTER_BYTES + MOST_GROUP_BYTES) throw new BadParquet(`a part of ${to - start} bytes`);
      return new Uint8Array(await file.read(start, to - start)).buffer;
    },
  };
  const tail = await file.read(Math.max(0, file.size - 8), 8);
  if (file.size < 12 || tail.toString('latin1', 4) !== 'PAR1')
    throw new BadParquet('a Parquet file that is cut off: it does not end with PAR1');
  let metadata: FileMetaData;
  let fields: ParquetField[];
  try {
    metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
    fields = topOf(metadata.schema);
  } catch (error) {
    throw new BadParquet('a Parquet file with a damaged footer', { cause: error });
  }
  const looked = await valuesOf(buffer, metadata);
  return {
    name: file.name,
    columns: fields.map(parquetColumn),
    records: Number(metadata.num_rows),
    nulls: withLooked(nullsOf(metadata, fields), Number(metadata.num_rows), looked),
    ...looked,
  };
}

/** The columns at the top of a schema, which is a tree written as a list. */
function topOf(schema: readonly SchemaElement[]): ParquetField[] {
  const fields: ParquetField[] = [];
  for (let at = 1; at < schema.length;) {
    const element = schema[at]!;
    fields.push({
      name: element.name,
      type: element.type ?? null,
      isRepeated: element.repetition_type === 'REPEATED',
      isRequired: element.repetition_type === 'REQUIRED',
      logical: element.logical_type?.type ?? element.converted_type ?? null,
      precision: element.precision ?? (element.logical_type?.type === 'DECIMAL' ? element.logical_type.precision : 0),
      scale: element.scale ?? (element.logical_type?.type === 'DECIMAL' ? element.logical_type.scale : 0),
    });
    at += sizeOf(schema, at);
  }
  return fields;
}

function sizeOf(schema: readonly SchemaElement[], at: number): number {
  let size = 1;
  for (let child = 0; child < (schema[at]?.num_children ?? 0) && at + size < schema.length; child += 1)
    size += sizeOf(schema, at + size);
  return size;
}

/** NULLs by the statistics of every row group; columns that lack one are not told. */
function nullsOf({ row_groups: groups }: FileMetaData, fields: readonly ParquetField[]): Map<string, number> {
  const nulls = new Map<string, number>();
  for (const { name, type, isRequired } of fields) {
    if (type === null) continue;
    let sum = 0;
    let known = true;
    for (const { columns } of groups) {
      const chunk = columns.find(
        ({ meta_data: data }) => data?.path_in_schema.length === 1 && data.path_in_schema[0] === name,
      )?.meta_data;
      const count = isRequired ? 0n : chunk?.statistics?.null_count;
      if (count === undefined) known = false;
      else sum += Number(count);
    }
    if (known) nulls.set(name, sum);
  }
  return nulls;
}

/** Lists and groups have no figures of their own: where every record was looked at, none are needed. */
function withLooked(
  nulls: Map<string, number>,
  records: number,
  { tallies, looked }: Pick<BinaryFile, 'tallies' | 'looked'>,
): Map<string, number> {
  if (looked < records) return nulls;
  for (const [name, tally] of tallies) if (!nulls.has(name)) nulls.set(name, tally.nulls);
  return nulls;
}

async function valuesOf(file: AsyncBuffer, metadata: FileMetaData): Promise<Pick<BinaryFile, 'tallies' | 'looked'>> {
  const nothing = { tallies: new Map<string, Tally>(), looked: 0 };
  const [group] = metadata.row_groups;
  if (group === undefined || Number(group.total_byte_size) > MOST_GROUP_BYTES) return nothing;
  const rowEnd = Math.min(MOST_ROWS, Number(group.num_rows));
  const tallies = new Map<string, Tally>();
  for (const { name } of topOf(metadata.schema)) {
    const tally = await tallyOf(name, { file, metadata, rowEnd, compressors: COMPRESSORS, geoparquet: false });
    if (tally !== null) tallies.set(name, tally);
  }
  return { tallies, looked: rowEnd };
}

/**
 * The first values of a column; null where they cannot be read: a codec that is not known here, or damage. The footer is what counts.
 * One column at a time: of several, hyparquet leaves the second failure to nobody, which ends the process.
 */
async function tallyOf(
  name: string,
  options: Omit<Parameters<typeof parquetReadObjects>[0], 'columns'>,
): Promise<Tally | null> {
  const tally = new Tally();
  try {
    for (const row of await parquetReadObjects({ ...options, columns: [name] })) see(tally, row[name]);
  } catch {
    return null;
  }
  return tally;
}

function see(tally: Tally, value: unknown): void {
  if (value === null || value === undefined) tally.nulls += 1;
  else if (typeof value === 'boolean') tally.booleans += 1;
  else if (typeof value === 'number' || typeof value === 'bigint') tally.addNumber(String(value));
  else if (typeof value === 'string') tally.add(value, true);
  else if (value instanceof Date) tally.add(Number.isNaN(value.getTime()) ? '' : value.toISOString(), true);
  else tally.nested += 1;
}
