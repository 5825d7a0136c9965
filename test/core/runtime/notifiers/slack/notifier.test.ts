import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { SlackNotifier } from '../../../../../core/runtime/notifiers/slack/notifier';
import { parseWebhooks } from '../../../../../core/runtime/notifiers/slack/webhooks';

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
  new SlackNotifier({
    secrets: secrets as unknown as SecretsManagerClient,
    secretArn: 'arn',
    timeoutMs,
    now: () => now,
  });
const text = { type: 'mrkdwn', text: 'hello', verbatim: true } as const;
const message = { text: 'hello', blocks: [{ type: 'section', text } as const] };
const post = (channel = 'data', timeoutMs?: number) => sender(timeoutMs).post(channel, message, 10_000);
const status = (code: number, body: string, headers = {}) => {
  answer = (_request, response) => response.writeHead(code, headers).end(body);
};

test("posts to the channel's webhook", async () => {
  expect(await post()).toEqual({ is: 'taken' });
  expect(received).toEqual([{ path: '/data', body: message }]);
});

test('posts to the default webhook for a channel without one', async () => {
  await post('unknown-channel');
  expect(received[0]?.path).toBe('/default');
});

describe('an answer that speaks of the message', () => {
  test.each([
    [400, 'invalid_payload'],
    [400, 'invalid_blocks'],
    [400, 'msg_blocks_too_long'],
    [400, 'msg_too_long'],
    [400, 'no_text'],
    [400, 'too_many_attachments'],
    [500, 'user_not_found'],
    [403, 'invalid_blocks_format'],
  ])('%d %s refuses the message, once', async (code, body) => {
    status(code, body);
    expect(await post()).toEqual({ is: 'message-refused', reason: body });
    expect(received).toHaveLength(1);
  });

  test('an unknown 400 refuses the message, and a page is not repeated', async () => {
    status(400, 'something_new');
    expect(await post()).toEqual({ is: 'message-refused', reason: 'something_new (HTTP 400)' });
    status(413, '<html>secret</html>');
    expect(await post()).toEqual({ is: 'message-refused', reason: 'HTTP 413' });
  });
});

describe('an answer that speaks of the channel', () => {
  test.each([
    [404, 'no_service'],
    [403, 'action_prohibited'],
    [403, 'invalid_token'],
    [410, 'channel_is_archived'],
    [404, 'channel_not_found'],
    [500, 'no_team'],
    [400, 'team_disabled'],
  ])('%d %s refuses everything until a person does something', async (code, body) => {
    status(code, body);
    expect(await post()).toEqual({ is: 'channel-refused', reason: body, retryAfterSeconds: undefined });
    expect(received).toHaveLength(1);
  });

  test.each([404, 401, 405, 418])('a status %d without a word of Slack is that of another address', async (code) => {
    status(code, '<html>secret</html>');
    expect(await post()).toEqual({ is: 'channel-refused', reason: `HTTP ${code}`, retryAfterSeconds: undefined });
  });

  test('a rate limit passes by itself, after the time that Slack names, or a minute', async () => {
    status(429, 'rate_limited', { 'retry-after': '30' });
    expect(await post()).toEqual({ is: 'channel-refused', reason: 'rate_limited', retryAfterSeconds: 30 });
    status(429, '');
    expect(await post()).toEqual({ is: 'channel-refused', reason: 'HTTP 429', retryAfterSeconds: 60 });
  });

  test.each(['', '<html>Log in to this network</html>', '{"success":true}', 'ok then'])(
    'a 200 that says %j is not taken: that is not Slack',
    async (body) => {
      status(200, body);
      expect(await post()).toMatchObject({ is: 'channel-refused', retryAfterSeconds: undefined });
    },
  );

  test('a redirect is not followed', async () => {
    status(302, '', { location: `${url}/elsewhere` });
    expect(await post()).toEqual({ is: 'channel-refused', reason: 'HTTP 302', retryAfterSeconds: undefined });
    expect(received.map(({ path }) => path)).toEqual(['/data']);
  });
});

