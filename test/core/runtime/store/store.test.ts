import { z } from 'zod';
import { MemoryS3, type Fault } from '../../../kit/memory-s3';

/** What S3 answers to a conditional write, and what that means. */

const schema = z.object({ by: z.string() });
const s3Error = (name: string, status: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
const conflict = s3Error('ConditionalRequestConflict', 409);
let memory: MemoryS3;
beforeEach(() => {
  memory = new MemoryS3();
});

/** The first so many writes meet another one at the same moment. */
const conflicts = (count: number): Fault => {
  let met = 0;
  return ({ operation }) => (operation === 'PUT' && (met += 1) <= count ? conflict : undefined);
};

describe('a write that must not replace anything', () => {
  it('is made where nothing is, and refused where something is', async () => {
    const store = memory.store('ledger');
    expect(await store.putJson('a', { by: 'me' }, { absent: true })).toEqual({ etag: expect.any(String) });
    expect(await store.putJson('a', { by: 'you' }, { absent: true })).toBeUndefined();
    expect(await store.getJson('a', schema)).toMatchObject({ value: { by: 'me' } });
  });

  it.each([1, 4])('is asked for again after %i conflicts (409), which have decided nothing', async (count) => {
    const store = memory.store('ledger', conflicts(count));
    expect(await store.putJson('a', { by: 'me' }, { absent: true })).toEqual({ etag: expect.any(String) });
    expect(memory.json('ledger', 'a')).toEqual({ by: 'me' });
  });

  it('that meets conflicts again and again is a fault that passes, and no refusal', async () => {
    const store = memory.store('ledger', conflicts(Infinity));
    await expect(store.putJson('a', { by: 'me' }, { absent: true })).rejects.toMatchObject({
      name: 'LedgerContention',
      retryable: true,
    });
  });
});

describe('a compare-and-swap', () => {
  it('is refused where another was faster', async () => {
    const store = memory.store('ledger');
    const first = await store.putJson('a', { by: 'me' });
    await store.putJson('a', { by: 'you' });
    expect(await store.putJson('a', { by: 'me' }, { etag: first?.etag ?? '' })).toBeUndefined();
    expect(memory.json('ledger', 'a')).toEqual({ by: 'you' });
  });

  it('is refused, and no error, where the object was removed (404)', async () => {
    const store = memory.store('ledger');
    const first = await store.putJson('a', { by: 'me' });
    await store.delete('a');
    expect(await store.putJson('a', { by: 'me' }, { etag: first?.etag ?? '' })).toBeUndefined();
    expect(memory.keys('ledger')).toEqual([]);
  });

  it('after a conflict (409) is asked for again', async () => {
    const { etag = '' } = (await memory.store('ledger').putJson('a', { by: 'me' })) ?? {};
    const store = memory.store('ledger', conflicts(2));
    expect(await store.putJson('a', { by: 'me again' }, { etag })).toEqual({ etag: expect.any(String) });
  });

  it('whose bucket is not there is an error', async () => {
    const store = memory.store('ledger', () => s3Error('NoSuchBucket', 404));
    await expect(store.putJson('a', { by: 'me' }, { etag: 'x' })).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('a listing', () => {
  it('goes on through all of its pages, from the start that was asked for', async () => {
    for (let n = 0; n < 10; n += 1) memory.put('ledger', `a/${n}`, { n });
    memory.put('ledger', 'b/0', { n: 0 });
    const keysOf = async (after?: string) => {
      const keys: string[] = [];
      for await (const { key } of memory.store('ledger').list('a/', after)) keys.push(key);
      return keys;
    };
    expect(await keysOf()).toEqual(Array.from({ length: 10 }, (_, n) => `a/${n}`));
    expect(await keysOf('a/4')).toEqual(['a/5', 'a/6', 'a/7', 'a/8', 'a/9']);
    expect(await keysOf('a/9')).toEqual([]);
  });
});

const counted = z.object({ n: z.int() });

describe('a document', () => {
  it('is found, absent or unreadable, and never an error for what lies there', async () => {
    const store = memory.store('ledger');
    memory.put('ledger', 'a.json', { n: 1, more: true });
    expect(await store.read('a.json', counted)).toMatchObject({ kind: 'found', value: { n: 1 }, json: { more: true } });
    expect(await store.read('b.json', counted)).toEqual({ kind: 'absent' });
    for (const [text, why, ofSomeRelease] of [
      ['', 'is empty', false],
      ['{"n":', 'is not JSON', false],
      ['null', 'does not fit: (input): got null, expected object', false],
      ['{"n":"1"}', 'does not fit: n: got "1", expected number', false],
      ['{"schemaVersion":2}', 'does not fit: n: got nothing, expected number', true],
      ['{"schemaVersion":"2"}', 'does not fit: n: got nothing, expected number', false],
    ] as const) {
      memory.put('ledger', 'a.json', text);
      const reading = await store.read('a.json', counted);
      expect(reading).toMatchObject({ kind: 'unreadable', key: 'a.json', ofSomeRelease });
      expect(reading.kind === 'unreadable' && reading.why).toContain(`s3://ledger/a.json ${why}`);
      await expect(store.getJson('a.json', counted)).rejects.toMatchObject({ name: 'InternalError' });
    }
  });

  it('that S3 does not give is an error, and not absent', async () => {
    const store = memory.store('ledger');
    memory.put('ledger', 'a.json', { n: 1 });
    const denied = Object.assign(new Error('AccessDenied'), {
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    await expect(memory.store('ledger', () => denied).read('a.json', counted)).rejects.toBe(denied);
    expect(await store.read('a.json', counted)).toMatchObject({ kind: 'found' });
  });
});
