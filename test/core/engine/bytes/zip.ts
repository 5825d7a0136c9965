import { crc32, deflateRawSync } from 'node:zlib';

/** What an archiver may do. */
export interface Entry {
  readonly name: string;
  readonly content: Buffer | string;
  readonly method?: 'stored' | 'deflated';
  /** Sizes and checksum behind the data, as archives have them that were streamed. */
  readonly behind?: boolean;
  /** Sizes and place in the fields of zip64. */
  readonly wide?: boolean;
  /** What is said in place of the truth. */
  readonly said?: {
    readonly flags?: number;
    readonly method?: number;
    readonly size?: number;
    readonly crc32?: number;
  };
  /** Bytes behind the compressed ones that count among them. */
  readonly more?: Buffer;
}

const numbers = (...all: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]) =>
  Buffer.concat(
    all.map(([bytes, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt(value));
      return field.subarray(0, bytes);
    }),
  );

/** A zip archive, made by the format's specification. */
export function zipOf(entries: readonly Entry[], comment = ''): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const { name, content, method = 'deflated', behind = false, wide = false, said = {}, more } of entries) {
    const bytes = Buffer.from(content);
    const data = Buffer.concat([method === 'stored' ? bytes : deflateRawSync(bytes), more ?? Buffer.alloc(0)]);
    const crc = said.crc32 ?? crc32(bytes);
    const size = said.size ?? bytes.length;
    const head = numbers(
      [2, 45],
      [2, (said.flags ?? 0) | (behind ? 8 : 0)],
      [2, said.method ?? (method === 'stored' ? 0 : 8)],
      [4, 0],
    );
    const full = 0xffffffff;
    const lengths = wide ? numbers([4, crc], [4, full], [4, full]) : numbers([4, crc], [4, data.length], [4, size]);
    const extra = (place: boolean) =>
      wide
        ? Buffer.concat([
            numbers([2, 0x5455], [2, 1]),
            Buffer.of(0),
            numbers([2, 1], [2, place ? 24 : 16], [8, size], [8, data.length]),
            place ? numbers([8, at]) : Buffer.alloc(0),
          ])
        : Buffer.alloc(0);
    const named = Buffer.from(name);
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04'),
      head,
      behind ? Buffer.alloc(12) : lengths,
      numbers([2, named.length], [2, extra(false).length]),
      named,
      extra(false),
      data,
      behind ? Buffer.concat([Buffer.from('PK\x07\x08'), lengths]) : Buffer.alloc(0),
    ]);
    central.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02'),
        numbers([2, 45]),
        head,
        lengths,
        numbers([2, named.length], [2, extra(true).length], [2, 0], [2, 0], [2, 0], [4, 0], [4, wide ? full : at]),
        named,
        extra(true),
      ]),
    );
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const isWide = entries.some(({ wide }) => wide === true);
  const count = entries.length;
  const end64 = Buffer.concat([
    Buffer.from('PK\x06\x06'),
    numbers([8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, directory.length], [8, at]),
    Buffer.from('PK\x06\x07'),
    numbers([4, 0], [8, at + directory.length], [4, 1]),
  ]);
  return Buffer.concat([
    ...locals,
    directory,
    isWide ? end64 : Buffer.alloc(0),
    Buffer.from('PK\x05\x06'),
    numbers([2, 0], [2, 0], [2, count], [2, count], [4, directory.length], [4, isWide ? 0xffffffff : at]),
    numbers([2, comment.length]),
    Buffer.from(comment),
  ]);
}
