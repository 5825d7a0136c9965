import { isUtf8 } from 'node:buffer';
import type { Column } from '../../../contracts/dataset/dataset';
import type { AvroType } from '../../../domain/avro/schema';
import type { ColumnText } from './column-values';
import type { Cursor } from './cursor';
import { instantOf, microsOf } from './meanings';
import type { Step } from './passing';
import type { StoredBooleans, StoredDoubles, StoredLongs, StoredTexts } from './stored-values';

/** Steps that read values which have no others inside, and keep them. What a column cannot hold they say. */

type Unfit = () => void;

export const booleans =
  (values: StoredBooleans): Step =>
  (cursor) =>
    values.put(cursor.bytes[cursor.at++]!);

export function doubles(type: AvroType, values: StoredDoubles, unfit: Unfit): Step {
  const put = (value: number) => {
    if (Number.isFinite(value)) return values.put(value);
    values.unfit();
    unfit();
  };
  const { kind } = type;
  if (kind === 'float' || kind === 'double') {
    const read = numberReader(kind);
    return (cursor) => put(read(cursor));
  }
  return (cursor) => {
    const whole = cursor.long();
    const value = Number(whole);
    put(typeof whole === 'number' || BigInt(value) === whole ? value : NaN);
  };
}

function numberReader(kind: 'float' | 'double'): (cursor: Cursor) => number {
  if (kind === 'float')
    return (cursor) => {
      cursor.at += 4;
      return cursor.bytes.readFloatLE(cursor.at - 4);
    };
  return (cursor) => {
    cursor.at += 8;
    return cursor.bytes.readDoubleLE(cursor.at - 8);
  };
}

/** Whole numbers; instants as microseconds, dates as days. */
export function longs({ type: wanted }: Column, type: AvroType, values: StoredLongs, unfit: Unfit): Step {
  const instant = wanted === 'timestamp' && 'logical' in type ? instantOf(type.logical) : null;
  if (instant === null || instant.unit === 'micros') return (cursor) => void values.put(cursor.long());
  const { unit } = instant;
  return (cursor) => {
    const micros = microsOf(cursor.long(), unit);
    if (micros === null) values.unfit();
    if (micros === null || !values.put(micros)) unfit();
  };
}

/** Decimals of the scale that the column has. */
export function decimals(type: AvroType, precision: number, values: StoredLongs, unfit: Unfit): Step {
  const limit = 10n ** BigInt(precision);
  const read = bytesReader(type);
  return (cursor) => {
    const bytes = read(cursor);
    const { length } = bytes;
    const value =
      length > 0 && length <= 6
        ? bytes.readIntBE(0, length)
        : length === 0
          ? limit
          : BigInt.asIntN(8 * length, BigInt(`0x${bytes.toString('hex')}`));
    if (value < limit && value > -limit) return void values.put(value);
    values.unfit();
    unfit();
  };
}

/** Texts whose bytes are those of the value; null for a type that has to be made one. */
export function copies(type: AvroType, values: StoredTexts, unfit: Unfit): Step | null {
  switch (type.kind) {
    case 'string':
      return (cursor) => {
        const length = cursor.length();
        const from = cursor.at;
        cursor.at += length;
        values.copy(cursor.bytes, from, cursor.at);
      };
    case 'enum': {
      const symbols = type.symbols.map((symbol) => Buffer.from(symbol));
      return (cursor) => {
        const symbol = symbols[cursor.small()];
        if (symbol !== undefined) values.copy(symbol, 0, symbol.length);
      };
    }
    case 'bytes':
    case 'fixed': {
      if (type.logical !== null) return null;
      const read = bytesReader(type);
      return (cursor) => {
        const bytes = read(cursor);
        if (isUtf8(bytes)) return values.copy(bytes, 0, bytes.length);
        values.unfit();
        unfit();
      };
    }
    default:
      return null;
  }
}

/** Whatever is written for a column, as text; null for a type that has others inside. */
export function written(type: AvroType, text: ColumnText, values: StoredTexts, unfit: Unfit): Step | null {
  const read = valueReader(type);
  if (read === null) return null;
  return (cursor) => takeText(text(read(cursor)), values, unfit);
}

/** Keeps what `columnText` has made of a value. */
export function takeText(json: string | undefined, values: StoredTexts, unfit: Unfit): void {
  if (json === undefined) {
    values.unfit();
    unfit();
  } else if (json === 'null') values.null();
  else values.put(json.startsWith('"') ? String(JSON.parse(json)) : json);
}

/** Gives a value as avsc does. */
function valueReader(type: AvroType): ((cursor: Cursor) => unknown) | null {
  switch (type.kind) {
    case 'null':
      return () => null;
    case 'boolean':
      return (cursor) => cursor.bytes[cursor.at++] === 1;
    case 'int':
    case 'long':
      return (cursor) => cursor.long();
    case 'float':
    case 'double':
      return numberReader(type.kind);
    case 'enum':
      return (cursor) => `s${cursor.small()}`;
    case 'string': {
      const read = bytesReader(type);
      return (cursor) => read(cursor).toString('utf8');
    }
    case 'bytes':
    case 'fixed':
      return bytesReader(type);
    default:
      return null;
  }
}

function bytesReader(type: AvroType): (cursor: Cursor) => Buffer {
  const size = type.kind === 'fixed' ? type.size : null;
  return (cursor) => {
    const length = size ?? cursor.length();
    cursor.at += length;
    return cursor.bytes.subarray(cursor.at - length, cursor.at);
  };
}
