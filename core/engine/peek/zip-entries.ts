import type { PeekedFile } from './file';

/** The entries of a zip archive, by its directory. Only to look at it: a run reads and verifies archives by other code. */

export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated' | 'other';
  readonly encrypted: boolean;
  readonly compressed: number;
  /** Of its local header. */
  readonly at: number;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const MOST_COMMENT = 65_535 + 22;
const MOST_DIRECTORY = 16 << 20;

/** The entries that an archive lists; null where its directory is not to be found, as in one that is cut off. */
export async function zipEntries(file: PeekedFile): Promise<ZipEntry[] | null> {
  const tail = await file.read(Math.max(0, file.size - MOST_COMMENT), MOST_COMMENT);
  for (let at = tail.length - 22; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END) continue;
    const size = tail.readUInt32LE(at + 12);
    const from = tail.readUInt32LE(at + 16);
    if (size > MOST_DIRECTORY || from + size > file.size) return null;
    return entriesIn(await file.read(from, size));
  }
  return null;
}

function entriesIn(directory: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === CENTRAL;) {
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength!),
      ...methodOf(directory, at + 8),
      compressed: directory.readUInt32LE(at + 20),
      at: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength! + extra! + comment!;
  }
  return entries;
}

function methodOf(header: Buffer, at: number): Pick<ZipEntry, 'method' | 'encrypted'> {
  const method = header.readUInt16LE(at + 2);
  return {
    method: method === 0 ? 'stored' : method === 8 ? 'deflated' : 'other',
    encrypted: (header.readUInt16LE(at) & 1) === 1,
  };
}

/** Entries that are data: no folders, and nothing of the copies that macOS adds. */
export function dataEntries<E extends { readonly name: string }>(entries: readonly E[]): E[] {
  return entries.filter(
    ({ name }) => !name.endsWith('/') && !name.startsWith('__MACOSX/') && !/(^|\/)\.DS_Store$/.test(name),
  );
}

/** The first entry, by the archive's first bytes, and where its content begins among them. */
export function firstEntry(first: Buffer): (ZipEntry & { readonly content: number }) | null {
  if (first.length < 30 || first.readUInt32LE(0) !== LOCAL) return null;
  const nameLength = first.readUInt16LE(26);
  return {
    name: first.toString('utf8', 30, 30 + nameLength),
    ...methodOf(first, 6),
    compressed: first.readUInt32LE(18),
    at: 0,
    content: 30 + nameLength + first.readUInt16LE(28),
  };
}
