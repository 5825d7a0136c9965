import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import type { Dataset } from '../../../../core/contracts/dataset/dataset';
import { encodingOf } from '../../../../core/contracts/dataset/formats/encoding';
import { Budget } from '../../../../core/engine/bytes/budget';
import { textOf } from '../../../../core/engine/encodings';
import { asItCame } from '../../../../core/engine/encodings/codec';
import { seeded } from '../../../corpus/case';
import { datasetWith } from '../../../kit/datasets';
import { objectsOf } from '../../../kit/engine';

const SINGLE = [
  ...['ibm866', 'koi8-r', 'koi8-u', 'macintosh', 'x-mac-cyrillic', 'x-user-defined', 'windows-874'],
  ...['2', '3', '4', '5', '6', '7', '8', '8-i', '10', '13', '14', '15', '16'].map((part) => `iso-8859-${part}`),
  ...['0', '1', '2', '3', '4', '5', '6', '7', '8'].map((part) => `windows-125${part}`),
];
const DOUBLE = ['gbk', 'gb18030', 'big5', 'euc-jp', 'euc-kr', 'shift_jis'];

const inEncoding = (encoding: string): Dataset =>
  datasetWith({
    columns: { id: { type: 'integer' } },
    source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'jsonl', encoding },
  });

/** An object's text, and its bytes from it. */
async function roundTrip(encoding: string, bytes: Buffer, pieceBytes: number): Promise<{ text: Buffer; back: Buffer }> {
  const { objects, reader } = objectsOf({ a: bytes }, pieceBytes);
  const dataset = inEncoding(encoding);
  const budget = new Budget(1e9, 1e9);
  const { text, codec } = await textOf({ dataset, object: objects[0]!, reader, budget, path: '' });
  const pieces: Buffer[] = [];
  for await (const piece of text) pieces.push(piece);
  const all = Buffer.concat(pieces);
  return { text: all, back: codec === undefined ? all : asItCame(all, codec) };
}

