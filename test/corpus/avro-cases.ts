import { avroBlock, avroFile, avroHeader, decimalBytes, long } from '../kit/avro';
import { orders, refused, refusedCase, seeded, sound, type Case, type Counted, type Fields } from './case';

const optional = (type: unknown) => ['null', type];
const logical = (type: string, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });
/** The columns of the corpus's own dataset, decimals with a digit more than it has. */
const SCHEMA = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'at', type: logical('long', 'timestamp-micros') },
    { name: 'day', type: optional(logical('int', 'date')) },
    { name: 'amount', type: logical('bytes', 'decimal', { precision: 13, scale: 3 }) },
    { name: 'ratio', type: optional('double') },
    { name: 'note', type: optional('string') },
  ],
};

function asAvro({ id, at, day, amount, ratio, note }: Fields): Readonly<Record<string, unknown>> {
  const [whole = '0', fraction = ''] = amount.split('.');
  const value = <T>(text: string, of: (text: string) => T) => (text === '' ? null : of(text));
  return {
    id: Number(id),
    at: Date.parse(at) * 1000,
    day: value(day, (text) => Date.parse(text) / 86_400_000),
    amount: decimalBytes(BigInt(whole + fraction.padEnd(3, '0'))),
    ratio: value(ratio, Number),
    note: value(note, String),
  };
}

/** Sound records, and after each seventh one whose amount has a digit too many and one with the id of the first. */
export function avroOrders(count: number, codec: string): { readonly body: Buffer; readonly truth: Counted } {
  const records: Fields[] = [];
  const ids: number[] = [];
  let broken = 0;
  for (let id = 1; id <= count; id += 1) {
    records.push(sound(id));
    ids.push(id);
    if (id % 7 !== 0) continue;
    broken += 1;
    records.push({ ...sound(count + id), amount: '1.005' }, sound(1));
  }
  const body = avroFile(SCHEMA, records.map(asAvro), { codec, perBlock: 11 });
  const rules = { 'amount.type': broken, unique: broken };
  const counts = { read: records.length, accepted: count, quarantined: broken, duplicates: broken };
  return { body, truth: { ends: 'counted', ...counts, rules, ids } };
}

const dataset = orders({ format: 'avro' });
const whole = avroOrders(100, 'snappy').body;
const next = seeded(7);
const noise = Buffer.from(Array.from({ length: 5000 }, () => next(256)));
const empty = (name: string, type: unknown, content: Buffer, records = 1) =>
  refusedCase(
    name,
    orders(
      { format: 'avro', extraColumns: 'ignore' },
      { columns: { id: { type: 'integer', nullable: true } }, unique: ['id'] },
    ),
    Buffer.concat([
      avroHeader(
        JSON.stringify({
          type: 'record',
          name: 'R',
          fields: [
            { name: 'id', type: 'null' },
            { name: 'more', type },
          ],
        }),
      ),
      avroBlock(records, content),
    ]),
    refused('ObjectTooLarge', /more than/),
    { growsAtMostMb: 200, batchRecords: 200_000 },
  );

export const avroCases: readonly Case[] = [
  ...['null', 'deflate', 'zstandard', 'snappy'].map((codec): Case => {
    const { body, truth } = avroOrders(300, codec);
    return {
      name: `records of Avro, some of them broken, by ${codec}`,
      dataset,
      objects: () => ({ 'orders/a': body }),
      truth,
    };
  }),
  ...[1, 700, whole.length - 20, whole.length - 1].map((bytes) =>
    refusedCase(
      `an Avro file cut off after ${bytes} bytes`,
      dataset,
      whole.subarray(0, bytes),
      refused('SourceCorrupt', /cut off|ends in its head/),
    ),
  ),
  refusedCase('noise for Avro', dataset, noise, refused('SourceCorrupt', 'does not begin with "Obj"')),
  refusedCase(
    'an Avro file of a block of noise',
    dataset,
    Buffer.concat([avroHeader(JSON.stringify(SCHEMA)), avroBlock(50, noise)]),
    refused('SourceCorrupt', 'is not of the schema'),
  ),
  refusedCase(
    'a block of Avro that inflates to 200 MB',
    dataset,
    Buffer.concat([
      avroHeader(JSON.stringify(SCHEMA), { codec: 'zstandard' }),
      avroBlock(1, Buffer.alloc(200_000_000), 'zstandard'),
    ]),
    refused('ObjectTooLarge', 'inflated to more'),
    { growsAtMostMb: 300 },
  ),
  empty('a list of Avro of 2⁴⁰ nulls', { type: 'array', items: 'null' }, Buffer.concat([long(2 ** 40), long(0)])),
  empty('2⁴⁰ records of Avro without a byte', 'null', Buffer.alloc(0), 2 ** 40),
];
