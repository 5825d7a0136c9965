import { IncomingWebhook } from '@slack/webhook';
import { VirtualClock } from '../../local/clock';
import { LocalSlack, printSlackMessage } from '../../local/slack';

let clock: VirtualClock;
let slack: LocalSlack;
beforeAll(async () => {
  clock = new VirtualClock({ start: '2001-01-02T03:04:05Z', flow: 'frozen' });
  slack = await LocalSlack.start(clock);
});
beforeEach(() => slack.reset());
afterAll(() => slack.stop());

const send = (message: Parameters<IncomingWebhook['send']>[0]) =>
  new IncomingWebhook(slack.webhook('/services/a'), { timeout: 60_000 }).send(message);

describe('the local Slack', () => {
  it('takes messages, with the simulated time', async () => {
    expect(await send({ text: 'hello' })).toEqual({ text: 'ok' });
    expect(slack.messages).toEqual([
      { at: clock.now(), path: '/services/a', text: 'hello', payload: { text: 'hello' } },
    ]);
  });

  it.each([
    [{ is: 'down' } as const, 500, 'rollup_error'],
    [{ is: 'refuse', status: 404, body: 'no_service' } as const, 404, 'no_service'],
    [{ is: 'refuse', status: 429, body: 'rate_limited', retryAfterSeconds: 30 } as const, 429, 'rate_limited'],
  ])('takes nothing when it is %j', async (mood, statusCode, body) => {
    slack.mood = mood;
    await expect(send({ text: 'hello' })).rejects.toMatchObject({ statusCode, body });
    expect([slack.messages.length, slack.posts]).toEqual([0, 1]);
  });

  it('takes a message and lets simulated time pass, or never says so', async () => {
    const before = clock.now();
    slack.mood = { is: 'slow', ms: 20_000, taken: true };
    await send({ text: 'one' });
    expect(clock.now() - before).toBe(20_000);
    slack.mood = { is: 'lost' };
    await expect(send({ text: 'two' })).rejects.toMatchObject({ code: 'slack_webhook_request_error' });
    expect(slack.messages.map((message) => message.text)).toEqual(['one', 'two']);
  });

  it('answers each message as its mood for that is', async () => {
    slack.mood = ({ text }) => (text === 'bad' ? { is: 'refuse', status: 400, body: 'msg_too_long' } : { is: 'ok' });
    await expect(send({ text: 'bad' })).rejects.toMatchObject({ statusCode: 400, body: 'msg_too_long' });
    expect(await send({ text: 'good' })).toEqual({ text: 'ok' });
    expect(slack.messages.map(({ text }) => text)).toEqual(['good']);
  });

  it('refuses what Slack refuses', async () => {
    await expect(send({})).rejects.toMatchObject({ statusCode: 400, body: 'no_text' });
  });

  it('prints messages compactly', () => {
    const payload = {
      text: 'flights 2001-01-02T03 *published*',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: '*flights 2001-01-02T03* _published_ &amp; fine' } },
        { type: 'section', fields: [{ text: '*Read*\n120' }, { text: '*Accepted*\n118' }] },
        { type: 'actions', elements: [{ type: 'button', text: { text: 'Execution' }, url: 'http://x/y' }] },
      ],
    };
    expect(printSlackMessage({ at: clock.now(), path: '/', text: payload.text, payload })).toEqual([
      '2001-01-02 03:04Z  flights 2001-01-02T03 published',
      '    flights 2001-01-02T03 published & fine',
      '    Read 120 · Accepted 118',
      '    Execution (http://x/y)',
    ]);
  });
});
