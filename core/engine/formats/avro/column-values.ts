import { readOf, type Column } from '../../../contracts/dataset/column';
import type { AvroType } from '../../../domain/avro/schema';
import type { BranchNames } from './decoder';
import { bytesOf, numberOf, ofUnion, textOf, wholeOf } from './given';
import { bytesText, type JsonTexts } from './json-texts';
import { dateText, instantOf, instantText, microsOf, timeText } from './meanings';

/**
 * A value for the reader: JSON of `null`, a number or a string. Undefined for one that the column cannot hold.
 */
export type ColumnText = (value: unknown) => string | undefined;

/** How instants and dates are written: as numbers, or as text where a column has texts, too. */
export type Form = 'numbers' | 'texts';

export interface Values {
  readonly names: BranchNames;
  readonly texts: JsonTexts;
}

/** How the values of a type are written for a column; null where the type is none that it can have. */
export function columnText(column: Column, type: AvroType, form: Form, values: Values): ColumnText | null {
  if (type.kind === 'null') return () => 'null';
  if (type.kind === 'union' && column.type !== 'json') {
    const known = type.branches.filter(({ kind }) => kind !== 'null');
    const texts = known.map((branch) => columnText(column, branch, form, values));
    if (known.length > 0 && texts.every((text) => text === null)) return null;
    const unfit = () => undefined;
    return ofUnion<string | undefined>(
      new Map(known.map((branch, i) => [values.names.of(branch), texts[i] ?? unfit])),
      'null',
    );
  }
  const native = nativeText(column, type, form, values);
  const read = readOf(column);
  if (read === undefined || column.type === 'string') return native;
  const text = textToRead(column, type);
  if (text !== null) return (value) => marked('t', text(value));
  return native === null ? null : (value) => marked('n', native(value));
}

/** Puts a mark before a text, so that the reader knows whether the column's `read` is about it. */
function marked(mark: 't' | 'n', text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(`${mark}${String(JSON.parse(text))}`);
}

/** The text of values that are read as `read` says; null where a type is none of these. */
function textToRead(column: Column, type: AvroType): ColumnText | null {
  if (type.kind === 'string') return (value) => JSON.stringify(textOf(value));
  const read = readOf(column) ?? {};
  if (isWhole(type) && (column.type === 'boolean' || 'format' in read || 'epoch' in read))
    return (value) => `"${wholeOf(value)}"`;
  // A time of no zone is one of the column's.
  const instant = 'logical' in type ? instantOf(type.logical) : null;
  if (instant?.isLocal !== true || !('timeZone' in read) || 'format' in read) return null;
  return (value) => {
    const micros = microsOf(wholeOf(value), instant.unit);
    return micros === null ? undefined : quoted(instantText(micros, 'micros', true));
  };
}

function nativeText(column: Column, type: AvroType, form: Form, values: Values): ColumnText | null {
  switch (column.type) {
    case 'json':
      return jsonText(type, values.texts);
    case 'string':
      return stringText(type, values.texts);
    case 'boolean':
      return type.kind === 'boolean' ? (value) => String(value === true) : null;
    case 'integer':
      return isWhole(type) ? (value) => String(wholeOf(value)) : wholeDecimal(type);
    case 'double':
      return doubleText(type);
    case 'decimal':
      return decimalValue(type, column.scale);
    case 'timestamp':
      return instantValue(type, form);
    case 'date':
      return dateValue(type, form);
  }
}

function jsonText(type: AvroType, texts: JsonTexts): ColumnText {
  const text = texts.of(type);
  return (value) => {
    texts.isLossy = false;
    const json = text(value);
    if (json === 'null') return json;
    return texts.isLossy ? undefined : JSON.stringify(json);
  };
}

