import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Dataset } from '../../contracts/dataset/dataset';
import { RollcallError, SourceCorrupt } from '../../contracts/errors';
import { number } from '../../domain/text/numbers';
import { briefly, isOutOfMemory } from '../duckdb/briefly';
import { ZstdFrames } from './zstd-frames';

/** Envelopes that are read from the front. */
type Compression = Exclude<Dataset['source']['compression'], 'zip'>;

const OUTPUT_CHUNK = 256 * 1024;

/**
 * The content of an envelope. Node inflates, never DuckDB: that takes a truncated gzip file for a whole one and does not look at its
 * checksum (`docs/engine.md` §2). Several members or frames after each other are one content.
 * @throws SourceCorrupt when the envelope is truncated, damaged, or followed by something else
 */
export async function* inflate(source: AsyncIterable<Buffer>, compression: Compression): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    yield* source;
    return;
  }
  // An error of the source itself (a lost connection) is not one of the envelope.
  const outer: Outer = { bytes: 0 };
  const watched = watch(source, outer);
  try {
    yield* compression === 'gzip' ? gunzip(watched) : unzstd(watched);
  } catch (error) {
    if ('failure' in outer) throw outer.failure;
    if (error instanceof RollcallError) throw error;
    // Memory that ran out says nothing of the object.
    if (isOutOfMemory(error)) throw error;
    const damage = isCutOff(error) ? `it is cut off after ${number(outer.bytes)} bytes` : briefly(error);
    throw new SourceCorrupt(`the ${compression} envelope is damaged: ${damage}`, { cause: error });
  }
}

/** What happens on the outside of an envelope. */
interface Outer {
  failure?: unknown;
  /** Of it so far. */
  bytes: number;
}

/** Whether zlib wanted more when there was no more. */
function isCutOff(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'Z_BUF_ERROR';
}

function gunzip(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return through(source, createGunzip({ chunkSize: OUTPUT_CHUNK }));
}

async function* unzstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames(source);
  let any = false;
  while (await frames.next()) {
    any = true;
    yield* through(frames.frame(), createZstdDecompress({ chunkSize: OUTPUT_CHUNK }));
  }
  if (!any) throw new SourceCorrupt('the zstd envelope is damaged: it holds no frame');
}

function through(source: AsyncIterable<Buffer>, decoder: ReturnType<typeof createGunzip>): AsyncIterable<Buffer> {
  // The callback is there because pipeline wants one: an error also destroys the decoder, whose reader then gets it.
  return pipeline(Readable.from(source, { objectMode: false }), decoder, () => undefined) as AsyncIterable<Buffer>;
}

async function* watch(source: AsyncIterable<Buffer>, outer: Outer): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      let next: IteratorResult<Buffer>;
      try {
        next = await chunks.next();
      } catch (error) {
        outer.failure = error;
        throw error;
      }
      if (next.done === true) return;
      // Not inside the inner `try`: a decoder that gives up throws its own error in here.
      outer.bytes += next.value.length;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}
