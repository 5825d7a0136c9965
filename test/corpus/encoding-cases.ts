import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import { asCsv, asJson, asText, fileCase, orders, PATTERN, refused, refusedCase, sound, TextFile } from './case';
import type { Case, Fields } from './case';

const SHAPE = ['record.shape'];
type Source = Partial<DatasetInput['source']>;

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const le = (text: string) => Buffer.from(text, 'utf16le');
const be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const ascii = (text: string) => latin1(text.replace(/[^\0-\x7f]/g, '?'));
const bytes = (...pieces: readonly (Buffer | readonly number[])[]) =>
  Buffer.concat(pieces.map((piece) => Buffer.from(piece)));

const KINDS: Readonly<
  Record<'csv' | 'jsonl' | 'text', { readonly source: Source; readonly write: (fields: Fields) => string }>
> = {
  csv: { source: { format: 'csv' }, write: asCsv },
  jsonl: { source: { format: 'jsonl' }, write: asJson },
  text: { source: { format: 'text', text: { pattern: PATTERN } }, write: asText },
};

/** What becomes of bytes in a note. */
interface Note {
  readonly note: readonly number[];
  /** As it is read; null where it is not of the encoding. */
  readonly is: string | null;
}

/** A record whose note is MARK, cut there. */
const MARK = 'MARK';
function around(kind: keyof typeof KINDS, id: number, fields: Partial<Fields> = {}): readonly [string, string] {
  const [before = '', after = ''] = KINDS[kind].write({ ...sound(id), ...fields, note: MARK }).split(MARK);
  return [before, after];
}

/**
 * A file of each kind: sound records, others whose notes are of these bytes, and the same with an amount that is none, which are kept as
 * text where the bytes are of the encoding.
 */
function notes(
  name: string,
  encoding: string,
  encode: (text: string) => Buffer,
  list: readonly Note[],
  mark = '',
): Case[] {
  return (['csv', 'jsonl', 'text'] as const).map((kind) => {
    const header = kind === 'csv' ? `${Object.keys(sound(1)).join(',')}\n` : '';
    const file = new TextFile(kind, `${mark}${header}`, '\n', encode).sound(3);
    const values: (string | null)[] = [1, 2, 3].map((id) => encoded(sound(id).note, encode, encoding));
    let id = 100;
    for (const { note, is } of list) {
      for (const fields of [{}, { amount: '1.005' }]) {
        id += 1;
        const [before, after] = around(kind, id, fields);
        const line = bytes(encode(before), note, encode(after));
        if (is === null) file.line(line, SHAPE, id);
        else if ('amount' in fields) file.line(line, ['amount.type'], id, before + is + after);
        else {
          file.line(line, 'accepted', id);
          values.push(is);
        }
      }
    }
    const dataset = orders({ ...KINDS[kind].source, encoding });
    const one = fileCase(`${name}, in ${kind}`, dataset, file);
    return { ...one, truth: { ...file.truth, values: { note: values } } };
  });
}

/** A sound note as it is read again; nothing is NULL. */
const encoded = (note: string, encode: (text: string) => Buffer, encoding: string) =>
  note === '' ? null : new TextDecoder(encoding).decode(encode(note));

const csv = (encoding: string) => orders({ encoding });
const HEADER = `${Object.keys(sound(1)).join(',')}\n`;
const corrupt = (name: string, encoding: string, body: Buffer, says: string | RegExp) =>
  refusedCase(name, csv(encoding), body, refused('SourceCorrupt', says));

/** Units of UTF-16, little end first. */
const UNITS: readonly Note[] = [
  { note: [0x00, 0xd8], is: null },
  { note: [0x00, 0xdc], is: null },
  { note: [0x00, 0xdc, 0x00, 0xd8], is: null },
  { note: [0x3d, 0xd8, 0x42, 0xde], is: '🙂' },
  // Each has the byte of a line feed, a comma or a quote in it.
  { note: [0x0a, 0x01, 0x0a, 0x0a, 0x2c, 0x2c, 0x22, 0x22, 0x28, 0x20], is: '\u010a\u0a0a\u2c2c\u2222\u2028' },
  { note: [0xff, 0xfe], is: '\ufeff' },
  { note: [0xff, 0xff], is: '\uffff' },
];
const swapped = UNITS.map(({ note, is }) => ({ note: [...Buffer.from(note).swap16()], is }));

const odd = new TextFile('csv', HEADER, '\n', le).sound(3).line(bytes(le(asCsv(sound(4))), [0x41]), SHAPE);

