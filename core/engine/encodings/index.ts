import type { Dataset } from '../../contracts/dataset/dataset';
import { encodingOf } from '../../contracts/dataset/formats/encoding';
import { SourceCorrupt } from '../../contracts/errors';
import { contentOf, type Wanted } from '../bytes/land';
import type { Codec } from './codec';
import { ISO_2022_JP } from './iso-2022-jp';
import { multiByte } from './multi-byte';
import { singleByte } from './single-byte';
import { utf16 } from './utf16';

const MULTI_BYTE: readonly string[] = ['gbk', 'gb18030', 'big5', 'euc-jp', 'euc-kr', 'shift_jis'];

/** Codecs that were made: some need large tables. */
const made = new Map<string, Codec>();

function codecNamed(name: string): Codec {
  const known = made.get(name);
  if (known !== undefined) return known;
  const codec = makeCodec(name);
  made.set(name, codec);
  return codec;
}

function makeCodec(name: string): Codec {
  if (name === 'utf-16le' || name === 'utf-16be') return utf16(name === 'utf-16be');
  if (name === 'iso-2022-jp') return ISO_2022_JP;
  return MULTI_BYTE.includes(name) ? multiByte(name) : singleByte(name);
}

/** Byte-order marks. One that another begins with stands behind it. */
const MARKS: readonly { readonly encoding: string; readonly bytes: Buffer }[] = [
  { encoding: 'utf-8', bytes: Buffer.from([0xef, 0xbb, 0xbf]) },
  { encoding: 'utf-32le', bytes: Buffer.from([0xff, 0xfe, 0, 0]) },
  { encoding: 'utf-32be', bytes: Buffer.from([0, 0, 0xfe, 0xff]) },
  { encoding: 'utf-16le', bytes: Buffer.from([0xff, 0xfe]) },
  { encoding: 'utf-16be', bytes: Buffer.from([0xfe, 0xff]) },
];
const LONGEST_MARK = 4;

/** The text of an object as it is read. */
export interface ObjectText {
  /** As UTF-8, without byte-order mark; what is not of the encoding as escapes. */
  readonly text: AsyncGenerator<Buffer>;
  /** How text is written back as it came; absent where the object is UTF-8. */
  readonly codec?: Codec;
}

/**
 * An object's text as UTF-8: inflated, decoded, without byte-order mark.
 * @throws SourceCorrupt where a byte-order mark contradicts the declared encoding, and as `contentOf`
 */
export async function textOf(wanted: Wanted): Promise<ObjectText> {
  const content = contentOf(wanted);
  const first = await takeFirst(content, LONGEST_MARK);
  const mark = MARKS.find(({ bytes }) => first.subarray(0, bytes.length).equals(bytes));
  const encoding = encodingBy(mark?.encoding, wanted.dataset.source);
  const rest = following(first.subarray(mark?.bytes.length ?? 0), content);
  if (encoding === 'utf-8') return { text: rest };
  const codec = codecNamed(encoding);
  return { text: decoded(rest, codec, wanted), codec };
}

function encodingBy(mark: string | undefined, source: Dataset['source']): string {
  const declared = encodingOf(source);
  const plain = declared === 'utf-16' ? 'utf-16le' : declared;
  if (mark === undefined || mark === plain) return plain;
  if (declared === 'utf-16' && mark.startsWith('utf-16')) return mark;
  throw new SourceCorrupt(
    `it begins with the byte-order mark of ${mark.toUpperCase()}, which is not source.encoding, ${declared}`,
  );
}

/** At least so many bytes, where there are as many. */
async function takeFirst(chunks: AsyncGenerator<Buffer>, bytes: number): Promise<Buffer> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length < bytes) {
    const next = await chunks.next();
    if (next.done === true) return first;
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
  }
  return first;
}

async function* following(first: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* chunks;
}

async function* decoded(
  chunks: AsyncIterable<Buffer>,
  codec: Codec,
  { budget, object }: Wanted,
): AsyncGenerator<Buffer> {
  const decoder = codec.decoder();
  let came = 0;
  let written = 0;
  const taking = (text: Buffer): Buffer => {
    const before = Math.max(came, written);
    written += text.length;
    // What came is taken already.
    budget.takeBytes(Math.max(0, written - before), object);
    return text;
  };
  for await (const chunk of chunks) {
    came += chunk.length;
    const text = taking(decoder.push(chunk));
    if (text.length > 0) yield text;
  }
  const text = taking(decoder.end());
  if (text.length > 0) yield text;
}
