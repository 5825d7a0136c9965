import { decode, encodingOf, fits, type Encoding } from '../../domain/detect/guess-encoding';
import type { TextSample } from '../../domain/detect/sample';
import type { SampledBytes } from './sample-bytes';

/** The text of sampled bytes; null where they are none. */
export function textSample(name: string, bytes: SampledBytes): { sample: TextSample; encoding: Encoding } | null {
  const first = encodingOf(bytes.head, bytes.cut);
  if (first === null) return null;
  const others = [...bytes.pieces, ...(bytes.end === null ? [] : [bytes.end])];
  const wide = first.decoder.startsWith('utf-16');
  const lines = wide ? others : others.map((piece) => wholeLines(piece, piece === bytes.end));
  // What the beginning has none of, the rest may show: nothing but ASCII is of many encodings.
  const odd = wide ? undefined : lines.find((piece) => !fits(piece, first));
  const encoding = odd === undefined ? first : (encodingOf(odd, false) ?? first);
  const text = (piece: Uint8Array, isEnd: boolean) => {
    const decoded = decode(piece, { ...encoding, mark: 0 }, !isEnd);
    return wide ? wholeTextLines(decoded, isEnd) : decoded;
  };
  return {
    sample: {
      name,
      head: decode(bytes.head, { ...encoding, mark: first.mark }, bytes.cut),
      cut: bytes.cut,
      pieces: lines.slice(0, bytes.pieces.length).map((piece) => text(piece, false)),
      end: bytes.end === null ? null : text(lines.at(-1) ?? bytes.end, true),
    },
    encoding,
  };
}

const LINE_FEED = 10;

/** Without the line that a piece begins in the middle of, and the one that it ends in. */
function wholeLines(piece: Buffer, isEnd: boolean): Buffer {
  const from = piece.indexOf(LINE_FEED) + 1;
  return piece.subarray(from, isEnd ? undefined : piece.lastIndexOf(LINE_FEED) + 1);
}

function wholeTextLines(text: string, isEnd: boolean): string {
  return text.slice(text.indexOf('\n') + 1, isEnd ? undefined : text.lastIndexOf('\n') + 1);
}
