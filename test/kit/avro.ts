import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';
import { parseAvroSchema, type AvroType } from '../../core/domain/avro/schema';

/** Avro files, written by nothing of the engine and by no library that it uses. */

export const CODECS = ['null', 'deflate', 'zstandard', 'snappy'] as const;

/** A value of a union, where it is not the first of its types that is not null. */
export class Branch {
  constructor(
    readonly index: number,
    readonly value: unknown,
  ) {}
}

export interface AvroOptions {
  readonly codec?: string;
  readonly perBlock?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

export const SYNC = Buffer.from('0123456789abcdef');

/** A file of records. Records and members are objects, unions their values or {@link Branch}, maps objects or lists of pairs. */
export function avroFile(schema: unknown, records: readonly unknown[], options: AvroOptions = {}): Buffer {
  const { codec = 'null', perBlock = 100 } = options;
  const type = parseAvroSchema(JSON.stringify(schema));
  const blocks: Buffer[] = [];
  for (let at = 0; at < records.length; at += perBlock) {
    const some = records.slice(at, at + perBlock);
    blocks.push(avroBlock(some.length, Buffer.concat(some.map((one) => encoded(type, one))), codec));
  }
  return Buffer.concat([avroHeader(JSON.stringify(schema), options), ...blocks]);
}

export function avroHeader(schema: string, { codec = 'null', metadata = {} }: AvroOptions = {}): Buffer {
  const members = Object.entries({ 'avro.schema': schema, 'avro.codec': codec, ...metadata });
  return Buffer.concat([
    Buffer.from('Obj\x01'),
    long(members.length),
    ...members.flatMap(([name, value]) => [lengthAnd(Buffer.from(name)), lengthAnd(Buffer.from(value))]),
    long(0),
    SYNC,
  ]);
}

export function avroBlock(records: number, content: Buffer, codec = 'null'): Buffer {
  return Buffer.concat([long(records), lengthAnd(compressed(content, codec)), SYNC]);
}

function compressed(content: Buffer, codec: string): Buffer {
  if (codec === 'deflate') return deflateRawSync(content);
  if (codec === 'zstandard') return zstdCompressSync(content);
  return codec === 'snappy' ? snappy(content) : content;
}

/** Literals, and copies of what repeats what is four bytes or a hundred before: of all kinds, overlapping ones too. */
function snappy(content: Buffer): Buffer {
  const size: number[] = [];
  for (let left = content.length; ; left >>>= 7) {
    size.push(left < 128 ? left : (left & 127) | 128);
    if (left < 128) break;
  }
  const pieces: Buffer[] = [Buffer.from(size)];
  let literal = 0;
  const flush = (to: number) => {
    const length = to - literal;
    if (length === 0) return;
    const tag = length <= 60 ? [(length - 1) << 2] : [61 << 2, (length - 1) & 255, (length - 1) >> 8];
    pieces.push(Buffer.from(tag), content.subarray(literal, to));
  };
  for (let at = 0; at < content.length;) {
    const offset = [1, 4, 100, 3000].find((back) => back <= at && repeats(content, at, back) >= 4);
    if (offset === undefined) {
      at += 1;
      if (at - literal === 60_000) {
        flush(at);
        literal = at;
      }
      continue;
    }
    flush(at);
    const length = Math.min(repeats(content, at, offset), 64);
    if (length < 12 && offset < 2048)
      pieces.push(Buffer.from([((offset >> 8) << 5) | ((length - 4) << 2) | 1, offset & 255]));
    else if (at % 2 === 0) pieces.push(Buffer.from([((length - 1) << 2) | 2, offset & 255, offset >> 8]));
    else pieces.push(Buffer.from([((length - 1) << 2) | 3, offset & 255, offset >> 8, 0, 0]));
    at += length;
    literal = at;
  }
  flush(content.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  return Buffer.concat([...pieces, sum]);
}

function repeats(content: Buffer, at: number, back: number): number {
  let length = 0;
  while (length < 64 && at + length < content.length && content[at + length] === content[at + length - back])
    length += 1;
  return length;
}

export function long(value: number | bigint): Buffer {
  let left = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Buffer.from([...bytes, Number(left)]);
}

const lengthAnd = (bytes: Buffer) => Buffer.concat([long(bytes.length), bytes]);

/** A value in Avro's binary encoding. */
function encoded(type: AvroType, value: unknown): Buffer {
  switch (type.kind) {
    case 'null':
      return Buffer.alloc(0);
    case 'boolean':
      return Buffer.from([value === true ? 1 : 0]);
    case 'int':
    case 'long':
      return long(value as number | bigint);
    case 'float': {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value as number);
      return bytes;
    }
    case 'double': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value as number);
      return bytes;
    }
    case 'bytes':
    case 'string':
      return lengthAnd(Buffer.from(value as string));
    case 'fixed':
      return Buffer.from(value as Buffer);
    case 'enum':
      return long(type.symbols.indexOf(value as string));
    case 'array':
      return listed((value as unknown[]).map((one) => encoded(type.items, one)));
    case 'map': {
      const pairs = Array.isArray(value) ? (value as [string, unknown][]) : Object.entries(value as object);
      return listed(pairs.map(([key, one]) => Buffer.concat([lengthAnd(Buffer.from(key)), encoded(type.values, one)])));
    }
    case 'record':
      return Buffer.concat(
        type.fields.map((field) => encoded(field.type, (value as Record<string, unknown>)[field.name])),
      );
    case 'union': {
      const first = type.branches.findIndex(
        ({ kind }) => (kind === 'null') === (value === null || value === undefined),
      );
      const { index, value: of } = value instanceof Branch ? value : new Branch(first, value);
      return Buffer.concat([long(index), encoded(type.branches[index]!, of)]);
    }
  }
}

/** In two blocks, the second with its size. */
function listed(items: readonly Buffer[]): Buffer {
  const half = items.slice(0, items.length >> 1);
  const rest = Buffer.concat(items.slice(half.length));
  const first = half.length === 0 ? [] : [long(half.length), ...half];
  const second = items.length === 0 ? [] : [long(half.length - items.length), long(rest.length), rest];
  return Buffer.concat([...first, ...second, long(0)]);
}

/** Digits as bytes in two's complement. */
export function decimalBytes(unscaled: bigint, size?: number): Buffer {
  let bytes = size ?? 1;
  while (BigInt.asIntN(8 * bytes, unscaled) !== unscaled) bytes += 1;
  return Buffer.from(
    BigInt.asUintN(8 * bytes, unscaled)
      .toString(16)
      .padStart(2 * bytes, '0'),
    'hex',
  );
}
