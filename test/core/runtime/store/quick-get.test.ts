import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { S3Client } from '@aws-sdk/client-s3';
import { createS3Client } from '../../../../core/runtime/aws/s3';
import { Store } from '../../../../core/runtime/store/store';
import { listen } from '../../../../local/aws/loopback-server';
import type { LocalS3 } from '../../../../local/aws/s3/local-s3';
import { httpS3 } from '../../../kit/http-s3';

const SECRET = 'a-secret';
const KEY = "partitions/flights/it's (2026)-01-20T05 +é.json";

let s3: LocalS3;
let client: S3Client;
let store: Store;
const meter = { requests: 0 };

function connect(url: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'tester',
    AWS_SECRET_ACCESS_KEY: SECRET,
  });
  client = createS3Client(meter);
  store = new Store(client, 'ledger').forManyReads();
}

const environment = { ...process.env };
beforeEach(async () => {
  s3 = await httpS3(['ledger'], '2026-01-20T06:00Z');
  connect(s3.url);
  meter.requests = 0;
});
afterEach(async () => {
  client.destroy();
  await s3.stop();
  process.env = { ...environment };
});

it('reads what the SDK reads, with one request each and not through the SDK', async () => {
  const { etag } = s3.store.put('ledger', KEY, Buffer.from('é'));
  const send = jest.spyOn(client, 'send');
  const read = await Promise.all([store.getText(KEY), store.getText('none'), store.getText(KEY)]);
  expect(read).toEqual([{ text: 'é', etag }, undefined, { text: 'é', etag }]);
  expect(meter.requests).toBe(3);
  // Only to learn the way, once, without a request.
  expect(send).toHaveBeenCalledTimes(1);
  expect(await new Store(client, 'ledger').getText(KEY)).toEqual(read[0]);
});

it.each([
  ['an error of S3', { do: 'answer', status: 503, code: 'SlowDown' }],
  ['a lost connection', { do: 'drop' }],
] as const)('lets the SDK try again after %s', async (_what, fault) => {
  s3.store.put('ledger', KEY, Buffer.from('text'));
  s3.before = ({ number }) => (number <= 2 ? fault : undefined);
  expect(await store.getText(KEY)).toMatchObject({ text: 'text' });
  expect(meter.requests).toBe(3);
});

it('fails as the SDK does', async () => {
  s3.deny('ledger');
  await expect(store.getText(KEY)).rejects.toMatchObject({ name: 'AccessDenied' });
  const nowhere = new Store(client, 'nowhere').forManyReads();
  await expect(nowhere.getText(KEY)).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

it('signs what it asks for', async () => {
  let seen: IncomingMessage | undefined;
  const server = await listen(async (request, response) => {
    seen = request;
    response.writeHead(200, { etag: '"1"' }).end('{}');
  });
  connect(server.url);
  process.env['AWS_SESSION_TOKEN'] = 'a-token';
  expect(await store.getText(KEY)).toEqual({ text: '{}', etag: '"1"' });
  await server.close();
  expect(seen?.url).toBe('/ledger/partitions/flights/it%27s%20%282026%29-01-20T05%20%2B%C3%A9.json');
  expect(seen?.headers['x-amz-security-token']).toBe('a-token');
  expect(seen?.headers.authorization).toBe(seen === undefined ? '' : authorizationOf(seen));
});

/** Signature version 4 by the book, over the headers that the request says it signed. */
function authorizationOf({ method, url, headers }: IncomingMessage): string {
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const time = String(headers['x-amz-date']);
  const scope = `${time.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const canonical = [method, url, '', lines.join(''), names, headers['x-amz-content-sha256']].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${SECRET}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha(canonical)].join('\n')).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=tester/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}
