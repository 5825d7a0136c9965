import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

/** What the source holds when a case begins, and how a run over it ends where nothing goes wrong. Written down, not computed by the product. */
export interface Situation {
  readonly dataset: 'plain' | 'split' | 'shaped';
  readonly objects: readonly { readonly key: string; readonly body: Buffer }[];
  readonly batches: number;
  /** The records that are published, as `rowOf` writes them, in any order. */
  readonly rows: readonly string[];
  /** What is set aside, and for which rule, in any order. */
  readonly setAside: readonly SetAside[];
  readonly code: 'COMPLETE' | 'WITHIN_TOLERANCE' | 'EMPTY_AS_DECLARED' | 'SOURCE_CORRUPT' | 'SOURCE_STILL_ARRIVING';
  readonly records: Counts;
  /** The partition is published already; the run replaces that. */
  readonly reprocess: boolean;
  /** An object that comes later, and when. */
  readonly later?: { readonly key: string; readonly at: string };
}

/** A line of a quarantine file: the record as it came, and the rule that it broke. */
export interface SetAside {
  readonly raw: string;
  readonly broken: string;
}

/** A record as text: its values by column, whatever types a reader gives them. */
export function rowOf(record: Readonly<Record<string, unknown>>): string {
  return Object.keys(record)
    .toSorted()
    .map((column) => `${column}=${String(record[column])}`)
    .join(' ');
}

export interface Counts {
  readonly read: number;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly published: number;
}

/** The hour that every dataset of these tests expects, and nothing else. */
export const HOUR = '2026-01-20T05';
export const SOURCE = 'fault-source';

const folder = (dataset: string, hour = '05') => `${dataset}/2026/01/20/${hour}/`;
const counts = (read: number, published: number, more: Partial<Counts> = {}): Counts => ({
  read,
  published,
  quarantined: 0,
  duplicates: 0,
  ...more,
});

function csv(records: number, bad = 0): Buffer {
  const lines = Array.from({ length: records }, (_, i) => `r${i},${i < bad ? 'x' : i}`);
  return Buffer.from(['id,value', ...lines, ''].join('\n'));
}

/** What of such a file is good. */
const csvRows = (records: number, bad = 0): string[] =>
  Array.from({ length: records - bad }, (_, i) => rowOf({ id: `r${i + bad}`, value: i + bad }));

/** Records of a bulky object. */
const BULK = 2000;

/** Some 70 KiB that do not compress: two of them are too much for one batch of 1 MiB by the planner's cautious estimate. */
function bulky(seed: string, records: number, shared = 0): Buffer {
  const lines = Array.from({ length: records }, (_, i) => `${i < shared ? idOf('first', i) : idOf(seed, i)},${i}`);
  return gzipSync(['id,value', ...lines, ''].join('\n'));
}

const idOf = (seed: string, i: number) => createHash('sha256').update(`${seed} ${i}`).digest('hex');
const bulkyRows = (seed: string, from = 0): string[] =>
  Array.from({ length: BULK - from }, (_, i) => rowOf({ id: idOf(seed, i + from), value: i + from }));

const first = bulky('first', BULK);
const second = bulky('second', BULK);
/** Cut off in the middle: what arrives when a sender dies. */
const damaged = second.subarray(0, second.length - 4000);

/** More than a batch may hold once it is inflated: its batch fails, and not for an object that cannot be read. */
const tooLarge = gzipSync(`${gunzipSync(second).toString('utf8')}${'0,0\n'.repeat(300_000)}`);

const plain = { dataset: 'plain', batches: 1, reprocess: false, setAside: [] } as const;
const split = { dataset: 'split', batches: 2, reprocess: false, setAside: [] } as const;

