import { open, type FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { RollcallError, SourceCorrupt } from '../../contracts/errors';
import { listed } from '../../domain/text/lists';
import { briefly } from '../duckdb/briefly';
import { bytesAt, zipDirectory, type ZipDirectory, type ZipEntry } from './zip-directory';

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const OUTPUT_CHUNK = 256 * 1024;
/** Bit of an entry's flags: encrypted, sizes behind the data, encrypted strongly, masked headers. */
const [ENCRYPTED, SIZES_BEHIND, STRONGLY, MASKED] = [1, 8, 0x40, 0x2000];
const [STORED, DEFLATED] = [0, 8];
/** Others that archivers write. */
const METHODS: Readonly<Record<number, string>> = {
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
};

/**
 * What the one entry of a zip archive holds. Its length and CRC-32 are held against the directory.
 * @param path of the archive
 * @throws SourceCorrupt where it has not one entry, or one that cannot be read or is damaged
 */
export async function* zipContent(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    const directory = await zipDirectory(file, (await file.stat()).size);
    const entry = onlyEntry(directory.entries);
    const from = await dataOf(file, directory, entry);
    yield* verified(entry, contentAt(file, from, entry));
  } finally {
    await file.close();
  }
}

/** Folders are no entries, nor what macOS adds. */
function isData({ name, size }: ZipEntry): boolean {
  const isFolder = /[/\\]$/.test(name) && size === 0;
  return !isFolder && !/^__MACOSX[/\\]/.test(name) && !/(?:^|[/\\])\.DS_Store$/.test(name);
}

function onlyEntry(all: readonly ZipEntry[]): ZipEntry {
  const [entry, ...others] = all.filter(isData);
  const names = (entries: readonly ZipEntry[]) =>
    listed(
      entries.map(({ name }) => JSON.stringify(name)),
      10,
    );
  if (entry === undefined)
    throw new SourceCorrupt(
      `a zip archive without data, expected one entry${all.length === 0 ? '' : `: ${names(all)}`}`,
    );
  if (others.length > 0)
    throw new SourceCorrupt(
      `a zip archive of ${others.length + 1} entries, expected one: ${names([entry, ...others])}`,
    );
  const called = JSON.stringify(entry.name);
  if ((entry.flags & (ENCRYPTED | STRONGLY | MASKED)) !== 0)
    throw new SourceCorrupt(`the entry ${called} of the zip archive is encrypted, expected one without a password`);
  if (entry.method !== STORED && entry.method !== DEFLATED)
    throw new SourceCorrupt(
      `the entry ${called} of the zip archive is compressed by ${METHODS[entry.method] ?? 'a method'} (${entry.method}), expected Deflate or none`,
    );
  return entry;
}

/** Where the bytes of an entry begin. */
async function dataOf(file: FileHandle, directory: ZipDirectory, entry: ZipEntry): Promise<number> {
  const damaged = (what: string) =>
    new SourceCorrupt(`the zip archive is damaged: ${what} of ${JSON.stringify(entry.name)}`);
  const header = await bytesAt(file, entry.at, entry.at + LOCAL_BYTES);
  if (header.length < LOCAL_BYTES || header.readUInt32LE(0) !== LOCAL) throw damaged('no local header');
  const [flags = 0, method = 0] = [6, 8].map((field) => header.readUInt16LE(field));
  const sizes = [14, 18, 22].map((field) => header.readUInt32LE(field));
  const agrees = (value: number | undefined, said: number) => value === said || value === 0xffffffff;
  const isKnown = (flags & SIZES_BEHIND) === 0;
  if (
    method !== entry.method ||
    (isKnown && !(sizes[0] === entry.crc32 && agrees(sizes[1], entry.stored) && agrees(sizes[2], entry.size)))
  )
    throw damaged('the local header contradicts the directory, that');
  const from = entry.at + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (from + entry.stored > directory.at) throw damaged('bytes are missing');
  return from;
}

async function* contentAt(file: FileHandle, from: number, { method, stored }: ZipEntry): AsyncGenerator<Buffer> {
  const bytes = range(file, from, stored);
  if (method === STORED) {
    yield* bytes;
    return;
  }
  const inflater = createInflateRaw({ chunkSize: OUTPUT_CHUNK });
  // The callback is there because pipeline wants one: an error also destroys the decoder, whose reader then gets it.
  const inflated = pipeline(Readable.from(bytes, { objectMode: false }), inflater, () => undefined);
  try {
    yield* inflated as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof RollcallError) throw error;
    throw new SourceCorrupt(`the zip archive is damaged: ${briefly(error)}`, { cause: error });
  }
  if (inflater.bytesWritten !== stored)
    throw new SourceCorrupt(
      `the zip archive is damaged: ${stored - inflater.bytesWritten} bytes behind the compressed ones`,
    );
}

async function* range(file: FileHandle, from: number, length: number): AsyncGenerator<Buffer> {
  for (let at = from; at < from + length;) {
    const bytes = await bytesAt(file, at, Math.min(at + OUTPUT_CHUNK, from + length));
    at += bytes.length;
    yield bytes;
  }
}

/** Passes an entry's content on, and holds its length and checksum against the directory. */
async function* verified(
  { name, size, crc32: said }: ZipEntry,
  content: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  let checksum = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > size) break;
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  const called = `the entry ${JSON.stringify(name)} of the zip archive`;
  if (bytes !== size)
    throw new SourceCorrupt(
      `${called} has ${bytes > size ? 'more' : `${bytes} bytes, fewer`} than the ${size} bytes that its directory says`,
    );
  if (checksum !== said)
    throw new SourceCorrupt(`${called} is damaged: its CRC-32 is ${hex(checksum)}, its directory says ${hex(said)}`);
}

const hex = (checksum: number) => checksum.toString(16).padStart(8, '0');
