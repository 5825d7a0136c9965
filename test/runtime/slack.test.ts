import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { parseWebhooks, Slack } from '../../lambdas/runtime/slack';

const secrets = mockClient(SecretsManagerClient);
let server: Server;
let url: string;
let received: { path: string; body: unknown }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let now: Date;

beforeAll((done) => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ path: request.url ?? '', body: JSON.parse(body) });
      answer(request, response);
    });
  }).listen(0, '127.0.0.1', () => {
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    done();
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  received = [];
  now = new Date('2026-01-20T06:00:00Z');
  answer = (_request, response) => response.end('ok');
  secrets.reset();
  secrets
    .on(GetSecretValueCommand)
    .resolves({ SecretString: JSON.stringify({ default: `${url}/default`, data: `${url}/data` }) });
});

const sender = (timeoutMs = 2_000) =>
  new Slack({ secrets: secrets as unknown as SecretsManagerClient, secretArn: 'arn', timeoutMs, now: () => now });
const message = { text: 'hello', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'hello' } } as const] };
const post = (channel = 'data', timeoutMs?: number) => sender(timeoutMs).post(channel, message, 10_000);
const status = (code: number, body: string, headers = {}) => {
  answer = (_request, response) => response.writeHead(code, headers).end(body);
};

test("posts to the channel's webhook", async () => {
  expect(await post()).toEqual({ outcome: 'delivered' });
  expect(received).toEqual([{ path: '/data', body: message }]);
});

test('posts to the default webhook for a channel without one', async () => {
  await post('nobody');
  expect(received[0]?.path).toBe('/default');
});

test.each([
  [404, 'no_service'],
  [403, 'action_prohibited'],
  [403, 'invalid_token'],
  [410, 'channel_is_archived'],
  [200 + 204, 'channel_not_found'],
  [500, 'no_team'],
])('%d %s is refused for good', async (code, body) => {
  status(code, body);
  expect(await post()).toMatchObject({ outcome: 'refused', reason: body });
  expect(received).toHaveLength(1);
});

test.each(['invalid_payload', 'invalid_blocks', 'msg_blocks_too_long'])(
  '%s: the text alone is tried, once',
  async (body) => {
    answer = (_request, response) => (received.length === 1 ? response.writeHead(400).end(body) : response.end('ok'));
    expect(await post()).toEqual({ outcome: 'delivered' });
    expect(received[1]?.body).toEqual({ text: 'hello' });
  },
);

test.each([
  [503, 'upstream down', undefined],
  [500, 'rollup_error', undefined],
  [429, 'rate_limited', '30'],
  [200 + 208, '', undefined],
])('%d %s passes, with Retry-After %s', async (code, body, retryAfter) => {
  status(code, body, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
  const retryAfterSeconds = retryAfter === undefined ? undefined : Number(retryAfter);
  expect(await post()).toMatchObject({ outcome: 'passing', retryAfterSeconds });
  expect(received).toHaveLength(1);
});

test("a proxy's page is not repeated", async () => {
  status(400, '<html>secret</html>');
  expect(await post()).toEqual({ outcome: 'refused', reason: 'HTTP 400' });
});

test('a slow Slack is given up, and may have taken the message', async () => {
  answer = () => undefined;
  const before = Date.now();
  // Outside jest's realm the reason says TimeoutError.
  expect(await post('data', 100)).toMatchObject({ outcome: 'passing', reason: expect.stringContaining('no answer') });
  expect(Date.now() - before).toBeLessThan(2_000);
});

test('a webhook that nobody listens at passes, and its address is not in the reason', async () => {
  secrets.on(GetSecretValueCommand).resolves({ SecretString: 'http://127.0.0.1:9/services/T0/B0/secret' });
  const delivery = await post();
  expect(delivery).toMatchObject({ outcome: 'passing', reason: expect.stringContaining('no answer') });
  expect(JSON.stringify(delivery)).not.toContain('secret');
});

test('a redirect is not followed', async () => {
  status(302, '', { location: `${url}/elsewhere` });
  expect(await post()).toMatchObject({ outcome: 'passing' });
  expect(received.map(({ path }) => path)).toEqual(['/data']);
});

describe('is not configured', () => {
  test.each(['', '{}', 'nonsense', '[]', '7', '{"data": "not a URL"}', '{"other": "https://hooks.slack.com/x"}'])(
    'with the secret %j',
    async (SecretString) => {
      secrets.on(GetSecretValueCommand).resolves({ SecretString });
      expect(await post()).toMatchObject({ outcome: 'not-configured' });
    },
  );

  test.each(['ResourceNotFoundException', 'AccessDeniedException'])('when the secret answers %s', async (name) => {
    secrets
      .on(GetSecretValueCommand)
      .rejects(Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400 } }));
    expect(await post()).toMatchObject({ outcome: 'not-configured', reason: expect.stringContaining(name) });
  });
});

test('a secret that cannot be read now passes', async () => {
  secrets
    .on(GetSecretValueCommand)
    .rejects(Object.assign(new Error('x'), { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }));
  expect(await post()).toMatchObject({ outcome: 'passing' });
});

describe('the secret', () => {
  test('is read once in five minutes', async () => {
    const slack = sender();
    for (const minutes of [0, 4, 4, 6]) {
      now = new Date(Date.parse('2026-01-20T06:00:00Z') + minutes * 60_000);
      await slack.post('data', message, 10_000);
    }
    expect(secrets.commandCalls(GetSecretValueCommand)).toHaveLength(2);
  });

  test('is read again after a refusal, because the webhook may have been replaced', async () => {
    status(404, 'no_service');
    const slack = sender();
    await slack.post('data', message, 10_000);
    await slack.post('data', message, 10_000);
    expect(secrets.commandCalls(GetSecretValueCommand)).toHaveLength(2);
  });

  test.each([
    ['https://hooks.slack.com/services/x', [['default', 'https://hooks.slack.com/services/x']]],
    [' "https://hooks.slack.com/services/x" ', [['default', 'https://hooks.slack.com/services/x']]],
    ['{"a": "https://x/1", "b": 2}', [['a', 'https://x/1']]],
    ['what', undefined],
  ])('%s', (text, webhooks) => {
    const parsed = parseWebhooks(text);
    expect(parsed === undefined ? undefined : [...parsed]).toEqual(webhooks);
  });
});
