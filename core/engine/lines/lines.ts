import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** One physical line of a file. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** The bytes with their line end; of a line over the limit, the beginning only. */
  readonly raw: Buffer;
  /** Bytes without LF, CRLF or a CR that ends the file. */
  readonly length: number;
  /** Whether the line is longer than the limit, so that `raw` is cut. */
  readonly tooLong: boolean;
}

const CHUNK = 1 << 20;
const LF = 10;
const CR = 13;

/**
 * The lines of a file, one after the other. It reads synchronously: nothing else runs meanwhile, and a promise per chunk costs more than
 * the reading. `raw` is valid until the next line is asked for.
 */
export function* linesOf(path: string, maxBytes: number): Generator<Line> {
  const fd = openSync(path, 'r');
  try {
    let number = 0;
    // The beginning of a line that goes on in the next chunk, at most `maxBytes` of it, and its length in all.
    let carried: Buffer[] = [];
    let kept = 0;
    let carriedLength = 0;
    let lastByte = 0;
    const complete = (tail: Buffer, ended: boolean): Line => {
      number += 1;
      const total = carriedLength + tail.length;
      const beforeLf = tail.length >= 2 ? tail[tail.length - 2] : lastByte;
      const end = ended ? (total >= 2 && beforeLf === CR ? 2 : 1) : lastByte === CR ? 1 : 0;
      const length = total - end;
      const raw = carried.length === 0 ? tail : Buffer.concat([...carried, tail.subarray(0, maxBytes + 2 - kept)]);
      carried = [];
      kept = 0;
      carriedLength = 0;
      return { number, raw, length, tooLong: length > maxBytes };
    };
    // Most files of a batch can be small, and there can be thousands of them.
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK, fstatSync(fd).size)));
    for (let size = readSync(fd, buffer); size > 0; size = readSync(fd, buffer)) {
      const chunk = buffer.subarray(0, size);
      let start = 0;
      for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
        yield complete(chunk.subarray(start, end + 1), true);
        start = end + 1;
      }
      if (start < size) {
        const rest = chunk.subarray(start);
        const room = Math.max(0, maxBytes + 2 - kept);
        if (room > 0) carried.push(Buffer.from(rest.subarray(0, room)));
        kept += Math.min(room, rest.length);
        carriedLength += rest.length;
        lastByte = rest[rest.length - 1] ?? 0;
      }
    }
    if (carriedLength > 0) yield complete(Buffer.alloc(0), false);
  } finally {
    closeSync(fd);
  }
}
