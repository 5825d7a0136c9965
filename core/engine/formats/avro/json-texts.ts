import { isUtf8 } from 'node:buffer';
import { byType } from '../../../domain/avro/by-type';
import type { AvroLogical, AvroType } from '../../../domain/avro/schema';
import { fieldName, PAIRS, type BranchNames } from './decoder';
import { bytesOf, listOf, memberOf, numberOf, ofUnion, textOf, wholeOf } from './given';
import { dateText, decimalText, durationText, instantOf, instantText, timeText, uuidText } from './meanings';

type JsonText = (value: unknown) => string;

/** Writes values as JSON: digits, members and their order as they came. */
export class JsonTexts {
  /**
   * Whether since it was set to false there was a value that JSON cannot hold: `NaN`, an infinity, bytes that are no text. It is written in
   * a way that people understand.
   */
  isLossy = false;
  readonly of: (type: AvroType) => JsonText = byType((type) => this.make(type));

  constructor(private readonly names: BranchNames) {}

  private make(type: AvroType): JsonText {
    switch (type.kind) {
      case 'null':
        return () => 'null';
      case 'boolean':
        return String;
      case 'int':
      case 'long':
        return wholeText(type.logical);
      case 'float':
      case 'double':
        return (value) => this.double(numberOf(value));
      case 'string':
        return (value) => JSON.stringify(textOf(value));
      case 'bytes':
      case 'fixed':
        return this.bytes(type.logical);
      case 'enum':
        return symbolTexts(type.symbols);
      case 'array': {
        const item = this.of(type.items);
        return (value) => `[${listOf(value).map(item).join(',')}]`;
      }
      case 'map': {
        const item = this.of(type.values);
        const pair = (one: unknown) => `${JSON.stringify(memberOf(one, 'key'))}:${item(memberOf(one, 'value'))}`;
        return (value) => `{${listOf(memberOf(value, PAIRS)).map(pair).join(',')}}`;
      }
      case 'record': {
        const fields = type.fields.map(({ name, type: of }, i) => ({
          name: fieldName(i),
          before: `${i === 0 ? '' : ','}${JSON.stringify(name)}:`,
          text: this.of(of),
        }));
        return (value) => {
          let text = '{';
          for (const field of fields) text += field.before + field.text(memberOf(value, field.name));
          return `${text}}`;
        };
      }
      case 'union': {
        const known = type.branches.filter(({ kind }) => kind !== 'null');
        return ofUnion(new Map(known.map((branch) => [this.names.of(branch), this.of(branch)])), 'null');
      }
    }
  }

  private double(value: number): string {
    if (Number.isFinite(value)) return Object.is(value, -0) ? '-0.0' : String(value);
    this.isLossy = true;
    return `"${value}"`;
  }

  private bytes(logical: AvroLogical | null): JsonText {
    const known = bytesText(logical);
    const isNumber = logical?.name === 'decimal';
    return (value) => {
      const bytes = bytesOf(value);
      const text = known(bytes);
      if (text !== null) return isNumber ? text : JSON.stringify(text);
      this.isLossy = true;
      return JSON.stringify({ base64: bytes.toString('base64') });
    };
  }
}

/** What bytes say as text; null for those that say nothing. */
export function bytesText(logical: AvroLogical | null): (bytes: Buffer) => string | null {
  switch (logical?.name) {
    case 'decimal':
      return (bytes) => decimalText(bytes, logical.scale);
    case 'uuid':
      return uuidText;
    case 'duration':
      return durationText;
    default:
      return (bytes) => (isUtf8(bytes) ? bytes.toString('utf8') : null);
  }
}

/** Dates and times as text in quotes, where they have one; else the number itself. */
function wholeText(logical: AvroLogical | null): JsonText {
  const said = (text: string | null, value: number | bigint) => (text === null ? String(value) : `"${text}"`);
  const instant = instantOf(logical);
  if (instant !== null)
    return (value) => said(instantText(wholeOf(value), instant.unit, instant.isLocal), wholeOf(value));
  switch (logical?.name) {
    case 'date':
      return (value) => said(dateText(numberOf(value)), numberOf(value));
    case 'time-millis':
      return (value) => said(timeText(wholeOf(value), 'millis'), wholeOf(value));
    case 'time-micros':
      return (value) => said(timeText(wholeOf(value), 'micros'), wholeOf(value));
    default:
      return (value) => String(wholeOf(value));
  }
}

function symbolTexts(symbols: readonly string[]): JsonText {
  const texts = new Map(symbols.map((symbol, i) => [`s${i}`, JSON.stringify(symbol)]));
  return (value) => texts.get(textOf(value)) ?? 'null';
}
