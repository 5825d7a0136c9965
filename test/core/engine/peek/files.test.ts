import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { avroColumns, avroHead, BadAvro } from '../../../../core/domain/detect/binary/avro';
import { parseAvroSchema } from '../../../../core/domain/avro/schema';
import { findBinary } from '../../../../core/domain/detect/binary/binary-finding';
import { parquetFile } from '../../../../core/engine/peek/parquet-file';
import type { PeekedFile } from '../../../../core/engine/peek/file';
import { contentOf, sampleStream } from '../../../../core/engine/peek/sample-bytes';
import { columnsOf } from '../../domain/detect/found';
import { parquetOf } from '../../../kit/engine';

function memoryFile(body: Buffer): PeekedFile {
  return {
    name: 'memory',
    size: body.length,
    read: async (from, length) => body.subarray(from, from + length),
    async *stream(from) {
      for (let at = from; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536);
    },
  };
}

const ofParquet = async (...queries: readonly string[]) => {
  const files = await Promise.all(queries.map(async (query) => parquetFile(memoryFile(await parquetOf(query)))));
  return findBinary('parquet', files);
};

describe('a Parquet file', () => {
  it('has the types of its schema, and the NULLs of its figures', async () => {
    const finding =
      await ofParquet(`SELECT i::INTEGER AS i, i::BIGINT AS big, (i / 3)::DOUBLE AS f, (i * 1.5)::DECIMAL(10, 2) AS d, (i > 3) AS b, 'x' AS s,
      DATE '2026-01-20' + i::INTEGER AS day, TIMESTAMPTZ '2026-01-20 05:00:00Z' AS at, [i] AS list, {'a': i} AS struct,
      CASE WHEN i > 5 THEN 'x' END AS gaps, 1768885200000 + i AS ms, i::DECIMAL(10, 0) AS whole FROM range(20) AS t(i)`);
    expect(columnsOf(finding)).toEqual({
      i: { type: 'integer' },
      big: { type: 'integer' },
      f: { type: 'double' },
      d: { type: 'decimal', precision: 10, scale: 2 },
      b: { type: 'boolean' },
      s: { type: 'string' },
      day: { type: 'date' },
      at: { type: 'timestamp' },
      list: { type: 'json' },
      struct: { type: 'json' },
      gaps: { type: 'string', nullable: true },
      ms: { type: 'integer' },
      whole: { type: 'integer' },
    });
    expect(finding.records).toBe(20);
    expect(finding.columns[10]?.saw).toEqual(['BYTE_ARRAY UTF8', '6 of 20 empty']);
    expect(finding.columns[11]?.maybe[0]).toMatch(/^or \{ type: 'timestamp', read: \{ epoch: 'ms' \} \}/);
  });

  it('is brought together with others whose types are narrower or whose columns are fewer', async () => {
    const finding = await ofParquet('SELECT 1::BIGINT AS a, 2::INTEGER AS b', 'SELECT 1.5::DOUBLE AS a');
    expect(columnsOf(finding)).toEqual({ a: { type: 'double' }, b: { type: 'integer', optional: true } });
  });

  it('is refused where it is cut off or damaged, whatever the bytes', async () => {
    const body = await parquetOf("SELECT i, 'v' || i AS v, [i] AS l FROM range(50) AS t(i)");
    for (let end = 4; end < body.length; end += 37)
      await expect(parquetFile(memoryFile(body.subarray(0, end)))).rejects.toThrow('cut off');
    for (let at = 4; at < body.length - 8; at += 5) {
      const damaged = Buffer.from(body);
      damaged[at] = (damaged[at]! + 77) % 256;
      const answer = await parquetFile(memoryFile(damaged)).then(
        () => 'read',
        (error: Error) => error.name,
      );
      expect(['read', 'BadParquet']).toContain(answer);
    }
  });
});

const SCHEMA = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'amount', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }] },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['A', 'B'] } },
    { name: 'who', type: { type: 'record', name: 'Who', fields: [{ name: 'name', type: ['string', 'null'] }] } },
    { name: 'again', type: ['null', 'Who'] },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'either', type: ['string', 'long'] },
  ],
};

function avroFile(schema: unknown, records: readonly number[]): Buffer {
  const long = (n: number) => Buffer.from(n < 64 ? [n * 2] : [((n * 2) & 0x7f) | 0x80, (n * 2) >> 7]);
  const bytes = (text: string) => Buffer.concat([long(Buffer.byteLength(text)), Buffer.from(text)]);
  const sync = Buffer.alloc(16, 7);
  const blocks = records.map((n) => Buffer.concat([long(n), long(3), Buffer.from('abc'), sync]));
  return Buffer.concat([
    Buffer.from('Obj\x01'),
    long(1),
    bytes('avro.schema'),
    bytes(JSON.stringify(schema)),
    long(0),
    sync,
    ...blocks,
  ]);
}

describe('an Avro file', () => {
  it('tells its schema and how many records its blocks have', () => {
    const head = avroHead(avroFile(SCHEMA, [5, 7]));
    expect(head).toMatchObject({ records: 12, whole: true, codec: 'null' });
    const columns = avroColumns(head.schema) ?? [];
    const file = { name: 'a', columns, records: 12, nulls: new Map<string, number>(), tallies: new Map(), looked: 0 };
    expect(columnsOf(findBinary('avro', [file]))).toEqual({
      id: { type: 'integer' },
      amount: { type: 'decimal', precision: 12, scale: 2, nullable: true },
      at: { type: 'timestamp' },
      day: { type: 'date' },
      state: { type: 'string' },
      who_name: { type: 'string', nullable: true, from: ['who', 'name'] },
      again_name: { type: 'string', nullable: true, from: ['again', 'name'] },
      tags: { type: 'json' },
      either: { type: 'json' },
    });
  });

  it('is refused where its head is cut off or damaged', () => {
    const body = avroFile(SCHEMA, [5]);
    for (let end = 4; end < body.length; end += 11) {
      try {
        expect(avroHead(body.subarray(0, end)).whole).toBe(end === body.length);
      } catch (error) {
        expect(error).toBeInstanceOf(BadAvro);
      }
    }
    expect(avroColumns(parseAvroSchema('"string"'))).toBeNull();
    expect(
      avroColumns(parseAvroSchema('{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]}]}')),
    ).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('is sampled to its end with bounded memory, and keeps what came before a damage', async () => {
    const body = gzipSync(randomBytes(3_000_000));
    const limits = { head: 1000, pieces: 4, piece: 100, most: 10_000_000 };
    const sample = await sampleStream(contentOf(memoryFile(body), 'gzip'), limits);
    expect(sample).toMatchObject({ cut: true, damage: null });
    expect(sample.head).toHaveLength(1000);
    expect(sample.pieces.length).toBeLessThanOrEqual(5);
    const damaged = await sampleStream(contentOf(memoryFile(body.subarray(0, body.length - 5)), 'gzip'), limits);
    expect(damaged.damage).toMatch(/gzip envelope is damaged/);
    expect(damaged.head.length).toBeGreaterThan(0);
  });
});
