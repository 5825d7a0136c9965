import { inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { SourceCorrupt } from '../../../contracts/errors';
import { renderValue } from '../../../contracts/problems';
import { briefly } from '../../duckdb/briefly';
import { unsnappy } from './snappy';

/** Inflates the content of a block. Null where it would have more than `most` bytes. */
type Codec = (stored: Buffer, most: number) => Buffer | null;

const CODECS: Readonly<Record<string, Codec>> = {
  null: (stored, most) => (stored.length > most ? null : stored),
  deflate: bounded((stored, maxOutputLength) => {
    const inflated: unknown = inflateRawSync(stored, { maxOutputLength, info: true });
    if (!isWithEngine(inflated)) throw new TypeError('expected what zlib gives with its option info');
    const { buffer, engine } = inflated;
    if (engine.bytesWritten !== stored.length) throw new Error(`it ends after ${engine.bytesWritten} of its bytes`);
    return buffer;
  }),
  zstandard: bounded((stored, maxOutputLength) => zstdDecompressSync(stored, { maxOutputLength })),
  snappy: unsnappy,
};

/**
 * How the blocks of a file are inflated.
 * @throws SourceCorrupt for a codec that is not known
 */
export function codecOf(name: string): (stored: Buffer, most: number) => Buffer | null {
  const codec = Object.hasOwn(CODECS, name) ? CODECS[name] : undefined;
  if (codec === undefined)
    throw new SourceCorrupt(
      `its codec is ${renderValue(name)}, which is not read; expected one of ${Object.keys(CODECS).join(', ')}`,
    );
  return (stored, most) => {
    try {
      return codec(stored, most);
    } catch (error) {
      throw new SourceCorrupt(`${name} that is damaged: ${briefly(error)}`, { cause: error });
    }
  };
}

function bounded(inflate: (stored: Buffer, maxOutputLength: number) => Buffer): Codec {
  return (stored, most) => {
    try {
      return inflate(stored, most);
    } catch (error) {
      const { code } = (error ?? {}) as { readonly code?: unknown };
      if (code === 'ERR_BUFFER_TOO_LARGE') return null;
      throw error;
    }
  };
}

/** Its types do not know of the option. */
function isWithEngine(given: unknown): given is { readonly buffer: Buffer; readonly engine: { bytesWritten: number } } {
  return typeof given === 'object' && given !== null && 'buffer' in given && 'engine' in given;
}
