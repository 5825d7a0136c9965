import { declarationOf, FORMAT_NAMES } from '../../contracts/dataset/formats';
import type { Dataset } from '../../contracts/dataset/dataset';
import { RollcallError, SchemaMismatch, SourceCorrupt, withMore } from '../../contracts/errors';
import { inflate } from '../bytes/inflate';
import type { Landing } from './format';
import { FORMATS } from '.';

/** First bytes of an object that are kept until it is landed. */
const HEAD_BYTES = 64 * 1024;

/** How the envelopes begin, declared or not. */
const ENVELOPES = [
  { name: 'gzip', magic: Buffer.from([0x1f, 0x8b]) },
  { name: 'zstd', magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
  { name: 'zip', magic: Buffer.from('PK\x03\x04') },
];

/**
 * Lands an object. Where it is not what the definition says, the error says what its first bytes look like instead.
 * @param land gets a landing that is to be used in place of the one given
 */
export async function sayingWhatArrived<T>(landing: Landing, land: (landing: Landing) => Promise<T>): Promise<T> {
  const pieces: Buffer[] = [];
  const reader: Landing['reader'] = { read: async (object) => keepHead(await landing.reader.read(object), pieces) };
  try {
    return await land({ ...landing, reader });
  } catch (error) {
    if (!(error instanceof SourceCorrupt || error instanceof SchemaMismatch)) throw error;
    const arrived = await whatArrived(landing.dataset, Buffer.concat(pieces));
    throw arrived === null ? error : withMore(error, arrived);
  }
}

async function* keepHead(chunks: AsyncIterable<Buffer>, pieces: Buffer[]): AsyncGenerator<Buffer> {
  let room = HEAD_BYTES;
  for await (const chunk of chunks) {
    // A copy: a piece of a larger buffer would keep all of it.
    if (room > 0) pieces.push(Buffer.from(chunk.subarray(0, room)));
    room -= chunk.length;
    yield chunk;
  }
}

/** What an object is that begins with these bytes as they are stored, in a sentence; null where it is as declared or nothing can be said. */
async function whatArrived({ source }: Dataset, stored: Buffer): Promise<string | null> {
  const { format, compression } = source;
  const envelope = ENVELOPES.find(({ magic }) => stored.subarray(0, magic.length).equals(magic));
  if (envelope !== undefined && envelope.name !== compression) return `it begins as ${envelope.name} does`;
  if (compression !== 'none' && envelope === undefined) {
    const bare = whatContent(stored);
    return bare === null ? null : `it is not in ${compression}: it begins as ${bare} does`;
  }
  const content = await firstOf(inflate(one(stored), compression));
  if (FORMATS[format].describe(content) !== null) return null;
  const found = whatContent(content);
  return found === null ? null : `it begins as ${found} does`;
}

function whatContent(content: Buffer): string | null {
  const first = content.subarray(0, 2).toString('hex');
  if (first === 'fffe' || first === 'feff') return 'text of UTF-16';
  // What is no text is the surer guess.
  const names = FORMAT_NAMES.toSorted((a, b) => Number(declarationOf(a).isText) - Number(declarationOf(b).isText));
  return names.map((name) => FORMATS[name].describe(content)).find((what) => what !== null) ?? null;
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** What can be inflated of a beginning; nothing where its envelope is damaged. */
async function firstOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  try {
    for await (const chunk of chunks) return chunk;
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error;
  }
  return Buffer.alloc(0);
}
