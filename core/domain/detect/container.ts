/** What the first bytes of an object say of it as a whole. Magic numbers only; what is text is looked at elsewhere. */

/** Envelopes that Rollcall opens. */
export type Envelope = 'gzip' | 'zstd' | 'zip';

export type Container =
  | { readonly kind: 'empty' }
  | { readonly kind: 'envelope'; readonly envelope: Envelope }
  | { readonly kind: 'format'; readonly format: 'parquet' | 'avro' }
  /** Something that Rollcall does not read: what it is, and what can be done about it. */
  | { readonly kind: 'foreign'; readonly what: string; readonly advice: string }
  /** Nothing that is known by its first bytes: text, or bytes of no known kind. */
  | { readonly kind: 'plain' };

const UNPACK = 'unpack it, or have it delivered as gzip or zstd';
const EXPORT = 'have it delivered as Parquet, CSV or JSON';

function foreign(what: string, advice: string): Container {
  return { kind: 'foreign', what, advice };
}

/** Magic numbers at an offset, as Latin-1. */
const MAGIC: readonly (readonly [at: number, magic: string, container: Container])[] = [
  [0, '\x1f\x8b', { kind: 'envelope', envelope: 'gzip' }],
  [0, '\x28\xb5\x2f\xfd', { kind: 'envelope', envelope: 'zstd' }],
  [0, 'PK\x03\x04', { kind: 'envelope', envelope: 'zip' }],
  [0, 'PK\x05\x06', foreign('a zip archive without entries', 'see what should be in it')],
  [0, 'PAR1', { kind: 'format', format: 'parquet' }],
  [0, 'PARE', foreign('an encrypted Parquet file', 'have it delivered without encryption')],
  [0, 'Obj\x01', { kind: 'format', format: 'avro' }],
  [0, 'ORC', foreign('an ORC file', EXPORT)],
  [0, 'ARROW1', foreign('an Arrow file', EXPORT)],
  [0, 'FEA1', foreign('a Feather file', EXPORT)],
  [0, '\x89HDF\r\n', foreign('an HDF5 file', EXPORT)],
  [0, 'SQLite format 3\0', foreign('an SQLite database', EXPORT)],
  [8, 'DUCK', foreign('a DuckDB database', EXPORT)],
  [0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', foreign('an old Excel or Office file', 'save it as CSV')],
  [0, '%PDF-', foreign('a PDF', EXPORT)],
  [0, '\x89PNG\r\n', foreign('a PNG image', EXPORT)],
  [0, '\xff\xd8\xff', foreign('a JPEG image', EXPORT)],
  [0, 'GIF8', foreign('a GIF image', EXPORT)],
  [0, 'BZh', foreign('bzip2', UNPACK)],
  [0, '\xfd7zXZ\0', foreign('xz', UNPACK)],
  [0, '\x04\x22\x4d\x18', foreign('LZ4', UNPACK)],
  [0, '\xff\x06\0\0sNaPpY', foreign('framed Snappy', UNPACK)],
  [0, '\x82SNAPPY\0', foreign('Snappy of Java', UNPACK)],
  [0, '\x1f\x9d', foreign('the compression of Unix (.Z)', UNPACK)],
  [0, '7z\xbc\xaf\x27\x1c', foreign('a 7-Zip archive', UNPACK)],
  [0, 'Rar!\x1a\x07', foreign('a RAR archive', UNPACK)],
  [257, 'ustar', foreign('a tar archive', 'have its files delivered one by one')],
  [0, '-----BEGIN PGP', foreign('encrypted with PGP', 'have it delivered decrypted')],
];

/** What an object is whose first bytes these are: some hundred are enough. */
export function containerOf(first: Uint8Array): Container {
  if (first.length === 0) return { kind: 'empty' };
  for (const [at, magic, container] of MAGIC) if (hasAt(first, at, magic)) return container;
  return { kind: 'plain' };
}

function hasAt(bytes: Uint8Array, at: number, magic: string): boolean {
  if (bytes.length < at + magic.length) return false;
  for (let i = 0; i < magic.length; i += 1) if (bytes[at + i] !== magic.charCodeAt(i)) return false;
  return true;
}

/** Names of a zip's entries by which it is a file of Office, that an extension `.csv.zip` does not hide. */
export function officeFile(entries: readonly string[]): string | null {
  if (entries.some((name) => name.startsWith('xl/'))) return 'an Excel workbook (.xlsx)';
  if (entries.some((name) => name.startsWith('word/'))) return 'a Word document (.docx)';
  return entries.includes('mimetype') && entries.includes('content.xml') ? 'an OpenDocument file (.ods)' : null;
}

/** Text that is none of data: a page or an answer that was saved in place of a file. */
export function markupOf(text: string): { readonly what: string; readonly advice: string } | null {
  const start = text.slice(0, 2000).trimStart();
  if (/^<!doctype html|^<html[\s>]/i.test(start))
    return { what: 'an HTML page', advice: 'it may be the error page of a download: look at it' };
  if (!/^<\?xml[\s?]|^<[A-Za-z][\w:.-]*[\s>/]/.test(start)) return null;
  if (/<Error>[^]*<Code>/.test(start)) return { what: 'an answer of S3 that says no (XML)', advice: 'look at it' };
  return { what: 'XML', advice: 'have it delivered as JSON or CSV' };
}
