import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { parseDataset } from '../../../../core/contracts/dataset/dataset';
import { downloadFile, uploadFile } from '../../../../core/runtime/aws/files';
import { createS3Client } from '../../../../core/runtime/aws/s3';
import { SourceReader } from '../../../../core/runtime/step/source-reader';
import { Store } from '../../../../core/runtime/store/store';
import type { LocalS3 } from '../../../../local/aws/s3/local-s3';
import { ACCOUNT as OURS, environmentOf, httpS3 } from '../../../kit/http-s3';

/** Whose a bucket has to be: every request of the functions says so. */

const THEIRS = '999988887777';
let s3: LocalS3;
let client: S3Client;
const environment = { ...process.env };
const folder = mkdtempSync(join(tmpdir(), 'rollcall-owner-'));

beforeEach(async () => {
  s3 = await httpS3(['ledger', 'lake', 'vendor'], '2026-01-20T06:00Z');
  s3.store.put('ledger', 'a.json', Buffer.from('{}'));
  s3.store.put('vendor', 'p/2026012005/a.csv', Buffer.from('id\n1\n'));
  Object.assign(process.env, environmentOf(s3));
  client = createS3Client({ requests: 0 }, OURS);
});
afterEach(async () => {
  client.destroy();
  await s3.stop();
  process.env = { ...environment };
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, bytes: number) => {
  const body = Buffer.alloc(bytes, 'x');
  writeFileSync(join(folder, name), body);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return { path: join(folder, name), bytes, crc32: checksum.toString('base64') };
};
const [small, large] = [file('small', 10), file('large', 17 * 1024 * 1024)];

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('a request to a bucket of ours', () => {
  const store = () => new Store(client, 'ledger');
  const requests: [what: string, request: () => Promise<unknown>][] = [
    ['reads', () => store().getJson('a.json', z.object({}))],
    ['reads many', () => store().forManyReads().getText('a.json')],
    ['streams', () => store().getStream('a.json')],
    ['asks whether it is there', () => store().head('a.json')],
    ['writes', () => store().putJson('b.json', {}, { absent: true })],
    ['removes', () => store().delete('a.json')],
    ['lists', () => all(store().list(''))],
    ['uploads', () => uploadFile(client, 'ledger', 'small', small, 'text/plain')],
    ['uploads in parts', () => uploadFile(client, 'ledger', 'large', large, 'text/plain')],
    ['downloads', () => downloadFile(client, 'ledger', 'a.json', join(folder, 'a.json'))],
  ];

  it.each(requests)('%s: is done where the bucket is ours', async (_what, request) => {
    await expect(request()).resolves.not.toThrow();
  });

  it.each(requests)('%s: is refused where the bucket is another account’s of the same name', async (_what, request) => {
    s3.setOwner('ledger', THEIRS);
    const seen = s3.store.keys('ledger');
    await expect(request()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    expect(s3.store.keys('ledger')).toEqual(seen);
  });
});

describe('a request to a source', () => {
  const dataset = (account?: string) =>
    parseDataset({
      name: 'flights',
      owner: 'tests',
      cadence: 'hourly',
      calendar: { firstPartition: '2026-01-01T00' },
      source: {
        bucket: 'vendor',
        prefix: 'p/{yyyy}{MM}{dd}{HH}/',
        format: 'csv',
        ...(account === undefined ? {} : { account }),
      },
      empty: 'normal',
      columns: { id: { type: 'string' } },
    });
  const list = (account?: string) => new SourceReader(client).list(dataset(account), '2026-01-20T05');

  it('is to a bucket of the app’s own account, unless the definition says otherwise', async () => {
    expect((await list()).objects).toHaveLength(1);
    s3.setOwner('vendor', THEIRS);
    await expect(list()).rejects.toMatchObject({
      name: 'SourceAccessDenied',
      message: expect.stringContaining("source.account is not given: write its owner's 12 digits there, or 'any'"),
    });
    expect((await list(THEIRS)).objects).toHaveLength(1);
    await expect(list(OURS)).rejects.toMatchObject({ name: 'SourceAccessDenied' });
  });

  it('is to any account’s bucket where the definition says any: listed and read', async () => {
    s3.setOwner('vendor', THEIRS);
    const { objects } = await list('any');
    const read = new SourceReader(client).objectsOf('any').read(objects[0]!);
    expect((await all(await read)).map(String)).toEqual(['id\n1\n']);
    await expect(new SourceReader(client).objectsOf(undefined).read(objects[0]!)).rejects.toMatchObject({
      name: 'SourceAccessDenied',
    });
  });

  it('has a default that is no part of the definition', () => {
    expect(dataset().source).not.toHaveProperty('account');
  });
});

it('without an account, as for a person at a keyboard, only definitions say whose a bucket has to be', async () => {
  s3.setOwner('ledger', THEIRS);
  const person = createS3Client({ requests: 0 });
  expect(await new Store(person, 'ledger').getText('a.json')).toMatchObject({ text: '{}' });
  person.destroy();
});
