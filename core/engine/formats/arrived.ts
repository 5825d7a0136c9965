import { SchemaMismatch, SourceCorrupt, withMore } from '../../contracts/errors';
import { sentenceOf, type Description } from '../../domain/detect/describe';
import { FIRST_BYTES, whatItIs } from '../peek/what-it-is';
import type { Landing } from './format';

/** First bytes that are kept of an object that was landed: it can still turn out to be none that can be read. */
const KEPT_BYTES = 4096;

/** An object that is being landed, and its first bytes, to say what it is. */
export class Arriving {
  /** To be used in place of the one given. */
  readonly landing: Landing;
  private pieces: Buffer[] = [];

  constructor(private readonly of: Landing) {
    this.landing = {
      ...of,
      reader: { read: async (object) => keepHead(await of.reader.read(object), this.pieces) },
    };
  }

  /** What it is, as far as its first bytes tell. */
  describe(): Description {
    const { dataset, object } = this.of;
    const first = Buffer.concat(this.pieces).subarray(0, FIRST_BYTES);
    return whatItIs(first, first.length >= object.size, { ...dataset.source, columns: Object.keys(dataset.columns) });
  }

  /** Keeps fewer of its bytes: of thousands of objects they are many. */
  keepFewer(): void {
    this.pieces = [Buffer.from(Buffer.concat(this.pieces).subarray(0, KEPT_BYTES))];
  }
}

/**
 * Lands an object. Where it is not what the definition says, the error says what its first bytes look like instead.
 * @param land gets a landing that is to be used in place of the one given
 */
export async function sayingWhatArrived<T>(arriving: Arriving, land: (landing: Landing) => Promise<T>): Promise<T> {
  try {
    const landed = await land(arriving.landing);
    arriving.keepFewer();
    return landed;
  } catch (error) {
    if (!(error instanceof SourceCorrupt || error instanceof SchemaMismatch)) throw error;
    const arrived = arriving.describe();
    throw arrived.differences.length === 0 ? error : withMore(error, sentenceOf(arrived));
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
