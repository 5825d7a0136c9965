import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { Budget } from '../../../../../core/engine/bytes/budget';
import { avro } from '../../../../../core/engine/formats/avro';
import { avroBlock, avroFile, avroHeader, CODECS, long, SYNC } from '../../../../kit/avro';
import { datasetWith } from '../../../../kit/datasets';
import { objectsOf } from '../../../../kit/engine';

const workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
afterAll(() => rmSync(workDir, { recursive: true }));

const dataset = datasetWith({
  source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'avro', extraColumns: 'ignore' },
  columns: { id: { type: 'integer', nullable: true }, note: { type: 'string', nullable: true } },
});
const schema = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'note', type: ['null', 'string'] },
  ],
};
const text = JSON.stringify(schema);
const records = Array.from({ length: 7 }, (_, id) => ({ id, note: id % 2 === 0 ? null : `note ${id}` }));

/** Records that are told apart in some bytes, or the name of the error and what it says. */
async function told(body: Buffer, batchBytes = 1 << 28, batchRecords = 1e6): Promise<number | string> {
  const { objects, reader } = objectsOf({ a: body }, 1 << 16);
  const budget = new Budget(batchBytes, batchRecords);
  try {
    const landed = await avro.land({
      dataset,
      object: objects[0]!,
      partition: '2026-01-01T00',
      reader,
      path: join(workDir, 'a'),
      budget,
    });
    const { records: sound = 0, misshapen = 0 } = (await landed.split?.(Infinity)) ?? {};
    expect(sound + misshapen).toBe(landed.count.records);
    return sound + misshapen;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

describe.each(CODECS)('a file of the codec %s', (codec) => {
  const body = avroFile(schema, records, { codec, perBlock: 3 });
  // Behind the head and behind each block a file may end: nothing in it says that more should come.
  const marks: number[] = [];
  for (let at = body.indexOf(SYNC); at !== -1; at = body.indexOf(SYNC, at + 1)) marks.push(at + SYNC.length);

  it('that is cut off at any byte but between blocks is no shorter file', async () => {
    expect(marks).toHaveLength(4);
    for (let bytes = 0; bytes < body.length; bytes += 1) {
      const whole = marks.indexOf(bytes);
      const found = await told(body.subarray(0, bytes));
      expect([bytes, found]).toEqual([
        bytes,
        whole === -1
          ? expect.stringMatching(
              /^SourceCorrupt: (no Avro file|it ends in its head|block \d, at byte \d+: it is cut off)/,
            )
          : [0, 3, 6][whole],
      ]);
    }
  });

  it('of which a bit was flipped has as many records, or none', async () => {
    for (let at = 0; at < body.length; at += 1) {
      const flipped = Buffer.from(body);
      flipped[at]! ^= 1 << (at % 8);
      const found = await told(flipped);
      expect([at, found]).toEqual([
        at,
        typeof found === 'number' ? 7 : expect.stringMatching(/^(SourceCorrupt|SchemaMismatch|ObjectTooLarge): /),
      ]);
    }
  });
});

const record = (fields: readonly object[]) => JSON.stringify({ type: 'record', name: 'R', fields });
const list = (items: unknown) => record([{ name: 'a', type: { type: 'array', items } }]);
const linked = record([{ name: 'next', type: ['null', 'R'] }]);
const one = (schemaText: string, content: Buffer, codec = 'null', count = 1) =>
  Buffer.concat([avroHeader(schemaText, { codec }), avroBlock(count, content, codec)]);
const raw = (stored: Buffer, codec: string) =>
  Buffer.concat([avroHeader(text, { codec }), long(1), long(stored.length), stored, SYNC]);
const doubling = record(
  Array.from({ length: 60 }, (_, i) => ({
    name: `f${i}`,
    type: {
      type: 'record',
      name: `R${i}`,
      fields: i === 0 ? [{ name: 'n', type: 'null' }] : ['a', 'b'].map((name) => ({ name, type: `R${i - 1}` })),
    },
  })),
);

it.each<[string, Buffer, string | RegExp | number]>([
  ['0 bytes', Buffer.alloc(0), 'SourceCorrupt: no Avro file: it has 0 bytes'],
  ['text', Buffer.from('id,note\n1,x\n'), 'SourceCorrupt: no Avro file: it does not begin with "Obj" and 1'],
  [
    'no schema',
    Buffer.concat([Buffer.from('Obj\x01'), long(0), SYNC]),
    'SourceCorrupt: no Avro file: no schema in its head',
  ],
  ['a schema that is no JSON', avroHeader('{"type":'), 'SourceCorrupt: no Avro file: its schema is no JSON'],
  [
    'a schema with a type that is not there',
    avroHeader(record([{ name: 'a', type: 'Money' }])),
    'SourceCorrupt: no Avro file: its schema is invalid: there is no type "Money"',
  ],
  [
    'a record that contains itself',
    avroHeader(record([{ name: 'a', type: 'R' }])),
    'SourceCorrupt: no Avro file: its schema is invalid: no record of "R" ever ends',
  ],
  [
    'a schema that is 100,000 deep',
    avroHeader(list('null').replace('"null"', `${'{"type":"array","items":'.repeat(1e5)}"int"${'}'.repeat(1e5)}`)),
    'SourceCorrupt: no Avro file: its schema is invalid: it is larger or deeper than any has to be',
  ],
  ['a schema of text', avroHeader('"string"'), 'SchemaMismatch: its schema is string, expected a record'],
  [
    'a codec that is not known',
    avroHeader(text, { codec: 'bzip2' }),
    'SourceCorrupt: its codec is "bzip2", which is not read; expected one of null, deflate, zstandard, snappy',
  ],
  ['a head of more than 4 MB', avroHeader(' '.repeat(30_000_000)), 'head does not end within 4194304 bytes'],
  ['a negative count', Buffer.concat([avroHeader(text), long(-5), long(0), SYNC]), 'it says that it has -5 records'],
  ['a negative size', Buffer.concat([avroHeader(text), long(5), long(-1), SYNC]), 'it says that it has -1 bytes'],
  [
    'a count beyond all measure',
    Buffer.concat([avroHeader(text), long(2n ** 60n), long(0), SYNC]),
    'a number of more than 53 bits',
  ],
  [
    'a size of a terabyte',
    Buffer.concat([avroHeader(text), long(5), long(2 ** 40)]),
    'ObjectTooLarge: block 1, at byte',
  ],
  [
    'a size beyond the end',
    Buffer.concat([avroHeader(text), long(5), long(1e6)]),
    /it is cut off: 4 of its 1000020 bytes/,
  ],
  [
    'another sync marker',
    Buffer.concat([avroHeader(text), long(0), long(0), Buffer.alloc(16, 1)]),
    'behind its 0 bytes stands 01010101010101010101010101010101, not the sync marker',
  ],
  [
    'a bomb of deflate',
    one(text, Buffer.alloc(100_000_000), 'deflate'),
    'inflated to more, which is more than the 67108864',
  ],
  [
    'a bomb of zstd',
    one(text, Buffer.alloc(100_000_000), 'zstandard'),
    'inflated to more, which is more than the 67108864',
  ],
  [
    'a size of snappy that is a lie',
    raw(Buffer.from([0xff, 0xff, 0xff, 0x1f, 0, 1, 0, 0, 0, 0]), 'snappy'),
    'cannot be',
  ],
  [
    'a length of snappy beyond 2³¹',
    raw(Buffer.from([4, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1, 2, 3, 0, 0, 0, 0]), 'snappy'),
    'a piece that is too long',
  ],
  [
    'bytes behind what deflate takes',
    raw(Buffer.concat([deflateRawSync(Buffer.from([2, 0])), SYNC]), 'deflate'),
    'it ends after',
  ],
  ['more bytes than records', one(text, Buffer.from([2, 0, 2, 0])), 'has 2 bytes more than its 1 records take'],
  ['fewer bytes than records', one(text, Buffer.from([2, 0]), 'null', 2), 'record 2 of 2 in the block at byte'],
  ['a union without such a branch', one(text, Buffer.from([2, 4])), 'a branch of a union with the number 2, of 2'],
  ['a text of a negative length', one(text, Buffer.from([2, 2, 1])), 'a length of -1'],
  [
    'a million million records without a byte',
    one(record([]), Buffer.alloc(0), 'null', 1e12),
    'has more than 1000000 records',
  ],
  [
    'a million million items without a byte',
    one(list('null'), Buffer.concat([long(1e12), long(0)])),
    'inflates to more than',
  ],
  ['a hundred thousand items without a byte', one(list('null'), Buffer.concat([long(1e5), long(0)])), 1],
  [
    'a list that says that it has other bytes than it has',
    one(list('int'), Buffer.concat([long(-1), long(99), long(5), long(0)])),
    1,
  ],
  ['a record that is 2⁶⁰ values of no byte', one(doubling, Buffer.alloc(0)), 'inflates to more than'],
  ['records 50,000 deep', one(linked, Buffer.concat([Buffer.alloc(5e4, 2), long(0)])), 1],
  [
    'records a million deep',
    one(linked, Buffer.concat([Buffer.alloc(1e6, 2), long(0)])),
    'nested more than 100000 deep',
  ],
])('%s ends clearly', async (_what, body, says) => {
  const found = await told(body);
  if (typeof says === 'number') expect(found).toBe(says);
  else
    expect(found).toEqual(
      expect.stringMatching(says instanceof RegExp ? says : new RegExp(says.replaceAll(/[().]/g, '\\$&'))),
    );
});
