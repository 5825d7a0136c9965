import { open, type FileHandle } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';
import { parquetMetadata, type FileMetaData } from 'hyparquet';
import { ObjectTooLarge, SourceCorrupt } from '../../contracts/errors';
import { briefly } from '../duckdb/briefly';

/** What the footer of a Parquet file says: read without DuckDB, so that what that gives can be held against it. */
export interface ParquetFooter {
  readonly records: number;
  /** By the name of the column that it is in: what its footer says of its chunks. */
  readonly columns: ReadonlyMap<string, ParquetColumn>;
  /** Columns of Parquet's type Null: writers give it to those that have no values. */
  readonly nulls: ReadonlySet<string>;
}

/** A column as its footer describes it; all of it may be untrue. */
interface ParquetColumn {
  /** Values that are there. */
  readonly values: number;
  /** Bytes after decompression. */
  readonly bytes: number;
}

/**
 * Longest footer that is read. 40,000 chunks of columns (400 columns in 100 row groups) have one of 3.3 MB, which takes 88 MB of memory and
 * 0.6 s; one that was made for it takes 265 times its length.
 */
const MAX_FOOTER_BYTES = 4 * 1024 * 1024;
/** A footer that was made to take hours must not hold the step up. */
const FOOTER_TIMEOUT_MS = 10_000;
/** Places that look like the end of an inner file and are none, before the file is given up: each costs the reading of a footer. */
const MAX_FALSE_ENDS = 100;

const MAGIC = 'PAR1';

/**
 * Reads a Parquet file's footer.
 * @param timeoutMs only tests give another one
 * @throws SourceCorrupt for what is none, is damaged, or is several files put together; ObjectTooLarge for a footer that is too long
 */
export async function parquetFooter(path: string, timeoutMs = FOOTER_TIMEOUT_MS): Promise<ParquetFooter> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(8);
    if (size < 12) throw new SourceCorrupt(`no Parquet file: ${size} bytes`);
    await file.read(tail, 0, 8, size - 8);
    if (tail.toString('latin1', 4) !== MAGIC)
      throw new SourceCorrupt(`no Parquet file, or a truncated one: it does not end with ${MAGIC}`);
    const inner = await innerFile(file, size, timeoutMs);
    if (inner !== null)
      throw new SourceCorrupt(
        `several Parquet files put together, the first of ${inner} bytes: only the records of the last would be read`,
      );
    return await footerAt(file, size, timeoutMs);
  } finally {
    await file.close();
  }
}

/** How many records a Parquet file says it has. */
export async function parquetRecords(path: string): Promise<number> {
  return (await parquetFooter(path)).records;
}

const END_AND_BEGINNING = Buffer.from(MAGIC + MAGIC);
const CHUNK = 1 << 20;

/**
 * Where a Parquet file ends that another follows, as `cat` makes them; null where none does. A footer tells where its own records are,
 * so every reader passes over those of the files before it without a word.
 */
async function innerFile(file: FileHandle, size: number, timeoutMs: number): Promise<number | null> {
  const overlap = END_AND_BEGINNING.length - 1;
  const buffer = Buffer.allocUnsafe(CHUNK);
  let falseEnds = 0;
  for (let from = 0; from < size - overlap; from += CHUNK - overlap) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, from);
    const chunk = buffer.subarray(0, bytesRead);
    for (let at = chunk.indexOf(END_AND_BEGINNING); at !== -1; at = chunk.indexOf(END_AND_BEGINNING, at + 1)) {
      const end = from + at + 4;
      // The same letters may stand in a value; then no footer stands before them.
      if (end >= size || !(await mayEndInFooter(file, end))) continue;
      try {
        await footerAt(file, end, timeoutMs);
        return end;
      } catch (error) {
        if (!(error instanceof SourceCorrupt)) throw error;
        if (++falseEnds > MAX_FALSE_ENDS) throw new SourceCorrupt('in too many places it looks like several files');
      }
    }
  }
  return null;
}

async function mayEndInFooter(file: FileHandle, end: number): Promise<boolean> {
  if (end < 12) return false;
  const tail = Buffer.alloc(4);
  await file.read(tail, 0, 4, end - 8);
  const length = tail.readUInt32LE();
  return length > 0 && length <= Math.min(end - 12, MAX_FOOTER_BYTES);
}

/** The footer of the file, or of the inner one, that ends here. */
async function footerAt(file: FileHandle, end: number, timeoutMs: number): Promise<ParquetFooter> {
  const tail = Buffer.alloc(4);
  await file.read(tail, 0, 4, end - 8);
  const length = tail.readUInt32LE();
  if (length > end - 12) throw new SourceCorrupt(`damaged Parquet footer: ${length} bytes long in a file of ${end}`);
  if (length > MAX_FOOTER_BYTES)
    throw new ObjectTooLarge(
      `its Parquet footer has ${length} bytes, expected at most ${MAX_FOOTER_BYTES}: have the source write larger row groups`,
    );
  const footer = Buffer.alloc(length + 8);
  await file.read(footer, 0, footer.length, end - footer.length);
  try {
    return describe(parse(footer, timeoutMs));
  } catch (cause) {
    throw new SourceCorrupt(`damaged Parquet footer: ${briefly(cause)}`, { cause });
  }
}

/** The reader's loops end where the footer's bytes end; but a number of megabytes takes it hours, so that its time is bounded. */
function parse(footer: Uint8Array, timeout: number): FileMetaData {
  const read = () => parquetMetadata(footer, { geoparquet: false });
  return runInNewContext('read()', { read }, { timeout }) as FileMetaData;
}

/** @throws RangeError where it does not add up */
function describe({ num_rows: total, row_groups: groups, schema }: FileMetaData): ParquetFooter {
  const records = Number(total);
  const sum = groups.reduce((all, group) => all + Number(group.num_rows), 0);
  if (!Number.isSafeInteger(records) || records < 0 || sum !== records)
    throw new RangeError(`${String(total)} records in all, ${sum} in the row groups`);
  const columns = new Map<string, { values: number; bytes: number }>();
  for (const { meta_data: chunk } of groups.flatMap((group) => group.columns)) {
    const name = chunk?.path_in_schema[0];
    if (chunk === undefined || name === undefined) throw new RangeError('a chunk of a column without its description');
    const column = columns.get(name) ?? { values: 0, bytes: 0 };
    const missing = Math.max(0, Number(chunk.statistics?.null_count ?? 0));
    column.values += Math.max(0, Number(chunk.num_values) - missing);
    column.bytes += Math.max(0, Number(chunk.total_uncompressed_size));
    columns.set(name, column);
  }
  return { records, columns, nulls: columnsOfNull(schema) };
}

/** The schema is a tree written out: each element says how many of those behind it are inside of it. */
function columnsOfNull([, ...elements]: FileMetaData['schema']): Set<string> {
  const nulls = new Set<string>();
  let inside = 0;
  for (const { name, num_children: children = 0, logical_type: type } of elements) {
    if (inside === 0 && type?.type === 'NULL') nulls.add(name);
    inside = Math.max(0, inside - 1) + children;
  }
  return nulls;
}