describe('text of an encoding', () => {
  it.each([...SINGLE, ...DOUBLE, 'utf-16', 'utf-16be'])('%s is what TextDecoder makes of it', async (encoding) => {
    const strict = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    const below = seeded(encoding.length);
    const characters: Buffer[] = [];
    for (let i = 0; i < 2000; i += 1) {
      const bytes = Buffer.from(
        Array.from({ length: encoding.startsWith('utf') ? 2 : 1 + below(2) }, () => below(256)),
      );
      // Node's Shift_JIS exchanges some control characters, against the standard.
      if (bytes.every((byte) => byte >= 0x20 && byte !== 0x7f) && isOf(strict, bytes)) characters.push(bytes);
    }
    const all = Buffer.concat([Buffer.from(' \0'), ...characters]).subarray(encoding.startsWith('utf') ? 2 : 1);
    const expected = strict.decode(all);
    for (const pieceBytes of [1, 3, 1000]) {
      const { text } = await roundTrip(encoding, all, pieceBytes);
      expect(text.toString('utf8')).toBe(expected.replace(/^\uFEFF/, ''));
    }
    expect(characters.length).toBeGreaterThan(100);
  });

  it.each([...SINGLE, 'utf-16', 'utf-16be', 'iso-2022-jp'])('%s gives any bytes back', async (encoding) => {
    const below = seeded(7);
    for (let i = 0; i < 60; i += 1) {
      const some = [below(256), below(256), 0xd8, 0xdc, 10, 13, 27];
      const bytes = Buffer.from(Array.from({ length: below(40) }, () => some[below(some.length)]!));
      const safe = Buffer.concat([Buffer.from('a\0a\0'), bytes]);
      const { text, back } = await roundTrip(encoding, safe, 1 + below(9));
      expect(back.equals(safe)).toBe(true);
      if (!encoding.startsWith('utf')) expect(count(text, 10)).toBe(count(safe, 10));
    }
  });

  it.each(DOUBLE)('%s gives bytes back that are not of it, among characters that are', async (encoding) => {
    const below = seeded(3);
    const strict = new TextDecoder(encoding, { fatal: true });
    const known = { shift_jis: '日本ｱ㈱∵', 'euc-jp': '日本ｱ' }[encoding] ?? (encoding === 'euc-kr' ? '한글' : '中文');
    const bytesOf = new Map<string, Buffer>();
    for (let lead = 0x81; lead < 0xff; lead += 1)
      for (let trail = 0x40; trail < 0xff; trail += 1) {
        const bytes = Buffer.of(lead, trail);
        if (isOf(strict, bytes) && !bytesOf.has(strict.decode(bytes))) bytesOf.set(strict.decode(bytes), bytes);
      }
    const broken = encoding === 'big5' ? 0xfe : 0xff;
    const characters = Array.from(known, (character) => bytesOf.get(character) ?? Buffer.from('x'));
    for (let i = 0; i < 60; i += 1) {
      const parts = Array.from({ length: 10 }, () =>
        below(4) === 0 ? Buffer.of(broken, below(2) === 0 ? 0x20 : 10) : characters[below(characters.length)]!,
      );
      const bytes = Buffer.concat([Buffer.from('abcd'), ...parts]);
      const { text, back } = await roundTrip(encoding, bytes, 1 + below(9));
      expect(back.toString('hex')).toBe(bytes.toString('hex'));
      expect(isUtf8(text)).toBe(!bytes.includes(broken));
    }
  });

  it.each([
    ['utf-16', '\ufeffä\n', 'le', 'ä\n'],
    ['utf-16', '\ufeffä\n', 'be', 'ä\n'],
    ['utf-16', 'ä\n', 'le', 'ä\n'],
    ['utf-16le', '\ufeffä\n', 'le', 'ä\n'],
    ['utf-16be', '\ufeffä\n', 'be', 'ä\n'],
    ['utf-16be', 'ä\n', 'be', 'ä\n'],
    ['utf-16', 'ab\ufeff\n', 'be with mark', 'ab\ufeff\n'],
  ])('%s of %j in %s', async (encoding, written, end, expected) => {
    const units = Buffer.from(end === 'be with mark' ? `\ufeff${written}` : written, 'utf16le');
    const bytes = end.startsWith('be') ? units.swap16() : units;
    for (const pieceBytes of [1, 2, 3, 100])
      expect((await roundTrip(encoding, bytes, pieceBytes)).text.toString('utf8')).toBe(expected);
  });

  it.each([
    ['utf-8', 'fffe6100', 'UTF-16LE'],
    ['utf-8', 'feff0061', 'UTF-16BE'],
    ['windows-1252', 'efbbbf61', 'UTF-8'],
    ['utf-16', 'efbbbf61', 'UTF-8'],
    ['utf-16le', 'feff0061', 'UTF-16BE'],
    ['utf-16be', 'fffe6100', 'UTF-16LE'],
    ['utf-16', 'fffe000061000000', 'UTF-32LE'],
    ['utf-16', '0000feff00000061', 'UTF-32BE'],
    ['shift_jis', 'fffe6100', 'UTF-16LE'],
  ])('%s does not begin with %s', async (encoding, hex, mark) => {
    await expect(roundTrip(encoding, Buffer.from(hex, 'hex'), 1)).rejects.toThrow(
      `it begins with the byte-order mark of ${mark}, which is not source.encoding, ${encodingOf({ encoding })}`,
    );
  });

  it('takes room for what it becomes', async () => {
    const { objects, reader } = objectsOf({ a: Buffer.alloc(1000, 0x80) }, 100);
    const budget = new Budget(2000, 10);
    const { text } = await textOf({
      dataset: inEncoding('windows-1252'),
      object: objects[0]!,
      reader,
      budget,
      path: '',
    });
    await expect(async () => {
      for await (const _ of text);
    }).rejects.toThrow('inflates to more than 2000 bytes');
  });
});

function isOf(decoder: TextDecoder, bytes: Buffer): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const count = (bytes: Buffer, wanted: number) => bytes.filter((byte) => byte === wanted).length;
