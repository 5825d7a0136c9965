import { z } from 'zod';
import { MemoryS3, type Fault } from '../helpers/memory-s3';

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
  it('is refused where somebody was faster', async () => {
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
