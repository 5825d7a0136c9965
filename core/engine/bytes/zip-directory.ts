import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { SourceCorrupt } from '../../contracts/errors';

/** An entry of a zip archive, by the directory at its end. */
export interface ZipEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  /** Bytes as they are stored, and inflated. */
  readonly stored: number;
  readonly size: number;
  /** Of its local header. */
  readonly at: number;
}

export interface ZipDirectory {
  /** Where it begins: what is data ends before it. */
  readonly at: number;
  readonly entries: readonly ZipEntry[];
}

const [END, END_64, LOCATOR_64, CENTRAL] = [0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50];
const [END_BYTES, LOCATOR_BYTES, END_64_BYTES, CENTRAL_BYTES] = [22, 20, 56, 46];
const MOST_COMMENT = 0xffff;
const MOST_DIRECTORY = 16 * 1024 * 1024;
/** What stands in a field whose value is in the fields of zip64. */
const [IN_64_SHORT, IN_64] = [0xffff, 0xffffffff];

/**
 * Reads the directory of an archive.
 * @throws SourceCorrupt where it is damaged, cut off, or of several parts
 */
export async function zipDirectory(file: FileHandle, size: number): Promise<ZipDirectory> {
  const tail = await bytesAt(file, Math.max(0, size - MOST_COMMENT - END_BYTES), size);
  const end = endIn(tail);
  if (end === null)
    throw new SourceCorrupt(`no zip archive, or one that is cut off: no directory at the end of its ${size} bytes`);
  const atEnd = size - tail.length + end;
  const found = await locate(file, tail.subarray(end), atEnd);
  const { at, length, count } = found;
  if (length > MOST_DIRECTORY)
    throw new SourceCorrupt(`the zip directory has ${length} bytes, expected at most ${MOST_DIRECTORY}`);
  if (at + length !== found.end)
    throw new SourceCorrupt(`the zip directory is to end at byte ${at + length}, and ends at ${found.end}`);
  return { at, entries: entriesIn(await bytesAt(file, at, at + length), count) };
}

/** Where the record at the end of an archive begins: a comment behind it reaches to the end. */
function endIn(tail: Buffer): number | null {
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1)
    if (tail.readUInt32LE(at) === END && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length) return at;
  return null;
}

/** Where the directory is, where it has to end, and how many entries it has. */
interface Located {
  readonly at: number;
  readonly length: number;
  readonly end: number;
  readonly count: number;
}

async function locate(file: FileHandle, record: Buffer, atEnd: number): Promise<Located> {
  const [disk, first, , count] = [4, 6, 8, 10].map((field) => record.readUInt16LE(field));
  const [length = 0, at = 0] = [12, 16].map((field) => record.readUInt32LE(field));
  const is64 = count === IN_64_SHORT || length === IN_64 || at === IN_64;
  const locator = await bytesAt(file, Math.max(0, atEnd - LOCATOR_BYTES), atEnd);
  const hasLocator = locator.length === LOCATOR_BYTES && locator.readUInt32LE(0) === LOCATOR_64;
  // Archives that were streamed have one for numbers that fit, too.
  if (!is64 && (at + length === atEnd || !hasLocator)) {
    if (disk !== 0 || first !== 0) throw new SourceCorrupt('one part of a zip archive in several');
    return { at, length, end: atEnd, count: count ?? 0 };
  }
  if (!hasLocator) throw new SourceCorrupt('the zip directory is damaged: it is to be one of zip64, and is not');
  const end = numberAt(locator, 8);
  const wide = await bytesAt(file, end, end + END_64_BYTES);
  if (wide.length < END_64_BYTES || wide.readUInt32LE(0) !== END_64)
    throw new SourceCorrupt('the zip directory is damaged: its end of zip64 is not where it is to be');
  return { at: numberAt(wide, 48), length: numberAt(wide, 40), end, count: numberAt(wide, 32) };
}

function entriesIn(directory: Buffer, count: number): ZipEntry[] {
  const damaged = (what: string) => new SourceCorrupt(`the zip directory is damaged: ${what}`);
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at < directory.length) {
    if (at + CENTRAL_BYTES > directory.length || directory.readUInt32LE(at) !== CENTRAL)
      throw damaged(`entry ${entries.length + 1} is none`);
    const [nameBytes = 0, extraBytes = 0, commentBytes = 0] = [28, 30, 32].map((f) => directory.readUInt16LE(at + f));
    const header = directory.subarray(at, at + CENTRAL_BYTES + nameBytes + extraBytes);
    at += CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
    if (at > directory.length) throw damaged(`entry ${entries.length + 1} is cut off`);
    const extra = header.subarray(CENTRAL_BYTES + nameBytes);
    // In this order, each only if its own field is full.
    const wide = fieldsOf64(extra);
    const widened = (field: number): number => {
      const value = header.readUInt32LE(field);
      if (value !== IN_64) return value;
      const next = wide.shift();
      if (next === undefined) throw damaged(`entry ${entries.length + 1} lacks its fields of zip64`);
      return next;
    };
    const [size, stored, start] = [widened(24), widened(20), widened(42)];
    const name = header.subarray(CENTRAL_BYTES, CENTRAL_BYTES + nameBytes);
    entries.push({
      name: name.toString(isUtf8(name) ? 'utf8' : 'latin1'),
      flags: header.readUInt16LE(8),
      method: header.readUInt16LE(10),
      crc32: header.readUInt32LE(16),
      stored,
      size,
      at: start,
    });
  }
  if (entries.length !== count) throw damaged(`it has ${entries.length} entries, and says ${count}`);
  return entries;
}

function fieldsOf64(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length;) {
    const [id, length] = [extra.readUInt16LE(at), extra.readUInt16LE(at + 2)];
    const fields = extra.subarray(at + 4, at + 4 + length);
    if (id === 1) return Array.from({ length: Math.floor(fields.length / 8) }, (_, i) => numberAt(fields, 8 * i));
    at += 4 + length;
  }
  return [];
}

function numberAt(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new SourceCorrupt('the zip directory has a number that is too large');
  return Number(value);
}

/** The bytes of a file between two places: fewer where it ends before. */
export async function bytesAt(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.max(0, to - from));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
  return bytes.subarray(0, bytesRead);
}
