import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryFiles, type Tried } from '../../../cli/try/attempt';
import { loadDefinition } from '../../../cli/try/tried-definition';
import { gatherFiles } from '../../../cli/try/tried-files';
import type { Dataset } from '../../../core/contracts/dataset/dataset';
import { layOut, RECIPES } from '../../docs/recipe-page';
import { BatchWorld } from '../../kit/batch-world';
import { dataset } from '../../kit/datasets';
import { PARTITION } from '../../kit/runs';

/*
 * What `rollcall try` says is what the steps of a run do: ValidateBatch, ProcessBatch and CheckPartition on a local S3, each object a batch
 * of its own, so that records are compared across batches, too.
 */

let world: BatchWorld;
beforeAll(async () => (world = await BatchWorld.open()));
afterAll(() => world.close());

type Files = Readonly<Record<string, Buffer | string>>;

async function ran(one: Dataset, files: Files) {
  const here: Dataset = { ...one, source: { ...one.source, bucket: 'vendor', account: undefined } };
  world.reset(here);
  const load = world.plan(Object.entries(files).map(([key, body]) => ({ [key]: body })));
  const code = await world.partition(load).then(
    ({ output }) => ('ending' in output ? output.ending.code : 'DUPLICATES'),
    (error: unknown) => (error instanceof Object && 'code' in error ? String(error.code) : String(error)),
  );
  const { records, rules, files: outputs } = world.found();
  const rows: string[] = [];
  for (const { key } of outputs) rows.push(...(await world.records(key)).map((row) => asText(Object.values(row))));
  return { code, records, rules: countsOf(rules), rows };
}

async function tried(one: Dataset, files: Files, rows = 1000): Promise<Tried> {
  const all = Object.entries(files).map(([key, body]) => ({
    path: key,
    object: {
      bucket: 'vendor',
      key,
      etag: '"x"',
      size: Buffer.byteLength(body),
      lastModified: '2026-01-20T05:59:00.000Z',
    },
    read: async () => pieces(Buffer.from(body)),
  }));
  const gathered = { partition: PARTITION, files: all, skipped: [], table: null };
  return tryFiles({
    dataset: one,
    process: undefined,
    gathered,
    rows,
    show: (_column, value) => String(value),
  });
}

async function* pieces(body: Buffer): AsyncGenerator<Buffer> {
  yield body;
}

/** A row as text; a number by its value, not by how it is written. */
const asText = (row: readonly unknown[]): string =>
  row
    .map((value) => (value === null ? 'NULL' : /^-?[\d.e-]+$/.test(String(value)) ? Number(value) : String(value)))
    .join('|');

const countsOf = (rules: readonly { readonly name: string; readonly broken: number }[]) =>
  Object.fromEntries(rules.map(({ name, broken }) => [name, broken]));

function expectSame(attempt: Tried, run: Awaited<ReturnType<typeof ran>>): void {
  const rows = (attempt.published?.rows ?? []).map(asText);
  expect({ code: attempt.would.code, records: attempt.records, rules: countsOf(attempt.rules), rows }).toEqual(run);
}

/** Numbers from 0 up to one less, the same for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ORDERS = dataset({
  name: 'orders',
  columns: {
    id: { type: 'integer' },
    name: { type: 'string', nullable: true, pattern: '[a-z ]*' },
    total: { type: 'decimal', precision: 6, scale: 2 },
  },
  unique: ['id'],
  rowRules: [{ name: 'dear', sql: 'total < 50 OR name IS NOT NULL', otherwise: 'warn' }],
  tolerance: { rejected: { share: 0.3 } },
});
const TRANSFORMED = dataset({
  ...ORDERS,
  transform: { sql: 'SELECT id, upper(name) AS name FROM records WHERE total >= 10', mayDrop: true },
});

/** Two objects of orders of which many are wrong, double, or no record. */
function orders(seed: number): Files {
  const next = random(seed);
  const line = (): string => {
    const total = ['1.50', '12', '75.25', '99999', 'x', ''][next(6)] ?? '';
    const name = ['ada', '', '"a b"', 'Bob', '"x'][next(seed % 3 === 0 ? 5 : 4)] ?? '';
    return next(20) === 0 ? 'no,record' : `${next(60)},${name},${total}`;
  };
  const body = () => ['id,name,total', ...Array.from({ length: next(40) }, line)].join('\n');
  return { 'things/a.csv': body(), 'things/b.csv': body() };
}

describe('rollcall try beside the steps of a run', () => {
  it.each(Array.from({ length: 12 }, (_, i) => i + 1))('says the same of random orders (seed %i)', async (seed) => {
    const one = seed % 2 === 0 ? ORDERS : TRANSFORMED;
    expectSame(await tried(one, orders(seed)), await ran(one, orders(seed)));
  });

  const folder = mkdtempSync(join(tmpdir(), 'rollcall-recipes-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const readable = RECIPES.filter(({ shown }) => !shown.includes('FAILED'));

  it.each(readable.map((recipe) => [recipe.title, recipe] as const))('says the same of %s', async (_title, recipe) => {
    const own = join(folder, recipe.name);
    layOut(own, recipe);
    const definition = await loadDefinition(join(own, 'datasets'), recipe.name);
    const gathered = await gatherFiles(definition.dataset, [join(own, 'source')], { s3: noS3 });
    const files = recipe.files.filter(({ key }) => gathered.files.some(({ object }) => object.key === key));
    const bodies = Object.fromEntries(files.map(({ key, body }) => [key, body]));
    expectSame(await tried(definition.dataset, bodies), await ran(definition.dataset, bodies));
  });
});

function noS3(): never {
  throw new Error('no S3 is needed');
}
