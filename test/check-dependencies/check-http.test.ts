import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { HttpDependency } from '../../core/contracts/dataset/dependency';
import { CheckBench, type DependencyInput } from './bench';

let bench: CheckBench;
let server: Server;
let url: string;
/** How the server answers the next request, and what it was asked. */
let answer: (response: ServerResponse, request: IncomingMessage) => void;
let asked: IncomingMessage[] = [];

beforeAll(async () => {
  bench = await CheckBench.open();
  server = createServer((request, response) => {
    asked.push(request);
    answer(response, request);
  });
  url = await listening(server, 'http');
});
beforeEach(() => {
  bench.reset();
  asked = [];
  answer = (response) => response.end('ready');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await bench.close();
});

const endpoint = (more: Partial<HttpDependency> = {}): DependencyInput => ({
  kind: 'http',
  name: 'vendor',
  url: `${url}/status`,
  ...more,
});
const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end('no');

describe('an HTTP endpoint', () => {
  it('is asked for the partition, and has answered when its status is the expected one', async () => {
    const output = await bench.check(endpoint({ url: `${url}/days/{yyyy}-{MM}-{dd}/{HH}` }));
    expect(output).toEqual({ dependencies: ['vendor'], settings: null });
    expect(asked.map((request) => [request.method, request.url, request.headers['user-agent']])).toEqual([
      ['GET', '/days/2026-01-20/05', 'rollcall'],
    ]);
  });

  it.each<[number, string, boolean]>([
    [500, 'DependencyUnavailable', true],
    [503, 'DependencyUnavailable', true],
    [429, 'DependencyUnavailable', true],
    [408, 'DependencyUnavailable', true],
    [404, 'DependencyFault', false],
    [401, 'DependencyFault', false],
    [204, 'DependencyFault', false],
    [302, 'DependencyFault', false],
  ])('that answers %d is %s', async (code, name, retryable) => {
    answer = status(code);
    expect(await bench.failure(endpoint())).toEqual([
      name,
      retryable,
      `http vendor: it answered ${code}, expected 200`,
    ]);
  });

  it('may say "not yet" by a status of its own, and "fine" by another', async () => {
    answer = status(404);
    expect((await bench.failure(endpoint({ retryStatus: [404] })))[1]).toBe(true);
    answer = (response) => response.writeHead(204).end();
    await expect(bench.check(endpoint({ expectStatus: [200, 204], method: 'HEAD' }))).resolves.toBeDefined();
  });

  it('that answers nothing where something is required is empty, which is a fault', async () => {
    answer = (response) => response.end();
    expect(await bench.failure(endpoint({ requireBody: true }))).toEqual([
      'DependencyEmpty',
      false,
      'http vendor: it answered 200 without a body',
    ]);
    answer = (response) => response.end('x');
    await expect(bench.check(endpoint({ requireBody: true }))).resolves.toBeDefined();
  });

  it('may answer without end: no more than its beginning is read', async () => {
    let sent = 0;
    answer = (response) => {
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more).on('error', () => undefined);
      more();
    };
    await bench.check(endpoint({ requireBody: true }));
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  it.each<[string, (response: ServerResponse, request: IncomingMessage) => void]>([
    ['does not answer in time', () => undefined],
    ['begins its headers and stops', (response) => response.flushHeaders()],
  ])('that %s is unavailable', async (what, how) => {
    answer = how;
    // A body that does not come is waited for only where one is required.
    const failure = await bench.failure(endpoint({ timeoutSeconds: 1, requireBody: what.startsWith('begins') }));
    expect(failure).toEqual(['DependencyUnavailable', true, 'http vendor: no answer within 1 s']);
  });

  it('that drops the connection, or is not there, is unavailable', async () => {
    answer = (_response, request) => request.socket.destroy();
    const [name, retryable, message] = await bench.failure(endpoint());
    expect([name, retryable]).toEqual(['DependencyUnavailable', true]);
    expect(message).toMatch(/UND_ERR_SOCKET|ECONNRESET/);
    const gone = createServer();
    const gonePort = await listening(gone, 'http');
    await new Promise((done) => gone.close(done));
    const refused = await bench.failure(endpoint({ url: gonePort }));
    expect(refused).toEqual(['DependencyUnavailable', true, expect.stringContaining('ECONNREFUSED')]);
    const unknown = await bench.failure(endpoint({ url: 'http://nowhere.invalid/' }));
    expect(unknown).toEqual(['DependencyUnavailable', true, expect.stringContaining('nowhere.invalid')]);
  });

  it('with a certificate that no authority vouches for is refused', async () => {
    const file = (name: string) => readFileSync(join(__dirname, 'tls', name));
    const tls = createTlsServer({ key: file('localhost-key.pem'), cert: file('localhost-cert.pem') });
    const at = await listening(tls, 'https');
    const failure = await bench.failure(endpoint({ url: at }));
    expect(failure).toEqual(['DependencyFault', false, expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT')]);
    // TLS to a server without it.
    const plain = await bench.failure(endpoint({ url: url.replace('http:', 'https:') }));
    expect(plain).toEqual(['DependencyFault', false, expect.stringContaining('its certificate is refused')]);
    tls.close();
  });
});

describe('a header from a secret', () => {
  const header = { name: 'authorization', secret: 'api', key: 'header' };

  it('is sent, and not to where a redirect leads', async () => {
    bench.secrets.set('api', '{"header":"Bearer hunter2"}');
    answer = (response) => response.writeHead(302, { location: `${url}/elsewhere` }).end();
    expect((await bench.failure(endpoint({ header })))[0]).toBe('DependencyFault');
    expect(asked.map((request) => [request.url, request.headers.authorization])).toEqual([
      ['/status', 'Bearer hunter2'],
    ]);
  });

  it('may be the whole secret', async () => {
    bench.secrets.set('api', 'hunter2\n');
    await bench.check(endpoint({ header: { name: 'x-api-key', secret: 'api' } }));
    expect(asked[0]?.headers['x-api-key']).toBe('hunter2');
  });

  it.each([
    ['has nothing under its key', '{"header":""}', 'DependencyEmpty'],
    ['has a line end in it', '{"header":"hunter2\\r\\nhost: evil"}', 'DependencyFault'],
    ['has a letter that no header has', '{"header":"hunter2 é"}', 'DependencyFault'],
  ])('is a fault when the secret %s, and no request is made', async (_what, secret, name) => {
    bench.secrets.set('api', secret);
    expect((await bench.failure(endpoint({ header })))[0]).toBe(name);
    expect(asked).toEqual([]);
  });
});

async function listening(on: Server, protocol: string): Promise<string> {
  await new Promise<void>((done) => on.listen(0, '127.0.0.1', done));
  return `${protocol}://127.0.0.1:${(on.address() as AddressInfo).port}`;
}