function stringText(type: AvroType, texts: JsonTexts): ColumnText | null {
  switch (type.kind) {
    case 'string':
      return (value) => JSON.stringify(textOf(value));
    case 'enum':
      return texts.of(type);
    case 'bytes':
    case 'fixed': {
      if (type.logical?.name === 'decimal') return null;
      const text = bytesText(type.logical);
      return (value) => quoted(text(bytesOf(value)));
    }
    case 'int':
    case 'long': {
      const unit = type.logical?.name === 'time-millis' ? 'millis' : 'micros';
      return isTime(type) ? (value) => quoted(timeText(wholeOf(value), unit)) : null;
    }
    default:
      return null;
  }
}

const quoted = (text: string | null) => (text === null ? undefined : JSON.stringify(text));

const isTime = (type: AvroType) => 'logical' in type && type.logical?.name.startsWith('time-') === true;

/** A whole number, and no instant or date. A time of day is one, for there is no other type for it. */
const isWhole = (type: AvroType) =>
  (type.kind === 'int' || type.kind === 'long') && (type.logical === null || isTime(type));

function wholeDecimal(type: AvroType): ColumnText | null {
  if ((type.kind !== 'bytes' && type.kind !== 'fixed') || type.logical?.name !== 'decimal') return null;
  return type.logical.scale === 0 ? decimalValue(type, 0) : null;
}

function doubleText(type: AvroType): ColumnText | null {
  if (type.kind === 'float' || type.kind === 'double')
    return (value) => {
      const number = numberOf(value);
      if (!Number.isFinite(number)) return undefined;
      return Object.is(number, -0) ? '"-0.0"' : `"${number}"`;
    };
  if (!isWhole(type)) return null;
  return (value) => {
    const whole = wholeOf(value);
    return typeof whole === 'number' || BigInt(Number(whole)) === whole ? `"${whole}"` : undefined;
  };
}

/** Digits without exponent; zeros behind the point that say nothing are left out. */
function decimalValue(type: AvroType, scale: number): ColumnText | null {
  if (isWhole(type)) return (value) => `"${wholeOf(value)}"`;
  if (type.kind === 'string') return (value) => JSON.stringify(textOf(value));
  if ((type.kind !== 'bytes' && type.kind !== 'fixed') || type.logical?.name !== 'decimal') return null;
  const text = bytesText(type.logical);
  const isLonger = type.logical.scale > scale;
  return (value) => {
    const digits = text(bytesOf(value));
    if (digits === null) return undefined;
    return `"${isLonger ? digits.replace(/\.?0+$/, '') : digits}"`;
  };
}

function instantValue(type: AvroType, form: Form): ColumnText | null {
  if (type.kind === 'string') return (value) => JSON.stringify(textOf(value));
  const instant = 'logical' in type ? instantOf(type.logical) : null;
  if (instant === null) return null;
  const { unit } = instant;
  return (value) => {
    const micros = microsOf(wholeOf(value), unit);
    if (micros === null) return undefined;
    return form === 'numbers' ? String(micros) : quoted(instantText(micros, 'micros', false));
  };
}

function dateValue(type: AvroType, form: Form): ColumnText | null {
  if (type.kind === 'string') return (value) => JSON.stringify(textOf(value));
  if (type.kind !== 'int' || type.logical?.name !== 'date') return null;
  return form === 'numbers' ? (value) => String(numberOf(value)) : (value) => quoted(dateText(numberOf(value)));
}

/** What a column may be made of, for people. */
export function acceptedAvro(column: Column): string {
  const read = readOf(column);
  if (read === undefined || column.type === 'string') return nativeTypes(column);
  const whole = column.type === 'boolean' || 'format' in read || 'epoch' in read ? ', int, long' : '';
  return `${nativeTypes(column)}${whole} or string`;
}

function nativeTypes(column: Column): string {
  switch (column.type) {
    case 'string':
      return 'string, enum, bytes, fixed, uuid or a time of day';
    case 'integer':
      return 'int, long, a decimal of scale 0 or a time of day';
    case 'double':
      return 'float, double, int or long';
    case 'decimal':
      return 'decimal, int, long or string';
    case 'json':
      return 'anything';
    case 'boolean':
      return 'boolean';
    case 'timestamp':
      return 'a timestamp or string';
    case 'date':
      return 'date or string';
  }
}
