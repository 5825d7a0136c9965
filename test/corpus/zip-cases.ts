import { constants, deflateRawSync } from 'node:zlib';
import { zipOf, type Entry } from '../core/engine/bytes/zip';
import { NAMES, orders, PATTERN, refused, refusedCase, TextFile, type Case } from './case';

const dataset = orders({ compression: 'zip' });
const file = new TextFile('csv').sound(500).with({ amount: 'x' }, ['amount.type']).sound(20);
const entry = (more: Partial<Entry> = {}): Entry => ({ name: 'orders.csv', content: file.body, ...more });
const whole = zipOf([entry()]);
const lines = new TextFile('text', '', '\r\n').sound(20).line('TOTAL', ['record.shape']);

const corrupt = (name: string, body: Buffer, says: string | RegExp): Case =>
  refusedCase(`zip: ${name}`, dataset, body, refused('SourceCorrupt', says));

/** An entry that inflates to so many times 8 MB, packed once. */
function bomb(times: number, size: number): Buffer {
  const part = (bytes: Buffer) => deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH });
  const piece = part(Buffer.alloc(8_000_000, '1,\n'));
  const content = Buffer.concat([
    part(Buffer.from(`${NAMES.join(',')}\n`)),
    ...Array.from({ length: times }, () => piece),
    deflateRawSync(Buffer.alloc(0)),
  ]);
  return zipOf([entry({ content, method: 'stored', said: { method: 8, size } })]);
}

export const zipCases: readonly Case[] = [
  { name: 'zip: whole', dataset, objects: () => ({ 'orders/a': whole }), truth: file.truth },
  {
    name: 'zip: stored, of zip64, with sizes behind the data',
    dataset,
    objects: () => ({ 'orders/a': zipOf([entry({ method: 'stored', wide: true, behind: true })]) }),
    truth: file.truth,
  },
  {
    name: 'zip: of lines by a pattern',
    dataset: orders({ format: 'text', text: { pattern: PATTERN }, compression: 'zip' }),
    objects: () => ({ 'orders/a': zipOf([entry({ content: lines.body })]) }),
    truth: lines.truth,
  },
  corrupt('0 bytes', Buffer.alloc(0), 'no directory at the end of its 0 bytes'),
  corrupt('text instead', file.body, 'no zip archive'),
  ...[1, 100, whole.length - 60, whole.length - 22, whole.length - 1].map((bytes) =>
    corrupt(`cut off after ${bytes} of ${whole.length} bytes`, whole.subarray(0, bytes), 'cut off'),
  ),
  corrupt('two entries', zipOf([entry(), entry({ name: 'b.csv' })]), 'a zip archive of 2 entries, expected one'),
  corrupt('encrypted', zipOf([entry({ said: { flags: 1 } })]), 'is encrypted'),
  corrupt('another CRC', zipOf([entry({ said: { crc32: 7 } })]), 'its directory says 00000007'),
  corrupt('another method', zipOf([entry({ said: { method: 12 } })]), 'is compressed by bzip2 (12)'),
  corrupt('names of other places', zipOf([entry({ name: '../../etc/passwd' }), entry()]), '"../../etc/passwd"'),
  corrupt('an archive in two parts, put together', Buffer.concat([whole, whole]), 'the zip directory is to end at'),
  {
    name: 'zip: an empty entry',
    dataset,
    objects: () => ({ 'orders/a': zipOf([entry({ content: '' })]) }),
    truth: refused('SchemaMismatch', 'empty object'),
  },
  {
    name: 'zip: a bomb of 4 GB',
    dataset,
    objects: () => ({ 'orders/a': bomb(500, 4_000_000_000) }),
    truth: refused('ObjectTooLarge', 'inflates to more than 30000000 bytes'),
    batchBytes: 30_000_000,
    growsAtMostMb: 300,
  },
  {
    name: 'zip: a bomb of 4 GB that says that it is small',
    dataset,
    objects: () => ({ 'orders/a': bomb(500, 1000) }),
    truth: refused('SourceCorrupt', 'has more than the 1000 bytes'),
    batchBytes: 30_000_000,
    growsAtMostMb: 300,
  },
];
