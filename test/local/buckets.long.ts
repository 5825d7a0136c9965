import { World } from '../../local/world';
import { synthesizedOnce } from '../kit/synthesized-once';

/** What the synthesized app's buckets refuse, asked over HTTP as every role of the app. */

let world: World;
beforeAll(async () => {
  world = await World.start({
    assemblyDir: await synthesizedOnce({
      target: 'none',
      datasetsDir: 'test/workflow/datasets',
      now: '2026-01-20T06:15:00Z',
    }),
    clock: { start: '2026-01-20T06:15:00Z', flow: 'frozen' },
    handlers: {},
  });
}, 180_000);
afterAll(() => world.stop());

const roles = () => world.assembly.resources.filter(({ type }) => type === 'AWS::IAM::Role');
const isEraser = (id: string) => id.startsWith('StorageErase');
/** The functions that record, and so tell. */
const TELLERS = /^Functions(RecordRun|ExecutionEnded|Sweep)Role/;

interface Answer {
  readonly status: number;
  readonly denied: boolean;
}

async function ask(
  role: string | undefined,
  method: string,
  bucket: 'Ledger' | 'Lake',
  key: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const signed =
    role === undefined ? {} : { authorization: `AWS4-HMAC-SHA256 Credential=${world.assume(role)}/20260120/x` };
  const body = method === 'PUT' ? { body: '{"another": true}' } : {};
  const response = await fetch(`${world.s3.url}/${world.bucket(bucket)}/${key}`, {
    method,
    headers: { ...headers, ...signed },
    ...body,
  });
  return { status: response.status, denied: (await response.text()).includes('with an explicit deny') };
}
const DENIED: Answer = { status: 403, denied: true };

const HOUR = 'flights/2026-01-20T05';
const SWAPPED = [`partitions/${HOUR}.json`];
const ONCE = [
  `runs/${HOUR}/run-1.json`,
  'runs/_unassigned/2026-01-20/run-1.json',
  'identities/run-1.json',
  'backfills/week-4/manifest.json',
];
const KEPT = [
  ...SWAPPED,
  ...ONCE,
  `plans/${HOUR}/run-1.json`,
  'circuits/vendor.json',
  'datasets/flights.json',
  'receipts/a.json',
];
const RECORDED = '{"recorded": true}';

beforeEach(() => {
  for (const key of [...KEPT, 'outbox/a.json']) world.s3.store.put(world.bucket('Ledger'), key, Buffer.from(RECORDED));
  world.s3.store.put(world.bucket('Lake'), `data/${HOUR}/f.parquet`, Buffer.from(RECORDED));
});

const recorded = (bucket: 'Ledger' | 'Lake', key: string) =>
  world.s3.store.get(world.bucket(bucket), key).body.toString();

test('every role of the app is asked', () => {
  expect(
    roles()
      .map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))
      .filter((id) => id.startsWith('Functions')),
  ).toHaveLength(12);
  expect(roles().length).toBeGreaterThan(16);
});

test('an unconditional PUT of a partition record, a manifest or an identity is refused to every role, and to people', async () => {
  for (const role of [...roles().map(({ arn }) => arn), undefined]) {
    for (const key of [...SWAPPED, ...ONCE]) {
      expect([role, key, await ask(role, 'PUT', 'Ledger', key)]).toEqual([role, key, DENIED]);
      expect(recorded('Ledger', key)).toBe(RECORDED);
    }
    // What is written once is not swapped either.
    for (const key of ONCE) {
      const { etag } = world.s3.store.get(world.bucket('Ledger'), key);
      expect([role, key, await ask(role, 'PUT', 'Ledger', key, { 'if-match': etag })]).toEqual([role, key, DENIED]);
    }
  }
});

test('a DELETE of anything but a told message is refused to every role but the one that erases, and to people', async () => {
  for (const [id, role] of [...roles().map(({ id, arn }) => [id, arn] as const), ['a person', undefined] as const]) {
    if (isEraser(id)) continue;
    for (const key of KEPT) {
      expect([id, key, await ask(role, 'DELETE', 'Ledger', key)]).toEqual([id, key, DENIED]);
      expect(recorded('Ledger', key)).toBe(RECORDED);
    }
    const told = await ask(role, 'DELETE', 'Ledger', 'outbox/a.json');
    const mayTell = role === undefined || TELLERS.test(id);
    expect([id, told]).toEqual([id, { status: mayTell ? 204 : 403, denied: false }]);
    world.s3.store.put(world.bucket('Ledger'), 'outbox/a.json', Buffer.from(RECORDED));
  }
});

test('a file of the lake is removed by the sweep alone, and no version of anything is by any role', async () => {
  const key = `data/${HOUR}/f.parquet`;
  for (const [id, role] of [...roles().map(({ id, arn }) => [id, arn] as const), ['a person', undefined] as const]) {
    if (isEraser(id)) continue;
    expect([id, await ask(role, 'DELETE', 'Lake', `${key}?versionId=1`)]).toEqual([id, DENIED]);
    expect([id, await ask(role, 'DELETE', 'Ledger', `${KEPT[0]}?versionId=1`)]).toEqual([id, DENIED]);
    const removed = await ask(role, 'DELETE', 'Lake', key);
    expect([id, removed]).toEqual([id, id.startsWith('FunctionsSweepRole') ? { status: 204, denied: false } : DENIED]);
    world.s3.store.put(world.bucket('Lake'), key, Buffer.from(RECORDED));
  }
});

test('who works with the ledger still can: a claim, a manifest, the parts of an upload', async () => {
  const roleOf = (id: RegExp) => roles().find((role) => id.test(role.id))?.arn;
  const [claim, record] = [roleOf(/^FunctionsClaimPartitionRole/), roleOf(/^FunctionsRecordRunRole/)];
  const { etag } = world.s3.store.get(world.bucket('Ledger'), SWAPPED[0]!);
  const ok: Answer = { status: 200, denied: false };
  expect(await ask(claim, 'PUT', 'Ledger', SWAPPED[0]!, { 'if-match': etag })).toEqual(ok);
  expect(await ask(claim, 'PUT', 'Ledger', 'partitions/flights/2026-01-20T06.json', { 'if-none-match': '*' })).toEqual(
    ok,
  );
  expect(await ask(record, 'PUT', 'Ledger', `runs/${HOUR}/run-2.json`, { 'if-none-match': '*' })).toEqual(ok);
  expect((await ask(record, 'PUT', 'Ledger', ONCE[0]!, { 'if-none-match': '*' })).status).toBe(412);
  expect(await ask(claim, 'POST', 'Ledger', `${SWAPPED[0]}?uploads`)).toEqual(ok);
});

test('who has taken on the role that erases can remove what the law wants removed', async () => {
  const erase = roles().find(({ id }) => isEraser(id))?.arn;
  expect(await ask(erase, 'DELETE', 'Ledger', ONCE[0]!)).toEqual({ status: 204, denied: false });
  // The local S3 has no versions: it says so, and does not refuse.
  expect((await ask(erase, 'DELETE', 'Lake', `data/${HOUR}/f.parquet?versionId=1`)).status).toBe(501);
});
