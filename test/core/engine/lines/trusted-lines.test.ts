import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { LineLayout } from '../../../../core/engine/lines/layout';
import { singleLineRecords } from '../../../../core/engine/lines/records';
import { TrustedLines } from '../../../../core/engine/lines/trusted-lines';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-lines-'));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true }));

const PLAIN = { linesBefore: 0, blankIsRecord: false, quote: null, maxBytes: 1 << 20, shape: null };
const LAYOUTS: readonly LineLayout[] = [
  { ...PLAIN, blanks: [9, 13, 32] },
  { ...PLAIN, blanks: [13], linesBefore: 1 },
  { ...PLAIN, blanks: [13], linesBefore: 1, blankIsRecord: true },
];
const recordsOf = (file: string, layout: LineLayout) => singleLineRecords(file, layout, 'trusting', () => null);

const line = fc.oneof(
  fc.constantFrom('', '\r', ' ', '\t', ' \r', '\r\r', 'x', ' x', '{"a": 1}\r'),
  fc.string({ maxLength: 40 }).map((value) => value.replaceAll('\n', '')),
);

describe('lines found by number', () => {
  it('are those that one comes across by going through the file', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LAYOUTS),
        fc.array(line, { maxLength: 30 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        fc.func(fc.boolean()),
        (layout, lines, endsWithLf, chunkBytes, wants) => {
          // A file of its own: to write anew what stands there takes the file system ten times as long.
          const path = join(folder, String((files += 1)));
          writeFileSync(path, lines.join('\n') + (endsWithLf ? '\n' : ''));
          const all = allOf(path, layout);
          const found = new TrustedLines(path, layout, chunkBytes);
          try {
            const wanted = all.filter((record) => wants(record.number));
            const records = wanted.map(({ number }) => {
              const record = found.find(number);
              return [record?.line, record?.raw.toString()];
            });
            // Once for all of them: each `expect` takes longer than finding a line.
            expect(records).toEqual(wanted.map(({ line: at, text }) => [at, text]));
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
    const path = join(folder, 'long');
    writeFileSync(path, `h\n${'a'.repeat(5000)}\nb\n${'c'.repeat(9000)}`);
    const found = new TrustedLines(path, LAYOUTS[2]!, 16);
    expect(found.find(1)?.raw.length).toBe(5000);
    expect(found.find(3)).toMatchObject({ line: 4, raw: Buffer.from('c'.repeat(9000)) });
    expect(found.find(4)).toBeUndefined();
    found.close();
  });
});

/** All records with their numbers; `raw` would be valid until the next one only. */
function allOf(file: string, layout: LineLayout): { number: number; line: number; text: string }[] {
  const all: { number: number; line: number; text: string }[] = [];
  for (const { line: at, raw } of recordsOf(file, layout))
    all.push({ number: all.length + 1, line: at, text: raw.toString() });
  return all;
}