const shaped = { dataset: 'shaped', batches: 1, reprocess: false, setAside: [] } as const;
const marker = { key: `${folder('shaped')}_SUCCESS`, body: Buffer.alloc(0) };
const sales = {
  key: `${folder('shaped')}a.jsonl`,
  body: Buffer.from('{"shop":"a","amount":1}\n{"shop":"a","amount":2}\n{"shop":"b","amount":3}\n'),
};

const sums = [rowOf({ shop: 'a', amount: 3 }), rowOf({ shop: 'b', amount: 3 })];

export const situations = {
  good: {
    ...plain,
    objects: [{ key: `${folder('plain')}a.csv`, body: csv(5) }],
    rows: csvRows(5),
    code: 'COMPLETE',
    records: counts(5, 5),
  },
  partial: {
    ...plain,
    objects: [{ key: `${folder('plain')}a.csv`, body: csv(40, 3) }],
    rows: csvRows(40, 3),
    setAside: [0, 1, 2].map((i) => ({ raw: `r${i},x`, broken: 'value.type' })),
    code: 'WITHIN_TOLERANCE',
    records: counts(40, 37, { quarantined: 3 }),
  },
  // The root has an object, this hour none.
  empty: {
    ...plain,
    batches: 0,
    objects: [{ key: `${folder('plain', '04')}a.csv`, body: csv(1) }],
    rows: [],
    code: 'EMPTY_AS_DECLARED',
    records: counts(0, 0),
  },
  again: {
    ...plain,
    reprocess: true,
    objects: [{ key: `${folder('plain')}a.csv`, body: csv(6) }],
    rows: csvRows(6),
    code: 'COMPLETE',
    records: counts(6, 6),
  },
  two: {
    ...split,
    objects: [
      { key: `${folder('split')}a.csv.gz`, body: first },
      { key: `${folder('split')}b.csv.gz`, body: second },
    ],
    rows: [...bulkyRows('first'), ...bulkyRows('second')],
    code: 'COMPLETE',
    records: counts(4000, 4000),
  },
  oneFails: {
    ...split,
    objects: [
      { key: `${folder('split')}a.csv.gz`, body: first },
      { key: `${folder('split')}b.csv.gz`, body: tooLarge },
    ],
    rows: bulkyRows('first'),
    code: 'WITHIN_TOLERANCE',
    records: counts(2000, 2000),
  },
  // Three records of the second batch are in the first one too, so the second runs again without them.
  duplicates: {
    ...split,
    objects: [
      { key: `${folder('split')}a.csv.gz`, body: first },
      { key: `${folder('split')}b.csv.gz`, body: bulky('second', BULK, 3) },
    ],
    rows: [...bulkyRows('first'), ...bulkyRows('second', 3)],
    setAside: [0, 1, 2].map((i) => ({ raw: `${idOf('first', i)},${i}`, broken: 'unique' })),
    code: 'COMPLETE',
    records: counts(4000, 3997, { duplicates: 3 }),
  },
  corrupt: {
    ...split,
    objects: [
      { key: `${folder('split')}a.csv.gz`, body: first.subarray(0, first.length - 4000) },
      { key: `${folder('split')}b.csv.gz`, body: damaged },
    ],
    rows: [],
    code: 'SOURCE_CORRUPT',
    records: counts(0, 0),
  },
  shaped: { ...shaped, objects: [sales, marker], rows: sums, code: 'COMPLETE', records: counts(3, 2) },
  // The marker comes while the run waits for it …
  arriving: {
    ...shaped,
    objects: [sales],
    later: { key: marker.key, at: '2026-01-20T06:41:00Z' },
    rows: sums,
    code: 'COMPLETE',
    records: counts(3, 2),
  },
  // … or never.
  unfinished: {
    ...shaped,
    batches: 0,
    objects: [sales],
    rows: [],
    code: 'SOURCE_STILL_ARRIVING',
    records: counts(0, 0),
  },
} as const satisfies Record<string, Situation>;

export type SituationName = keyof typeof situations;
export const situationOf = (name: SituationName): Situation => situations[name];
