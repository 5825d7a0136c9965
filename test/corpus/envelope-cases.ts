import { gzipSync, zstdCompressSync } from 'node:zlib';
import { NAMES, orders, refused, seeded, TextFile, type Case } from './case';

type Compression = 'gzip' | 'zstd';
const pack = { gzip: (bytes: Buffer) => gzipSync(bytes), zstd: (bytes: Buffer) => zstdCompressSync(bytes) };
/** Not all zstd frames have a checksum of their content: what `zstdCompressSync` makes by default has none. */
const SEEDS = { gzip: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], zstd: [1, 2, 3, 4, 5] };

const file = new TextFile('csv').sound(2000).with({ amount: 'x' }, ['amount.type']).sound(500);
const MEGABYTE = 1_000_000;

function of(compression: Compression): Case[] {
  const dataset = orders({ compression });
  const whole = pack[compression](file.body);
  const broken = (name: string, bytes: Buffer): Case => ({
    name: `${compression}: ${name}`,
    dataset,
    objects: () => ({ 'orders/a': bytes }),
    truth: refused('SourceCorrupt', /envelope is damaged|zstd stream is truncated|no zstd frame/),
  });
  const cut = file.body.indexOf('\n', 30_000) + 1;
  const parts = [file.body.subarray(0, cut), file.body.subarray(cut)].map((part) => pack[compression](part));
  const bomb = pack[compression](Buffer.alloc(8 * MEGABYTE, `${'1,'.repeat(30)}\n`));
  return [
    { name: `${compression}: whole`, dataset, objects: () => ({ 'orders/a': whole }), truth: file.truth },
    {
      name: `${compression}: in two parts`,
      dataset,
      objects: () => ({ 'orders/a': Buffer.concat(parts) }),
      truth: file.truth,
    },
    ...SEEDS[compression].map((seed) => {
      const at = 1 + seeded(seed)(whole.length - 1);
      return broken(`cut off after ${at} of ${whole.length} bytes`, whole.subarray(0, at));
    }),
    broken('without its last byte', whole.subarray(0, -1)),
    broken('its second part cut off', Buffer.concat([parts[0]!, parts[1]!.subarray(0, 50)])),
    broken('text behind it', Buffer.concat([whole, Buffer.from('id,at\n')])),
    broken('text instead', file.body),
    broken('nothing', Buffer.alloc(0)),
    {
      name: `${compression}: a bomb of 8 GB`,
      dataset,
      // A header, then the same megabytes a thousand times.
      objects: () => ({
        'orders/a': Buffer.concat([
          pack[compression](Buffer.from(`${NAMES.join(',')}\n`)),
          ...Array.from({ length: 1000 }, () => bomb),
        ]),
      }),
      truth: refused('ObjectTooLarge', 'inflates to more than 30000000 bytes'),
      batchBytes: 30 * MEGABYTE,
      growsAtMostMb: 150,
    },
  ];
}

/** One bit turned somewhere behind the header of a gzip file: its checksum does not let it pass. */
const flipped = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((seed): Case => {
  const bytes = Buffer.from(gzipSync(file.body));
  const next = seeded(seed * 7919);
  const at = 10 + next(bytes.length - 10);
  bytes[at]! ^= 1 << next(8);
  return {
    name: `gzip: a bit of byte ${at} turned`,
    dataset: orders({ compression: 'gzip' }),
    objects: () => ({ 'orders/a': bytes }),
    truth: refused('SourceCorrupt', 'the gzip envelope is damaged'),
  };
});

export const envelopeCases: readonly Case[] = [
  ...of('gzip'),
  ...flipped,
  ...of('zstd'),
  {
    name: 'gzip named as text',
    dataset: orders(),
    objects: () => ({ 'orders/a': gzipSync(file.body) }),
    truth: refused('SchemaMismatch', /not UTF-8|missing|carriage return/),
  },
  {
    name: 'the second of two objects is damaged',
    dataset: orders({ compression: 'gzip' }),
    objects: () => ({ 'orders/a': gzipSync(file.body), 'orders/b': gzipSync(file.body).subarray(0, 500) }),
    truth: refused('SourceCorrupt', 's3://vendor/orders/b'),
  },
];
