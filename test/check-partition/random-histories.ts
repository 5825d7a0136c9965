import type { Dataset } from '../../core/contracts/dataset/dataset';
import { seeded } from '../corpus/case';
import { datasetWith } from '../kit/datasets';
import type { BatchWorld } from '../kit/batch-world';

/**
 * Random histories of change data, over objects and batches, and what of them has to be published by a reference in plain TypeScript. It
 * compares ranks, which are written here by hand, and so shares nothing with the engine: neither types nor casts nor an order.
 */

/** Text in the file, and its rank among the others; null: no value, the oldest. */
type Pool = readonly (readonly [text: string, rank: number | null])[];

const ORDERS: Readonly<Record<string, Pool>> = {
  i: [
    ['', null],
    ['-9223372036854775808', 0],
    ['9007199254740992', 1],
    ['9007199254740993', 2],
    ['+9007199254740993', 2],
    ['9223372036854775807', 3],
  ],
  d: [
    ['', null],
    ['-5', 0],
    ['0.1', 1],
    ['0.10000000000000000000', 1],
    ['0.10000000000000000001', 2],
    ['999999999999999999.99999999999999999999', 3],
  ],
  t: [
    ['', null],
    ['2026-01-20T05:00:00Z', 0],
    ['2026-01-20T05:00:00.000001Z', 1],
    ['2026-01-20T06:00:00.000001+01:00', 1],
    ['2026-01-20T05:00:00.000002Z', 2],
  ],
  day: [
    ['', null],
    ['0001-01-01', 0],
    ['2026-01-20', 1],
  ],
  // By their bytes in UTF-8, which is not JavaScript's order.
  s: [
    ['', null],
    ['""', 0],
    ['Z', 1],
    ['a', 2],
    ['aa', 3],
    ['\uffee', 4],
    ['🙂', 5],
  ],
  b: [
    ['', null],
    ['false', 0],
    ['true', 1],
  ],
  f: [
    ['', null],
    ['-1e300', 0],
    ['-0.0', 1],
    ['0', 1],
    ['1e-300', 2],
  ],
};
const KEYS = { id: ['1', '2', '9007199254740993', '9007199254740992', ''], region: ['x', '""', ''] };
const OPS = ['I', 'U', 'U', 'D', 'd', ''];

/** Conditions, and the operations of which each is true. */
const DELETED: readonly (readonly [sql: string | undefined, ops: readonly string[]])[] = [
  [undefined, []],
  [`Op = 'D'`, ['D']],
  [`lower("Op") = 'd'`, ['D', 'd']],
  [`n <> '' AND op IN ('D', 'U')`, ['D', 'U']],
];

interface One {
  /** Where it stands: object and line. */
  readonly n: string;
  readonly key: string;
  readonly ranks: readonly (number | null)[];
  readonly op: string;
}

export interface Result {
  /** Names of the records that are published, in their order. */
  readonly published: readonly string[];
  /** Where the duplicates in quarantine stand. */
  readonly duplicates: readonly string[];
  readonly counts: object;
  readonly code: string;
}

interface History {
  readonly dataset: Dataset;
  readonly batches: readonly Readonly<Record<string, string>>[];
  readonly expected: Result;
}

