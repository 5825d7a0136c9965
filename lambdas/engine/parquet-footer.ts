import { open, type FileHandle } from 'node:fs/promises';
import { SourceCorrupt } from '../contracts/errors';

/**
 * How many records a Parquet file says it has, read from its footer without DuckDB: a count that is independent of the reader. The
 * footer is Thrift's compact protocol; `FileMetaData` has the version (1), the schema (2) and the number of rows (3) in front, and its
 * row groups (4) each say their own number (3).
 */
export async function parquetRecords(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(8);
    if (size < 12) throw new SourceCorrupt(`no Parquet file: ${size} bytes`);
    await file.read(tail, 0, 8, size - 8);
    if (tail.toString('latin1', 4) !== 'PAR1')
      throw new SourceCorrupt('no Parquet file, or a truncated one: it does not end with PAR1');
    const length = tail.readUInt32LE();
    const inner = await innerFile(file, size);
    if (inner !== null)
      throw new SourceCorrupt(
        `several Parquet files put together, the first of ${inner} bytes: only the records of the last would be read`,
      );
    if (length > size - 12)
      throw new SourceCorrupt(`damaged Parquet footer: ${length} bytes long in a file of ${size}`);
    const footer = Buffer.alloc(length);
    await file.read(footer, 0, length, size - 8 - length);
    return recordsOf(footer);
  } finally {
    await file.close();
  }
}

const END_AND_BEGINNING = Buffer.from('PAR1PAR1');
const CHUNK = 1 << 20;

/**
 * Where a Parquet file ends that another follows, as `cat` makes them; null where none does. A footer tells where its own records are,
 * so every reader passes over those of the files before it without a word.
 */
async function innerFile(file: FileHandle, size: number): Promise<number | null> {
  const overlap = END_AND_BEGINNING.length - 1;
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let from = 0; from < size - overlap; from += CHUNK - overlap) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, from);
    const chunk = buffer.subarray(0, bytesRead);
    for (let at = chunk.indexOf(END_AND_BEGINNING); at !== -1; at = chunk.indexOf(END_AND_BEGINNING, at + 1)) {
      const end = from + at + 4;
      // The same letters may stand in a value; then no footer stands before them.
      if (end < size && (await endsInFooter(file, end))) return end;
    }
  }
  return null;
}

async function endsInFooter(file: FileHandle, end: number): Promise<boolean> {
  if (end < 12) return false;
  const tail = Buffer.alloc(4);
  await file.read(tail, 0, 4, end - 8);
  const length = tail.readUInt32LE();
  if (length === 0 || length > end - 12) return false;
  const footer = Buffer.alloc(length);
  await file.read(footer, 0, length, end - 8 - length);
  try {
    recordsOf(footer);
    return true;
  } catch (error) {
    if (error instanceof SourceCorrupt) return false;
    throw error;
  }
}

function recordsOf(footer: Buffer): number {
  try {
    const metadata = new CompactReader(footer).struct();
    const total = Number(metadata.get(3));
    const groups = metadata.get(4);
    const sum = (Array.isArray(groups) ? groups : []).reduce<number>(
      (all, group) => all + Number(group instanceof Map ? group.get(3) : NaN),
      0,
    );
    if (!Number.isSafeInteger(total) || total < 0 || sum !== total)
      throw new RangeError(`${String(metadata.get(3))} records in all, ${sum} in the row groups`);
    return total;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SourceCorrupt(`damaged Parquet footer: ${cause.message}`, { cause });
  }
}

type Value = bigint | boolean | number | null | Value[] | Map<number, Value>;

/** Thrift's compact protocol, as far as a footer needs it. Reading past the end throws a RangeError, as Buffer does. */
class CompactReader {
  private at = 0;
  private depth = 0;
  constructor(private readonly bytes: Buffer) {}

  struct(): Map<number, Value> {
    if (++this.depth > 32) throw new RangeError('nested too deeply');
    const fields = new Map<number, Value>();
    for (let id = 0; ;) {
      const header = this.byte();
      const type = header & 15;
      if (type === 0) break;
      id = header >> 4 === 0 ? Number(this.zigzag()) : id + (header >> 4);
      // In a struct the type itself is the value of a boolean.
      fields.set(id, type === 1 ? true : type === 2 ? false : this.value(type));
    }
    this.depth -= 1;
    return fields;
  }

  private value(type: number): Value {
    switch (type) {
      case 1:
      case 2:
      case 3:
        return this.byte();
      case 4:
      case 5:
      case 6:
        return this.zigzag();
      case 7:
        return this.skip(8);
      case 8:
        return this.skip(Number(this.varint()));
      case 9:
      case 10:
        return this.list();
      case 11:
        return this.map();
      case 12:
        return this.struct();
      default:
        throw new RangeError(`unknown type ${type}`);
    }
  }

  private list(): Value[] {
    const header = this.byte();
    const size = header >> 4 === 15 ? Number(this.varint()) : header >> 4;
    const items: Value[] = [];
    for (let i = 0; i < size; i += 1) items.push(this.value(header & 15));
    return items;
  }

  private map(): null {
    const size = Number(this.varint());
    if (size === 0) return null;
    const types = this.byte();
    for (let i = 0; i < size; i += 1) {
      this.value(types >> 4);
      this.value(types & 15);
    }
    return null;
  }

  private byte(): number {
    return this.bytes.readUInt8(this.at++);
  }

  private varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      if (shift > 63n) throw new RangeError('number too long');
    }
  }

  private zigzag(): bigint {
    const value = this.varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  private skip(bytes: number): null {
    this.at += bytes;
    if (this.at > this.bytes.length) throw new RangeError('past the end');
    return null;
  }
}
