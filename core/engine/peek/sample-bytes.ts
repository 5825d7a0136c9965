import { pipeline, Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { createInflateRaw } from 'node:zlib';
import type { Envelope } from '../../domain/detect/container';
import { SourceCorrupt } from '../../contracts/errors';
import { inflate } from '../bytes/inflate';
import type { PeekedFile } from './file';
import type { ZipEntry } from './zip-entries';

/** Pieces of a file's content: its beginning, samples of the rest, its end. Memory is bounded by these. */
export interface SampledBytes {
  readonly head: Buffer;
  /** Whether there is more than `head`. */
  readonly cut: boolean;
  readonly pieces: readonly Buffer[];
  readonly end: Buffer | null;
  /** Why reading ended before the content did; null where it did not. */
  readonly damage: string | null;
}

export interface SampleLimits {
  readonly head: number;
  readonly pieces: number;
  readonly piece: number;
  /** Bytes of inflated content after which a stream is left: it cannot be entered at a place of one's choice. */
  readonly most: number;
}

export const SAMPLE_LIMITS: SampleLimits = { head: 10_000_000, pieces: 16, piece: 256 * 1024, most: 256_000_000 };

/** Samples a file that is not compressed, by ranges. */
export async function sampleRanges(file: PeekedFile, limits = SAMPLE_LIMITS): Promise<SampledBytes> {
  const head = await file.read(0, limits.head);
  const rest = file.size - head.length;
  if (rest <= 0) return { head, cut: false, pieces: [], end: null, damage: null };
  const pieces: Buffer[] = [];
  // Even places, so that no character of UTF-16 is cut in two.
  const step = Math.ceil(rest / (limits.pieces + 1) / 2) * 2;
  const end = await file.read(Math.max(head.length, Math.floor((file.size - limits.piece) / 2) * 2), limits.piece);
  for (let i = 0; i < limits.pieces; i += 1) {
    const from = Math.floor(head.length / 2) * 2 + i * step;
    if (from + limits.piece > file.size - end.length) break;
    pieces.push(await file.read(from, limits.piece));
  }
  return { head, cut: true, pieces, end, damage: null };
}

/** Samples what is in an envelope, in one pass. */
export async function sampleStream(content: AsyncIterable<Buffer>, limits = SAMPLE_LIMITS): Promise<SampledBytes> {
  const head: Buffer[] = [];
  let pieces: Buffer[] = [];
  let piece: Buffer[] = [];
  let tail: Buffer[] = [];
  let total = 0;
  let stride = limits.piece * 4;
  let damage: string | null = null;
  let complete = true;
  try {
    for await (const chunk of content) {
      const before = total;
      total += chunk.length;
      const room = limits.head - before;
      if (room > 0) head.push(chunk.subarray(0, room));
      if (total <= limits.head) continue;
      const rest = Buffer.from(room > 0 ? chunk.subarray(room) : chunk);
      tail = trimmed([...tail, rest], limits.piece);
      if (sizeOf(piece) > 0 || Math.floor(before / stride) !== Math.floor(total / stride)) piece.push(rest);
      if (sizeOf(piece) >= limits.piece) {
        pieces.push(Buffer.concat(piece).subarray(0, limits.piece));
        piece = [];
        if (pieces.length > limits.pieces) {
          pieces = pieces.filter((_, i) => i % 2 === 0);
          stride *= 2;
        }
      }
      if (total > limits.most) {
        complete = false;
        break;
      }
    }
  } catch (error) {
    damage = damageOf(error);
    if (damage === null) throw error;
  }
  const cut = total > limits.head || !complete || damage !== null;
  const end = complete && damage === null && total > limits.head ? Buffer.concat(tail) : null;
  return { head: Buffer.concat(head), cut, pieces, end, damage };
}

/** What is wrong with the bytes; null for errors of another kind, such as a lost connection. */
function damageOf(error: unknown): string | null {
  if (error instanceof SourceCorrupt) return error.message;
  return isNativeError(error) && 'code' in error && String(error.code).startsWith('Z_') ? error.message : null;
}

function sizeOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function trimmed(chunks: Buffer[], most: number): Buffer[] {
  let size = sizeOf(chunks);
  while (chunks.length > 1 && size - chunks[0]!.length >= most) size -= chunks.shift()!.length;
  return chunks;
}

/** What an envelope holds, as a stream. */
export function contentOf(file: PeekedFile, envelope: Exclude<Envelope, 'zip'>): AsyncIterable<Buffer> {
  return inflate(file.stream(0), envelope);
}

/** What an entry of an archive holds, as a stream. Sizes and checksums are not verified here. */
export async function entryContent(file: PeekedFile, entry: ZipEntry): Promise<AsyncIterable<Buffer>> {
  const header = await file.read(entry.at, 30);
  const from = entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (entry.method === 'stored') return upTo(file.stream(from), entry.compressed);
  const inflated = createInflateRaw();
  // The callback is there because pipeline wants one; the reader of `inflated` gets the error.
  pipeline(Readable.from(upTo(file.stream(from), entry.compressed), { objectMode: false }), inflated, () => undefined);
  return inflated;
}

async function* upTo(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let left = most;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
