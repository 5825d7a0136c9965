import type { IncomingMessage, ServerResponse } from 'node:http';
import { SNSClient } from '@aws-sdk/client-sns';
import { SnsNotifier } from '../../../../../core/runtime/notifiers/sns/notifier';
import { listen, readBody, type LoopbackServer } from '../../../../../local/aws/loopback-server';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:data-team';
const message = {
  subject: 'Rollcall: flights FAILED',
  messages: { default: 'in full', sms: 'short', https: '{}' },
  attributes: { channel: 'data', severity: 'error' },
};
let server: LoopbackServer;
let received: URLSearchParams[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = await listen(async (request, response) => {
    received.push(new URLSearchParams((await readBody(request)).toString()));
    answer(request, response);
  });
});
afterAll(() => server.close());
beforeEach(() => {
  received = [];
  answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end('<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>');
  };
});

const post = (withinMs = 10_000) => {
  const credentials = { accessKeyId: 'k', secretAccessKey: 's' };
  const sns = new SNSClient({ region: 'eu-west-1', endpoint: server.url, credentials, maxAttempts: 1 });
  return new SnsNotifier(TOPIC, sns).post('data', message, withinMs);
};
const refuse = (status: number, code: string, text = 'secret') => {
  answer = (_request, response) => {
    response.writeHead(status, { 'content-type': 'text/xml' });
    response.end(
      `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error></ErrorResponse>`,
    );
  };
};

test('publishes a text for each protocol, and attributes to filter by', async () => {
  expect(await post()).toEqual({ is: 'taken' });
  const [form] = received;
  expect(received).toHaveLength(1);
  expect([form?.get('TopicArn'), form?.get('Subject'), form?.get('MessageStructure')]).toEqual([
    TOPIC,
    message.subject,
    'json',
  ]);
  expect(JSON.parse(form?.get('Message') ?? '')).toEqual(message.messages);
  expect(form?.get('MessageAttributes.entry.1.Name')).toBe('channel');
  expect(form?.get('MessageAttributes.entry.1.Value.StringValue')).toBe('data');
});

test.each([
  [400, 'InvalidParameter', 'Invalid parameter: Message too long'],
  [400, 'ParameterValueInvalid', 'Invalid parameter: Subject'],
  [400, 'ValidationException', 'x'],
])('%d %s refuses the message, once', async (status, code, text) => {
  refuse(status, code, text);
  expect(await post()).toMatchObject({ is: 'message-refused' });
  expect(received).toHaveLength(1);
});

test.each([
  [404, 'NotFound', 'NotFound'],
  [403, 'AuthorizationError', 'AuthorizationError'],
  [403, 'InvalidSecurity', 'InvalidSecurity'],
  [400, 'KMSAccessDenied', 'KMSAccessDenied'],
  [400, 'KMSDisabled', 'KMSDisabled'],
  [403, 'SomethingNew', 'SomethingNew'],
])(
  '%d %s refuses everything until a person does something, and its text is not repeated',
  async (status, code, word) => {
    refuse(status, code);
    const reason = `SNS answered ${word} (HTTP ${status})`;
    expect(await post()).toEqual({ is: 'channel-refused', reason, retryAfterSeconds: undefined });
    expect(received).toHaveLength(1);
  },
);

test('a parameter that is wrong because the topic is refuses everything, too', async () => {
  refuse(400, 'InvalidParameter', 'Invalid parameter: TopicArn');
  expect(await post()).toMatchObject({ is: 'channel-refused', retryAfterSeconds: undefined });
});

test.each([
  [400, 'Throttling'],
  [400, 'Throttled'],
  [400, 'KMSThrottling'],
  [429, 'TooManyRequestsException'],
])('%d %s passes by itself', async (status, code) => {
  refuse(status, code);
  expect(await post()).toMatchObject({ is: 'channel-refused', retryAfterSeconds: 60 });
  expect(received).toHaveLength(1);
});

test.each([
  [500, 'InternalError', false],
  [503, 'ServiceUnavailable', false],
  [504, 'GatewayTimeout', true],
  [403, 'ExpiredToken', false],
])('%d %s says nothing of the topic; may have taken it: %s', async (status, code, mayHaveTaken) => {
  refuse(status, code);
  expect(await post()).toMatchObject({ is: 'unknown', mayHaveTaken });
  expect(received).toHaveLength(1);
});

test('a slow SNS is given up within the time that the caller has left, and may have taken the message', async () => {
  answer = () => undefined;
  const before = performance.now();
  expect(await post(100)).toMatchObject({ is: 'unknown', mayHaveTaken: true });
  expect(performance.now() - before).toBeLessThan(2_000);
});

test('a connection that breaks after the request may have brought it; one that never came about has not', async () => {
  answer = (request) => request.socket.destroy();
  expect(await post()).toMatchObject({ is: 'unknown', mayHaveTaken: true });
  // As the SDK throws it; within jest it would lose the code, because Node's errors are of another realm.
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', $metadata: { attempts: 1 } });
  const offline = { send: () => Promise.reject(refused) } as unknown as SNSClient;
  expect(await new SnsNotifier(TOPIC, offline).post('data', message, 10_000)).toEqual({
    is: 'unknown',
    reason: 'no answer: Error ECONNREFUSED',
    mayHaveTaken: false,
  });
});