export function history(seed: number): History {
  const random = seeded(seed * 2_654_435_761 + 1);
  const of = <T>(some: readonly T[]): T => some[random(some.length)]!;
  const by = Object.keys(ORDERS).filter(() => random(4) === 0);
  const columns = random(2) === 0 ? ['id'] : ['id', 'region'];
  const [deleted, gone] = of(DELETED);
  const sound: One[] = [];
  let quarantined = 0;
  let objects = 0;
  const batches = Array.from({ length: 1 + random(4) }, () => {
    const bodies: Record<string, string> = {};
    for (let left = 1 + random(3); left > 0; left -= 1) {
      const object = `o${String(objects++).padStart(3, '0')}`;
      const lines = [['n', 'id', 'region', 'Op', 'qty', ...Object.keys(ORDERS)].join(',')];
      for (let more = random(12); more > 0; more -= 1) {
        const n = `${object}:${lines.length + 1}`;
        if (random(12) === 0) {
          quarantined += 1;
          lines.push('too,few');
          continue;
        }
        const [id, region, op] = [of(KEYS.id), of(KEYS.region), of(OPS)];
        const ranks = Object.entries(ORDERS).map(([name, pool]) => [name, of(pool)] as const);
        const isBad = random(10) === 0;
        lines.push([n, id, region, op, isBad ? 'bad' : '1', ...ranks.map(([, [text]]) => text)].join(','));
        if (isBad) quarantined += 1;
        else {
          const key = JSON.stringify(columns.length === 1 ? [id] : [id, region]);
          sound.push({ n, key, op, ranks: ranks.filter(([name]) => by.includes(name)).map(([, [, rank]]) => rank) });
        }
      }
      bodies[object] = `${lines.join('\n')}\n`;
    }
    return bodies;
  });
  const dataset = datasetWith({
    columns: {
      n: { type: 'string' },
      id: { type: 'integer', nullable: true },
      region: { type: 'string', nullable: true },
      Op: { type: 'string', nullable: true },
      qty: { type: 'integer' },
      i: { type: 'integer', nullable: true },
      d: { type: 'decimal', precision: 38, scale: 20, nullable: true },
      t: { type: 'timestamp', nullable: true },
      day: { type: 'date', nullable: true },
      s: { type: 'string', nullable: true },
      b: { type: 'boolean', nullable: true },
      f: { type: 'double', nullable: true },
    },
    tolerance: { rejected: { share: 1 } },
    unique: {
      columns,
      keep: 'last',
      ...(by.length === 0 ? {} : { by }),
      ...(deleted === undefined ? {} : { deleted }),
    },
  });
  return { dataset, batches, expected: reference(sound, gone, quarantined) };
}

/** Of each key the last; gone where it says so. */
function reference(sound: readonly One[], gone: readonly string[], quarantined: number): Result {
  const last = new Map<string, One>();
  for (const one of sound) {
    const known = last.get(one.key);
    if (known === undefined || !isBefore(one.ranks, known.ranks)) last.set(one.key, one);
  }
  const kept = new Set(last.values());
  const published = sound.filter((one) => kept.has(one) && !gone.includes(one.op)).map(({ n }) => n);
  const duplicates = sound.filter((one) => !kept.has(one)).map(({ n }) => n);
  const deleted = kept.size - published.length;
  const read = sound.length + quarantined;
  const code = quarantined > 0 ? (sound.length === 0 ? 'AllRecordsRejected' : 'WITHIN_TOLERANCE') : 'COMPLETE';
  const accepted = published.length;
  const counts = { read, accepted, quarantined, duplicates: duplicates.length, ...(deleted === 0 ? {} : { deleted }) };
  return {
    published,
    duplicates,
    counts: { ...counts, dropped: 0, added: 0, published: accepted },
    code: read === 0 ? 'EMPTY_AS_DECLARED' : code,
  };
}

function isBefore(a: readonly (number | null)[], b: readonly (number | null)[]): boolean {
  const at = a.findIndex((rank, i) => rank !== b[i]);
  return at !== -1 && (a[at] ?? -1) < (b[at] ?? -1);
}

/** What the steps make of a history. */
export async function publish(world: BatchWorld, { dataset, batches }: History): Promise<Result> {
  world.reset(dataset);
  const load = world.plan(batches);
  let code: string;
  try {
    const { output } = await world.partition(load);
    code = 'ending' in output ? output.ending.code : 'a third round';
  } catch (error) {
    code = (error as Error).name;
  }
  const { files, quarantineFiles, records } = world.found();
  const published: string[] = [];
  for (const { key } of files) published.push(...(await world.records(key)).map(({ n }) => String(n)));
  const duplicates = quarantineFiles
    .flatMap(({ key }) => world.quarantine(key))
    .filter(({ broken }) => broken.includes('unique'))
    .map(({ object, line }) => `${object}:${line}`);
  return { published, duplicates, counts: records, code };
}