describe('no answer, or one that says nothing', () => {
  test.each([
    [503, 'upstream down', false],
    [500, 'rollup_error', false],
    [408, '', false],
    [504, '', true],
  ])('%d %s: may have taken it: %s', async (code, body, mayHaveTaken) => {
    status(code, body);
    expect(await post()).toMatchObject({ is: 'unknown', mayHaveTaken });
  });

  test.each([
    ['the timeout that it was made with', 100, 10_000],
    ['the time that the caller has left', 10_000, 100],
  ])('a slow Slack is given up after %s, and may have taken the message', async (_what, timeoutMs, withinMs) => {
    answer = () => undefined;
    const before = performance.now();
    const slow = await sender(timeoutMs).post('data', message, withinMs);
    // Outside jest's realm the reason says TimeoutError.
    expect(slow).toMatchObject({ is: 'unknown', reason: expect.stringContaining('no answer'), mayHaveTaken: true });
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test('a connection that breaks after the request may have brought it', async () => {
    answer = (request) => request.socket.destroy();
    expect(await post()).toMatchObject({ is: 'unknown', mayHaveTaken: true });
  });

  test('a webhook that nothing listens at has not taken it, and its address is not in the reason', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => void closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    secrets.on(GetSecretValueCommand).resolves({ SecretString: `http://127.0.0.1:${port}/services/T0/B0/secret` });
    const answer = await post();
    expect(answer).toMatchObject({ is: 'unknown', mayHaveTaken: false });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  test('an unknown host has not taken it', async () => {
    secrets.on(GetSecretValueCommand).resolves({ SecretString: 'https://unknown.invalid/services/secret' });
    expect(await post()).toMatchObject({ is: 'unknown', mayHaveTaken: false });
  });

  test('a secret that cannot be read now', async () => {
    secrets
      .on(GetSecretValueCommand)
      .rejects(Object.assign(new Error('x'), { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }));
    expect(await post()).toMatchObject({ is: 'unknown', mayHaveTaken: false });
  });

  test('a secret that takes all the time: nothing is posted', async () => {
    secrets.on(GetSecretValueCommand).callsFake(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return { SecretString: `${url}/default` };
    });
    expect(await sender().post('data', message, 30)).toMatchObject({ is: 'unknown', mayHaveTaken: false });
    expect(received).toEqual([]);
  });
});

describe('is not configured', () => {
  test.each([
    '',
    '{}',
    'nonsense',
    '[]',
    '7',
    '{"data": "not a URL"}',
    '{"other": "https://hooks.slack.com/x"}',
    'http://hooks.slack.com/services/x',
    '{"data": "http://10.0.0.1/services/x"}',
    '"ftp://hooks.slack.com/x"',
  ])('with the secret %j', async (SecretString) => {
    secrets.on(GetSecretValueCommand).resolves({ SecretString });
    expect(await post()).toMatchObject({ is: 'channel-refused', retryAfterSeconds: undefined });
    expect(received).toEqual([]);
  });

  test.each(['ResourceNotFoundException', 'AccessDeniedException'])('when the secret answers %s', async (name) => {
    secrets
      .on(GetSecretValueCommand)
      .rejects(Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400 } }));
    expect(await post()).toMatchObject({ is: 'channel-refused', reason: expect.stringContaining(name) });
  });
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
    ['{"a": "http://localhost:1/x", "b": "http://localhost.evil.com/x"}', [['a', 'http://localhost:1/x']]],
    ['http://[::1]:80/x', [['default', 'http://[::1]:80/x']]],
    ['what', undefined],
  ])('%s', (text, webhooks) => {
    const parsed = parseWebhooks(text);
    expect(parsed === undefined ? undefined : [...parsed]).toEqual(webhooks);
  });
});
