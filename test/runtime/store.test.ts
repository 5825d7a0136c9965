import { z } from 'zod';
import { MemoryS3, type Fault } from '../helpers/memory-s3';

const schema = z.object({ n: z.int() });
const conflict = () =>
  Object.assign(new Error('ConditionalRequestConflict'), {
    name: 'ConditionalRequestConflict',
    $metadata: { httpStatusCode: 409 },
  });
let s3: MemoryS3;
beforeEach(() => {
  s3 = new MemoryS3();
});
/** The first so many writes meet another one at the same moment: S3 decides nothing. */
const conflicts = (count: number): Fault => {
  let left = count;
  return ({ operation }) => (operation === 'PUT' && left-- > 0 ? conflict() : undefined);
};

describe('a conditional write', () => {
  it('that met another one at the same moment is made again: nobody may be there yet', async () => {
    const store = s3.store('ledger', conflicts(4));
    expect(await store.putJson('a.json', { n: 1 }, { absent: true })).toMatchObject({ etag: expect.any(String) });
    expect(s3.json('ledger', 'a.json')).toEqual({ n: 1 });
  });

  it('that meets others again and again says so, instead of that its condition did not hold', async () => {
    const written = s3.store('ledger', conflicts(5)).putJson('a.json', { n: 1 }, { absent: true });
    await expect(written).rejects.toMatchObject({ name: 'LedgerContention', retryable: true });
    expect(s3.keys('ledger')).toEqual([]);
  });

  it('of what was read and is gone does not hold: whoever wrote decides again', async () => {
    const store = s3.store('ledger');
    const { etag = '' } = (await store.putJson('a.json', { n: 1 })) ?? {};
    await store.delete('a.json');
    expect(await store.putJson('a.json', { n: 2 }, { etag })).toBeUndefined();
    expect(s3.keys('ledger')).toEqual([]);
  });

  it('of what has changed since does not hold', async () => {
    const store = s3.store('ledger');
    const { etag = '' } = (await store.putJson('a.json', { n: 1 })) ?? {};
    await store.putJson('a.json', { n: 2 });
    expect(await store.putJson('a.json', { n: 3 }, { etag })).toBeUndefined();
    expect(await store.putJson('a.json', { n: 3 }, { absent: true })).toBeUndefined();
    expect(s3.json('ledger', 'a.json')).toEqual({ n: 2 });
  });

  it('to a bucket that is not there is an error, and no condition that did not hold', async () => {
    const gone = Object.assign(new Error('NoSuchBucket'), { name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } });
    const store = s3.store('ledger', () => gone);
    await expect(store.putJson('a.json', { n: 1 }, { etag: '"1"' })).rejects.toBe(gone);
  });
});

describe('a listing', () => {
  it('goes on through all of its pages, from the start that was asked for', async () => {
    for (let n = 0; n < 10; n += 1) s3.put('ledger', `a/${n}`, { n });
    s3.put('ledger', 'b/0', { n: 0 });
    const keysOf = async (after?: string) => {
      const keys: string[] = [];
      for await (const { key } of s3.store('ledger').list('a/', after)) keys.push(key);
      return keys;
    };
    expect(await keysOf()).toEqual(Array.from({ length: 10 }, (_, n) => `a/${n}`));
    expect(await keysOf('a/4')).toEqual(['a/5', 'a/6', 'a/7', 'a/8', 'a/9']);
    expect(await keysOf('a/9')).toEqual([]);
  });
});

describe('a document', () => {
  it('is found, absent or unreadable, and never an error for what lies there', async () => {
    const store = s3.store('ledger');
    s3.put('ledger', 'a.json', { n: 1, more: true });
    expect(await store.read('a.json', schema)).toMatchObject({ kind: 'found', value: { n: 1 }, json: { more: true } });
    expect(await store.read('b.json', schema)).toEqual({ kind: 'absent' });
    for (const [text, why, ofSomeRelease] of [
      ['', 'is empty', false],
      ['{"n":', 'is not JSON', false],
      ['null', 'does not fit: (input): got null, expected object', false],
      ['{"n":"1"}', 'does not fit: n: got "1", expected number', false],
      ['{"schemaVersion":2}', 'does not fit: n: got nothing, expected number', true],
      ['{"schemaVersion":"2"}', 'does not fit: n: got nothing, expected number', false],
    ] as const) {
      s3.put('ledger', 'a.json', text);
      const reading = await store.read('a.json', schema);
      expect(reading).toMatchObject({ kind: 'unreadable', key: 'a.json', ofSomeRelease });
      expect(reading.kind === 'unreadable' && reading.why).toContain(`s3://ledger/a.json ${why}`);
      await expect(store.getJson('a.json', schema)).rejects.toMatchObject({ name: 'InternalError' });
    }
  });

  it('that S3 does not give is an error, and not absent', async () => {
    const store = s3.store('ledger', conflicts(0));
    s3.put('ledger', 'a.json', { n: 1 });
    const denied = Object.assign(new Error('AccessDenied'), {
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    await expect(s3.store('ledger', () => denied).read('a.json', schema)).rejects.toBe(denied);
    expect(await store.read('a.json', schema)).toMatchObject({ kind: 'found' });
  });
});