export const encodingCases: readonly Case[] = [
  ...notes('windows-1252', 'windows-1252', latin1, [
    { note: [0xfc, 0x80, 0x85, 0x81, 0x8d, 0xff], is: 'ü€…\x81\x8dÿ' },
    { note: [0xc3, 0xbc], is: 'Ã¼' },
    { note: [0x7f, 0xa0], is: '\x7f\xa0' },
  ]),
  ...notes('windows-1253 with bytes that it has no character for', 'windows-1253', ascii, [
    { note: [0xd2], is: null },
    { note: [0xe1, 0xff], is: null },
    { note: [0xe1, 0xd3], is: 'αΣ' },
  ]),
  ...notes('utf-16 with the mark of the little end', 'utf-16', le, UNITS, '\ufeff'),
  ...notes('utf-16 without a mark', 'utf-16', le, UNITS),
  ...notes('utf-16be', 'utf-16be', be, swapped),
  ...notes('shift_jis', 'shift_jis', ascii, [
    // The second byte of the first is a backslash.
    { note: [0x83, 0x5c, 0x83, 0x8f, 0xb1], is: 'ソワｱ' },
    { note: [0x83, 0xff], is: null },
    { note: [0xff], is: null },
    { note: [0x81, 0xad], is: null },
    { note: [0xa0], is: null },
  ]),
  ...notes('euc-kr', 'euc-kr', ascii, [
    { note: [0xb0, 0xa1], is: '가' },
    { note: [0xb0], is: null },
  ]),
  fileCase(
    'utf-16 with the mark of the big end',
    csv('utf-16'),
    new TextFile('csv', `\ufeff${HEADER}`, '\r\n', be).sound(20).with({ id: 'x' }, ['id.type']),
  ),
  {
    ...fileCase('utf-16 of an odd number of bytes', csv('utf-16'), odd),
    objects: () => ({ 'orders/a': odd.withoutLastLineFeed().body }),
  },
  fileCase('0 bytes of lines in utf-16', orders({ ...KINDS.text.source, encoding: 'utf-16' }), new TextFile('text')),
  corrupt(
    'utf-16be with the mark of the little end',
    'utf-16be',
    le(`\ufeff${HEADER}`),
    'the byte-order mark of UTF-16LE',
  ),
  corrupt('windows-1252 with the mark of UTF-8', 'windows-1252', Buffer.from(`\ufeff${HEADER}`), 'mark of UTF-8'),
  corrupt('utf-8 with the mark of the big end', 'utf-8', be(`\ufeff${HEADER}`), "write encoding: 'utf-16'"),
  corrupt('utf-16 with the mark of utf-32', 'utf-16', bytes([0xff, 0xfe, 0, 0], le(HEADER)), 'mark of UTF-32LE'),
  refusedCase(
    'utf-16be of the little end, without a mark',
    csv('utf-16be'),
    le(HEADER + asCsv(sound(1))),
    refused('SchemaMismatch', /missing "id"|no line end|empty/),
  ),
  refusedCase('utf-16 of UTF-8', csv('utf-16'), HEADER, refused('SchemaMismatch', /missing "id"|not UTF-16/)),
  refusedCase(
    'a header with bytes that are not of the encoding',
    csv('shift_jis'),
    bytes(latin1('id,'), [0xff], latin1('at\n')),
    refused('SchemaMismatch', 'not SHIFT_JIS'),
  ),
  refusedCase(
    'windows-1252 that is three times as long in UTF-8',
    csv('windows-1252'),
    bytes(latin1(HEADER), Buffer.alloc(200_000, 0x80)),
    refused('ObjectTooLarge', 'more than 500000 bytes'),
    { batchBytes: 500_000 },
  ),
  {
    name: 'utf-16 in one line of 100 MB, of halves of pairs',
    dataset: orders({ ...KINDS.text.source, encoding: 'utf-16le' }),
    objects: () => ({
      'orders/a': bytes(le(`${asText(sound(1))}\n`), Buffer.alloc(100_000_000, 0xdc), le(`\n${asText(sound(2))}`)),
    }),
    truth: {
      ends: 'counted',
      read: 3,
      accepted: 2,
      quarantined: 1,
      duplicates: 0,
      rules: { 'record.shape': 1 },
      ids: [1, 2],
    },
    growsAtMostMb: 300,
    batchBytes: 400_000_000,
  },
];
