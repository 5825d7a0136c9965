import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Budget } from '../../../../core/engine/bytes/budget';
import { contentOf } from '../../../../core/engine/bytes/land';
import { seeded } from '../../../corpus/case';
import { datasetWith } from '../../../kit/datasets';
import { objectsOf } from '../../../kit/engine';
import { zipOf, type Entry } from './zip';

const dataset = datasetWith({
  columns: { id: { type: 'integer' } },
  source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'csv', compression: 'zip' },
});

let workDir: string;
beforeAll(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'rollcall-zip-'));
});
afterAll(() => rm(workDir, { recursive: true }));

async function inflated(archive: Buffer, most = 1e9): Promise<string> {
  const { objects, reader } = objectsOf({ a: archive }, 1 << 16);
  const pieces: Buffer[] = [];
  const wanted = { dataset, object: objects[0]!, reader, budget: new Budget(most, 10), path: join(workDir, 'object') };
  for await (const piece of contentOf(wanted)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** Content that does not compress away. */
const below = seeded(5);
const content = `id,v\n${Array.from({ length: 20_000 }, (_, i) => `${i},${below(1_000_000)}\n`).join('')}`;
const data = (more: Partial<Entry> = {}): Entry => ({ name: 'data.csv', content, ...more });

afterEach(() => {
  // The archive itself is of no use any more, however it ended.
  expect(readdirSync(workDir)).toEqual([]);
});

describe('a zip archive of one entry', () => {
  it.each<[string, readonly Entry[], string?]>([
    ['deflated', [data()]],
    ['stored', [data({ method: 'stored' })]],
    ['with sizes behind the data', [data({ behind: true })]],
    ['of zip64', [data({ wide: true })]],
    ['of zip64, with sizes behind the data', [data({ wide: true, behind: true, method: 'stored' })]],
    ['with a comment that looks like its end', [data()], 'PK\x05\x06 and more than 22 bytes'],
    [
      'with folders and what macOS adds',
      [
        { name: 'in/', content: '', method: 'stored' },
        { name: 'old\\', content: '', method: 'stored' },
        { name: 'in/.DS_Store', content: 'x' },
        data({ name: 'in/Größe.csv' }),
        { name: '__MACOSX/in/._Größe.csv', content: 'x' },
      ],
    ],
  ])('%s is read', async (_what, entries, comment = '') => {
    expect(await inflated(zipOf(entries, comment))).toBe(content);
  });

  it('may be empty', async () => {
    expect(await inflated(zipOf([data({ content: '' })]))).toBe('');
  });
});

describe('a zip archive is refused', () => {
  const archive = zipOf([data()]);
  const flipped = (at: number) => {
    const bytes = Buffer.from(archive);
    bytes[at]! ^= 1;
    return bytes;
  };
  it.each<[string, Buffer, RegExp | string]>([
    ['of nothing', Buffer.alloc(0), 'no directory at the end of its 0 bytes'],
    ['that is none', Buffer.from(content), 'no zip archive, or one that is cut off'],
    ['without entries', zipOf([]), 'a zip archive without data, expected one entry'],
    ['of a folder', zipOf([{ name: 'a/', content: '' }]), 'without data, expected one entry: "a/"'],
    [
      'of two',
      zipOf([data(), data({ name: 'b.csv' }), { name: 'c/', content: '' }]),
      'a zip archive of 2 entries, expected one: "data.csv", "b.csv"',
    ],
    ['that is encrypted', zipOf([data({ said: { flags: 1 } })]), '"data.csv" of the zip archive is encrypted'],
    ['of another method', zipOf([data({ said: { method: 9 } })]), 'is compressed by Deflate64 (9)'],
    ['with another checksum', zipOf([data({ said: { crc32: 7 } })]), 'its directory says 00000007'],
    ['stored, with another checksum', zipOf([data({ method: 'stored', said: { crc32: 7 } })]), 'CRC-32'],
    ['with less than it says', zipOf([data({ said: { size: 10_000_000 } })]), /bytes, fewer than the 10000000 bytes/],
    ['with more than it says', zipOf([data({ said: { size: 1000 } })]), 'has more than the 1000 bytes'],
    ['with bytes behind the compressed', zipOf([data({ more: Buffer.alloc(5) })]), '5 bytes behind the compressed'],
    ['with text behind it', Buffer.concat([archive, Buffer.from('id\n')]), 'no zip archive, or one that is cut off'],
    ['with text before it', Buffer.concat([Buffer.from('id\n'), archive]), 'the zip directory is to end at byte'],
    ['cut off in its data', archive.subarray(0, 5000), 'cut off'],
    ['cut off in its directory', archive.subarray(0, -30), 'cut off'],
    ['with a bit turned in its data', flipped(9000), /damaged|CRC-32/],
    ['with a bit turned in its local header', flipped(15), 'contradicts the directory'],
    ['with its data elsewhere', Buffer.concat([archive.subarray(1000), archive.subarray(0, 1000)]), /zip/],
  ])('%s', async (_what, bytes, says) => {
    await expect(inflated(bytes)).rejects.toMatchObject({
      name: 'SourceCorrupt',
      message: typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says),
    });
  });

  it('with any bit turned, or is read right', async () => {
    const small = zipOf([
      { name: 'a', content: 'id\n1\n2\n' },
      { name: 'b/', content: '' },
    ]);
    for (let bit = 0; bit < small.length * 8; bit += 7) {
      const bytes = Buffer.from(small);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const read = await inflated(bytes).catch((error: unknown) => error);
      if (typeof read === 'string') expect(read).toBe('id\n1\n2\n');
      else expect(read).toMatchObject({ name: 'SourceCorrupt' });
    }
  });

  it('where it is a bomb, by what it inflates to', async () => {
    const bomb = zipOf([data({ content: Buffer.alloc(30_000_000) })]);
    expect(bomb.length).toBeLessThan(100_000);
    await expect(inflated(bomb, 1_000_000)).rejects.toMatchObject({ name: 'ObjectTooLarge' });
  });
});
