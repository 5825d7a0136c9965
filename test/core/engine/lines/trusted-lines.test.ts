import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { recordsOf } from '../../../../core/engine/lines/records';
import type { TextFormat } from '../../../../core/engine/lines/text-format';
import { TrustedLines } from '../../../../core/engine/lines/trusted-lines';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-lines-'));
const path = join(folder, 'file');
afterAll(() => rmSync(folder, { recursive: true }));

const FORMATS: readonly TextFormat[] = [
  { kind: 'jsonl' },
  { kind: 'csv', delimiter: ',', header: ['a', 'b'], multiline: [false, false] },
  { kind: 'csv', delimiter: ',', header: ['a'], multiline: [false] },
];

const line = fc.oneof(
  fc.constantFrom('', '\r', ' ', '\t', ' \r', '\r\r', 'x', ' x', '{"a": 1}\r'),
  fc.string({ maxLength: 40 }).map((value) => value.replaceAll('\n', '')),
);

describe('lines found by number', () => {
  it('are those that one comes across by going through the file', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FORMATS),
        fc.array(line, { maxLength: 30 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        fc.func(fc.boolean()),
        (format, lines, endsWithLf, chunkBytes, wants) => {
          writeFileSync(path, lines.join('\n') + (endsWithLf ? '\n' : ''));
          const all = [...recordsOf(path, format, 'trusting')].map((record, i) => ({
            ...record,
            // Valid only until the next one.
            raw: undefined,
            number: i + 1,
          }));
          const texts = textsOf(path, format);
          const found = new TrustedLines(path, format, chunkBytes);
          try {
            const wanted = all.filter((record) => wants(record.number));
            const records = wanted.map(({ number }) => {
              const record = found.find(number);
              return [record?.line, record?.raw.toString()];
            });
            // Once for all of them: each `expect` takes longer than finding a line.
            expect(records).toEqual(wanted.map(({ number, line: at }) => [at, texts[number - 1]]));
            expect(found.find(all.length + 1)).toBeUndefined();
          } finally {
            found.close();
          }
        },
      ),
      { numRuns: 1000, seed: 3 },
    );
  });

  it('may be longer than a chunk', () => {
    writeFileSync(path, `h\n${'a'.repeat(5000)}\nb\n${'c'.repeat(9000)}`);
    const found = new TrustedLines(path, FORMATS[2]!, 16);
    expect(found.find(1)?.raw.length).toBe(5000);
    expect(found.find(3)).toMatchObject({ line: 4, raw: Buffer.from('c'.repeat(9000)) });
    expect(found.find(4)).toBeUndefined();
    found.close();
  });
});

function textsOf(file: string, format: TextFormat): string[] {
  const texts: string[] = [];
  for (const { raw } of recordsOf(file, format, 'trusting')) texts.push(raw.toString());
  return texts;
}
