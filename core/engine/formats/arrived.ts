import { SchemaMismatch, SourceCorrupt, withMore } from '../../contracts/errors';
import { sentenceOf } from '../../domain/detect/describe';
import { FIRST_BYTES, whatItIs } from '../peek/what-it-is';
import type { Landing } from './format';

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
    const arrived = whatArrived(landing, Buffer.concat(pieces));
    throw arrived === null ? error : withMore(error, arrived);
  }
}

async function* keepHead(chunks: AsyncIterable<Buffer>, pieces: Buffer[]): AsyncGenerator<Buffer> {
  let room = FIRST_BYTES;
  for await (const chunk of chunks) {
    // A copy: a piece of a larger buffer would keep all of it.
    if (room > 0) pieces.push(Buffer.from(chunk.subarray(0, room)));
    room -= chunk.length;
    yield chunk;
  }
}

/** What an object is that begins with these bytes as they are stored, in a sentence; null where it is as declared. */
function whatArrived({ dataset, object }: Landing, stored: Buffer): string | null {
  const first = stored.subarray(0, FIRST_BYTES);
  const arrived = whatItIs(first, first.length >= object.size, {
    ...dataset.source,
    columns: Object.keys(dataset.columns),
  });
  return arrived.differences.length === 0 ? null : sentenceOf(arrived);
}
