import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DefinitionFault, RecordsUnaccounted } from '../../contracts/errors';
import { OUTPUT_FORMATS, type TextOutputFormat } from '../../contracts/dataset/output';
import { TEXT_OPTIONS } from '../../domain/batch/engine-options';
import type { TypedColumn } from '../duckdb/typed-columns';
import type { Database } from '../duckdb/database';
import { crc32Of } from '../bytes/file-checksum';
import type { LocalFile } from './outputs';
import { refuseOthers, sumOf } from './read-back';
import { RESULT, withResult } from './result';
import { identifier, text } from '../duckdb/sql';
import { HASH, hashOf } from '../stage/stage';
import { foreignColumns, textColumn, type TextColumn } from './text-columns';
import { MAX_TEXT_RECORD_BYTES, TEXT_FORMATS } from './text-formats';
import { readBackText, type WrittenText } from './text-read-back';

/** Text that DuckDB writes at a time, about; /tmp holds more of it only for the moment in which records turn out longer than those before. */
const PIECE_BYTES = 8 * 1024 * 1024;
/** Records of the first piece, before their size is known. */
const FIRST_RECORDS = 128;
/** How much longer a piece may be than the one before it, in records: what comes next may be larger. */
const GROWTH = 8;

/**
 * Writes a query's records as JSONL or CSV in gzip, and reads the file back: what is in it are the records that the query gave, in number
 * and content. DuckDB writes the text, a piece at a time, and Node compresses it, in less than half the time (`docs/engine.md` §7).
 *
 * The file is one gzip member: Java's reader, and so what is built on it, may take the end of a member for that of the file (JDK-7036144).
 * @returns null when there is no record; then there is no file to keep either
 * @throws DefinitionFault naming the columns that the format has no way to write; RecordsUnaccounted naming those whose values are not
 *   the same in it
 */
export async function writeText(
  database: Database,
  query: string,
  format: TextOutputFormat,
  workDir: string,
): Promise<LocalFile | null> {
  return withResult(database, query, async (made, all) => {
    const columns = await sayable(database, format, all);
    if (made === 0) return null;
    const path = join(workDir, `processed.${OUTPUT_FORMATS[format].extension}`);
    const piece = join(workDir, 'processed.piece');
    const pieces = new Pieces(database, format, columns, made, piece);
    await pipeline(pieces.bytes(), createGzip({ level: TEXT_OPTIONS.gzipLevel }), createWriteStream(path));
    const crc32 = crc32Of(path);
    await refuseAlteredText(
      database,
      { path, format, columns, header: pieces.header, pieces: pieces.sizes },
      made,
      piece,
    );
    return { path, records: made, bytes: (await stat(path)).size, crc32 };
  });
}

/** How the columns are written; nothing is that the format cannot say. */
async function sayable(
  database: Database,
  format: TextOutputFormat,
  all: readonly TypedColumn[],
): Promise<readonly TextColumn[]> {
  const foreign = foreignColumns(TEXT_FORMATS[format], all);
  if (foreign !== null) throw new DefinitionFault(foreign);
  const columns = all.flatMap((column) => textColumn(TEXT_FORMATS[format], column) ?? []);
  const limited = columns.filter(({ unsayable }) => unsayable !== null);
  if (limited.length === 0) return columns;
  const counts = limited.map(({ unsayable }, i) => `count(*) FILTER (WHERE ${unsayable}) AS c${i}`);
  const row = await database.row(`SELECT ${counts.join(', ')} FROM ${RESULT}`);
  const found = limited.flatMap(({ name, type }, i) => {
    const count = Number(row[`c${i}`]);
    return count === 0 ? [] : [`${count} in ${JSON.stringify(name)} (${type})`];
  });
  if (found.length > 0)
    throw new DefinitionFault(
      `${format} has no way to write NaN and infinity: ${found.join(', ')}; make them NULL, or publish Parquet`,
    );
  return columns;
}

/** The records of {@link RESULT} as text, a piece at a time. */
class Pieces {
  /** What stands before the first record. */
  readonly header: Buffer;
  /** Bytes of each piece, the header not counted. */
  readonly sizes: number[] = [];

  constructor(
    private readonly database: Database,
    private readonly format: TextOutputFormat,
    private readonly columns: readonly TextColumn[],
    private readonly made: number,
    private readonly path: string,
  ) {
    const names = columns.map(({ name }) => name);
    this.header = Buffer.from(TEXT_FORMATS[format].header(names));
  }

  async *bytes(): AsyncGenerator<Buffer> {
    yield this.header;
    let records = FIRST_RECORDS;
    for (let from = 0; from < this.made;) {
      const written = await this.copy(from, records);
      const { size } = await stat(this.path);
      if (size > MAX_TEXT_RECORD_BYTES) {
        if (written <= 1)
          throw new DefinitionFault(
            `a record has ${size} bytes as ${this.format}, at most ${MAX_TEXT_RECORD_BYTES} can be read back; publish Parquet`,
          );
        records = Math.ceil(Math.min(records, written) / 4);
        continue;
      }
      this.sizes.push(size);
      yield* createReadStream(this.path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
      from += records;
      const fitting = Math.floor((PIECE_BYTES * written) / Math.max(size, 1));
      records = Math.max(1, Math.min(fitting, records * GROWTH));
    }
  }

  /** Writes some records, and gives how many. The table's row ids are the order in which the query gave them. */
  private copy(from: number, records: number): Promise<number> {
    const values = this.columns.map(({ name, written }) => `${written} AS ${identifier(name)}`).join(', ');
    return this.database.count(
      `COPY (SELECT ${values} FROM ${RESULT} WHERE rowid >= ${from} AND rowid < ${from + records})
       TO ${text(this.path)} (${TEXT_FORMATS[this.format].copy})`,
    );
  }
}

/**
 * Reads the file back and compares its records with those of {@link RESULT}.
 * @param made how many the query gave
 * @throws RecordsUnaccounted when they are not the same, naming the columns where they differ in some only
 */
async function refuseAlteredText(database: Database, written: WrittenText, made: number, piece: string): Promise<void> {
  const expected = await sumOf(database, HASH, RESULT);
  if (expected.records !== made)
    throw new RecordsUnaccounted(`the query's result has ${expected.records} records, expected ${made}`);
  try {
    const found = await readBackText(database, written, written.columns, piece);
    refuseOthers(found, expected);
  } catch (error) {
    if (!(error instanceof RecordsUnaccounted)) throw error;
    const changed = await changedColumns(database, written, piece);
    if (changed.length === 0 || (changed.length > 1 && changed.length === written.columns.length)) throw error;
    throw new RecordsUnaccounted(
      `values are not the same in ${written.format}: ${changed.join(', ')}; cast them to another type, or publish Parquet`,
      { cause: error },
    );
  }
}

/** Columns that hold other values in the file than in the result, or none that can be read. */
async function changedColumns(database: Database, written: WrittenText, piece: string): Promise<string[]> {
  const changed: string[] = [];
  for (const column of written.columns) {
    const made = await sumOf(database, hashOf([identifier(column.name)]), RESULT);
    const found = await readBackText(database, written, [column], piece).catch((error: unknown) => {
      if (error instanceof RecordsUnaccounted) return undefined;
      throw error;
    });
    if (made.hashes !== found?.hashes) changed.push(`${JSON.stringify(column.name)} (${column.type})`);
  }
  return changed;
}
