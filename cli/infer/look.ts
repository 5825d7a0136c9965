import type { Compression } from '../../core/contracts/dataset/formats/declaration';
import { containerOf, markupOf, officeFile } from '../../core/domain/detect/container';
import { avroColumns, avroHead, BadAvro } from '../../core/domain/detect/binary/avro';
import type { BinaryFile } from '../../core/domain/detect/binary/binary-finding';
import type { Encoding } from '../../core/domain/detect/guess-encoding';
import type { TextSample } from '../../core/domain/detect/sample';
import type { PeekedFile } from '../../core/engine/peek/file';
import { BadParquet, parquetFile } from '../../core/engine/peek/parquet-file';
import {
  contentOf,
  entryContent,
  SAMPLE_LIMITS,
  sampleRanges,
  sampleStream,
  type SampledBytes,
  type SampleLimits,
} from '../../core/engine/peek/sample-bytes';
import { textSample } from '../../core/engine/peek/text-samples';
import { sentenceOf } from '../../core/domain/detect/describe';
import { FIRST_BYTES, whatItIs } from '../../core/engine/peek/what-it-is';
import { dataEntries, zipEntries } from '../../core/engine/peek/zip-entries';
import { Unreadable } from './unreadable';

/** What is in one file. */
export type Looked =
  | {
      readonly kind: 'text';
      readonly compression: Compression;
      readonly sample: TextSample;
      readonly encoding: Encoding;
      readonly seen: number;
      readonly notes: readonly string[];
    }
  | { readonly kind: 'binary'; readonly format: 'parquet' | 'avro'; readonly file: BinaryFile; readonly seen: number }
  /** Nothing that a definition can be made of, and why. */
  | { readonly kind: 'nothing'; readonly why: string };

/**
 * Looks at a file: at all of it where it is small, else at its beginning and samples of the rest.
 * @throws Unreadable where it cannot be read at all
 */
export async function look(file: PeekedFile, limits: SampleLimits = SAMPLE_LIMITS): Promise<Looked> {
  const first = await file.read(0, FIRST_BYTES);
  const container = containerOf(first);
  switch (container.kind) {
    case 'empty':
      return { kind: 'nothing', why: 'it has 0 bytes' };
    case 'foreign':
      return { kind: 'nothing', why: sentenceOf(whatItIs(first, file.size <= FIRST_BYTES)) };
    case 'format':
      return container.format === 'parquet' ? ofParquet(file) : ofAvro(file, limits);
    case 'plain':
      return ofBytes(file, await sampleRanges(file, limits), 'none', first);
    case 'envelope':
      if (container.envelope === 'zip') return ofZip(file, first, limits);
      return ofBytes(file, await sampleStream(contentOf(file, container.envelope), limits), container.envelope, first);
  }
}

async function ofZip(file: PeekedFile, first: Buffer, limits: SampleLimits): Promise<Looked> {
  const entries = await zipEntries(file);
  if (entries === null)
    return { kind: 'nothing', why: 'a zip archive that is cut off: it has no directory at its end' };
  const office = officeFile(entries.map(({ name }) => name));
  if (office !== null) return { kind: 'nothing', why: `it is ${office}, which is not read: save it as CSV` };
  const data = dataEntries(entries);
  const [entry] = data;
  if (entry === undefined) return { kind: 'nothing', why: 'a zip archive without files' };
  if (data.length > 1)
    return {
      kind: 'nothing',
      why: `a zip archive of ${data.length} files (${data
        .slice(0, 3)
        .map(({ name }) => name)
        .join(', ')}…): only archives of one file are read`,
    };
  if (entry.encrypted)
    return { kind: 'nothing', why: 'an encrypted zip archive: have it delivered without a password' };
  if (entry.method === 'other')
    return { kind: 'nothing', why: 'a zip archive with a compression that is not read: use deflate' };
  return ofBytes(file, await sampleStream(await entryContent(file, entry), limits), 'zip', first);
}

function ofBytes(file: PeekedFile, bytes: SampledBytes, compression: Compression, first: Buffer): Looked {
  const { head, damage, pieces, end } = bytes;
  if (head.length === 0)
    return {
      kind: 'nothing',
      why: damage === null ? `${compression} of 0 bytes` : `${sentenceOf(whatItIs(first, false))}: ${damage}`,
    };
  const inner = containerOf(head);
  const text = inner.kind === 'plain' ? textSample(file.name, bytes) : null;
  const markup = text === null ? null : markupOf(text.sample.head);
  if (text === null || markup !== null)
    return { kind: 'nothing', why: sentenceOf(whatItIs(compression === 'none' ? head : first, false)) };
  const seen = head.length + [...pieces, ...(end === null ? [] : [end])].reduce((sum, { length }) => sum + length, 0);
  const notes = damage === null ? [] : [`${file.name} cannot be read to its end: ${damage}`];
  return { kind: 'text', compression, ...text, seen, notes };
}

async function ofParquet(file: PeekedFile): Promise<Looked> {
  try {
    return { kind: 'binary', format: 'parquet', file: await parquetFile(file), seen: Math.min(file.size, 1 << 20) };
  } catch (error) {
    if (!(error instanceof BadParquet)) throw error;
    return { kind: 'nothing', why: error.message };
  }
}

async function ofAvro(file: PeekedFile, { head }: SampleLimits): Promise<Looked> {
  const bytes = await file.read(0, head);
  try {
    const { schema, records, whole } = avroHead(bytes);
    const columns = avroColumns(schema);
    if (columns === null) return { kind: 'nothing', why: 'an Avro file whose schema is no record' };
    const isWhole = whole && bytes.length === file.size;
    const known = {
      name: file.name,
      columns,
      records: isWhole ? records : null,
      nulls: new Map(),
      tallies: new Map(),
      looked: 0,
    };
    return { kind: 'binary', format: 'avro', file: known, seen: bytes.length };
  } catch (error) {
    if (!(error instanceof BadAvro)) throw error;
    return { kind: 'nothing', why: `an Avro file that is damaged: ${error.message}` };
  }
}

/** One error for files of which none can be used. */
export function nothingIn(reasons: readonly string[]): Unreadable {
  return new Unreadable(reasons.length === 0 ? 'there is no file to look at' : reasons.join('\n'));
}
