import { keys } from '../../../../core/contracts/keys';
import type { OutboxPointer } from '../../../../core/contracts/run/manifest';
import { addToOutbox } from '../../../../core/runtime/delivery/outbox';
import type { Form } from '../../../../core/domain/messages/message';
import type { Notifier } from '../../../../core/runtime/delivery/notifier';
import type { SlackMessage } from '../../../../core/runtime/notifiers/slack/render';
import { sweep } from '../../../../lambdas/sweep/sweep';
import { down, gone, late, limited, refused, taken } from '../../../helpers/answers';
import { Mortal } from '../../../helpers/recording';
import { dataset, manifest, registry } from '../../../helpers/runs';
import { SweepWorld } from '../../../helpers/sweeping';

/** What becomes of messages that Slack does not take, and of the others beside them. */

let world: SweepWorld;
beforeEach(() => {
  world = new SweepWorld();
});

const hour = (n: number) => `2026-01-20T${String(n).padStart(2, '0')}`;
const messageOf = (n: number, of = 'flights') => `${of}~${hour(n)}~run-${n}`;

/** Messages about endings of these hours wait in the outbox. */
async function waiting(hours: readonly number[], of = 'flights'): Promise<void> {
  for (const n of hours) {
    const key = keys.manifest(of, hour(n), `run-${n}`);
    world.s3.put('ledger', key, manifest('SOURCE_EMPTY', { dataset: of, partition: hour(n), runId: `run-${n}` }));
    await addToOutbox(world.s3.store('ledger'), { messageId: messageOf(n, of), manifestKey: key }, world.now);
  }
}

const about = (message: SlackMessage, n: number) => JSON.stringify(message).includes(hour(n));
const pointer = (n: number): OutboxPointer | undefined => world.s3.json('ledger', keys.outbox(messageOf(n)));
const receipt = (n: number, of?: string) => world.s3.json('ledger', keys.receipt(messageOf(n, of)));
const texts = () => world.requests.map(({ text }) => text);

describe('one message that is never taken', () => {
  it.each([
    ['msg_too_long', refused('msg_too_long')],
    ['no_text', refused('no_text')],
    ['too_many_attachments', refused('too_many_attachments')],
    ['user_not_found', refused('user_not_found')],
    ['an unknown 400', refused('HTTP 400')],
    ['a 500', down('HTTP 500')],
    ['a time-out', late],
    ['what else is said of a channel', gone('action_prohibited')],
  ])('(%s) keeps no other one from being told', async (_what, answer) => {
    await waiting([0]);
    world.minutesLater(1);
    await waiting([1, 2, 3]);
    world.slack = (message) => (about(message, 0) ? answer : taken);
    await world.deliver();
    await world.deliver();
    expect([1, 2, 3].map((n) => receipt(n) !== undefined)).toEqual([true, true, true]);
    const posts = world.posts.filter(({ text }) => [1, 2, 3].some((n) => text.includes(hour(n))));
    expect(posts).toHaveLength(3);
  });

  it('is posted in full, plainly, shortly, named, and then once a day at last, while a person is called', async () => {
    await waiting([0]);
    world.slack = (message) => (about(message, 0) ? refused('msg_too_long') : taken);
    world.datasets = registry(
      dataset({ calendar: { firstPartition: '2026-01-01T00', lastPartition: '2026-01-01T00' } }),
    );
    await world.sweep();
    expect(texts()).toEqual([
      expect.stringMatching(/^❌ flights 2026-01-20T00 \(hour\) FAILED: /),
      expect.stringMatching(/^flights 2026-01-20T00 FAILED SOURCE_EMPTY\. .*Manifest: runs\/flights/),
      'flights 2026-01-20T00 FAILED SOURCE_EMPTY',
    ]);
    expect(world.calls).toMatchObject([{ over: false, incident: { kind: 'undelivered', dataset: 'flights' } }]);
    for (let sweeps = 1; sweeps < 6 * 24 * 7; sweeps += 1) await world.deliver();
    expect(world.requests.length).toBeLessThanOrEqual(12);
    expect(pointer(0)).toMatchObject({ form: 'name', refused: true, lastError: 'msg_too_long' });
  });

  it('is told as soon as it is taken, once', async () => {
    await waiting([0]);
    world.slack = () => refused('msg_too_long');
    await world.deliver();
    await world.deliver();
    world.slack = () => taken;
    await world.deliver(24 * 60);
    await world.deliver(24 * 60);
    expect(world.posts).toHaveLength(1);
    expect(receipt(0)).toMatchObject({ form: 'name' });
    expect(pointer(0)).toBeUndefined();
  });
});

describe('a message that is refused', () => {
  it('for its blocks is told without them', async () => {
    await waiting([0]);
    world.slack = ({ blocks }) => (blocks === undefined ? taken : refused('invalid_blocks'));
    await world.deliver();
    expect(world.posts).toMatchObject([
      { text: expect.stringMatching(/^flights 2026-01-20T00 FAILED SOURCE_EMPTY\./) },
    ]);
    expect(receipt(0)).toMatchObject({ form: 'plain' });
  });

  it('for its length is told in one line', async () => {
    await waiting([0]);
    world.slack = ({ text }) => (text.length < 60 ? taken : refused('msg_too_long'));
    await world.deliver();
    expect(world.posts.map(({ text }) => text)).toEqual(['flights 2026-01-20T00 FAILED SOURCE_EMPTY']);
    expect(receipt(0)).toMatchObject({ form: 'short' });
  });

  it('and that cannot be put otherwise is named in a notice, with why', async () => {
    await waiting([0, 1]);
    world.slack = ({ text }) => (/could not be delivered/.test(text) ? taken : refused('msg_too_long'));
    await world.deliver();
    await world.deliver();
    expect(world.posts.map(({ text }) => text)).toEqual([
      '📭 2 messages could not be delivered otherwise: flights 2026-01-20T00 FAILED SOURCE_EMPTY, flights 2026-01-20T01 FAILED SOURCE_EMPTY',
    ]);
    expect([receipt(0), receipt(1)]).toMatchObject([{ form: 'name' }, { form: 'name' }]);
  });

  it('where it is the only one that waits is told more plainly once it has failed for an hour', async () => {
    await waiting([0]);
    world.slack = (message) => (message.blocks === undefined ? taken : down('HTTP 500'));
    for (let sweeps = 0; sweeps < 6; sweeps += 1) await world.deliver();
    // An outage that is shorter costs no reader the whole message.
    expect(world.posts).toEqual([]);
    for (let sweeps = 0; sweeps < 6; sweeps += 1) await world.deliver();
    expect(world.posts).toHaveLength(1);
    expect(pointer(0)).toBeUndefined();
  });

  it('where its channel takes others is put more plainly next time, also where no answer says that it is the message', async () => {
    await waiting([0, 1]);
    world.slack = (message) => (about(message, 0) && message.blocks !== undefined ? down('HTTP 500') : taken);
    await world.deliver();
    await waiting([2]);
    await world.deliver();
    expect(pointer(0)).toMatchObject({ own: true, form: 'plain' });
    await world.deliver(20);
    expect(receipt(0)).toMatchObject({ form: 'plain' });
  });
});

describe('a summary', () => {
  it('is what a day of endings becomes after a day without answers, in full', async () => {
    world.slack = () => down();
    for (const n of [0, 1, 2, 3, 4, 5]) {
      await waiting([n]);
      for (let sweeps = 0; sweeps < 24; sweeps += 1) await world.deliver();
    }
    world.slack = () => taken;
    for (let sweeps = 0; sweeps < 24 && world.posts.length === 0; sweeps += 1) await world.deliver();
    expect(world.posts.map(({ text }) => text)).toEqual([expect.stringMatching(/^📋 flights: 6 endings/)]);
  });

  it('that is refused is told plainly, and names every ending', async () => {
    await waiting([0, 1, 2, 3, 4, 5]);
    world.slack = ({ blocks }) => (blocks === undefined ? taken : refused('invalid_blocks'));
    await world.deliver();
    expect(world.posts).toHaveLength(1);
    for (let n = 0; n < 6; n += 1) expect(world.posts[0]?.text).toContain(hour(n));
  });

  it('of which one ending is not taken is told one by one, without that', async () => {
    await waiting([0, 1, 2, 3, 4, 5]);
    world.slack = (message) => (about(message, 3) ? refused('msg_too_long') : taken);
    await world.deliver();
    expect(world.posts).toHaveLength(5);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([keys.outbox(messageOf(3))]);
  });
});

describe('a channel', () => {
  beforeEach(() => {
    world.datasets = registry(dataset(), dataset({ name: 'other', notify: { channel: 'other' } }));
  });

  it('whose webhook is gone gets one post at a time, and the next one within the hour', async () => {
    await waiting([0, 1, 2]);
    await waiting([0], 'other');
    world.slack = (message) => (JSON.stringify(message).includes('flights') ? gone() : taken);
    for (let sweeps = 0; sweeps < 6; sweeps += 1) await world.deliver();
    expect(receipt(0, 'other')).toBeDefined();
    expect(world.requests.filter(({ text }) => text.includes('flights')).length).toBeLessThanOrEqual(4);
    world.slack = () => taken;
    for (let sweeps = 0; sweeps < 6; sweeps += 1) await world.deliver();
    expect([0, 1, 2].map((n) => receipt(n) !== undefined)).toEqual([true, true, true]);
  });

  it('that wants to be left alone is, for as long as it says, and no person is called for that', async () => {
    await waiting([0, 1, 2]);
    world.slack = () => limited(25 * 60);
    await world.sweep();
    expect(pointer(0)).toMatchObject({ refused: false });
    expect(world.calls).toEqual([]);
    world.slack = () => taken;
    await world.deliver(24);
    expect(world.requests).toHaveLength(1);
    await world.deliver(1);
    expect(world.posts).toHaveLength(3);
  });

  it('at which different messages fail alike is left alone until the next sweep', async () => {
    for (const n of [0, 1, 2, 3, 4]) await waiting([n], n % 2 === 0 ? 'flights' : 'other');
    world.datasets = registry(dataset(), dataset({ name: 'other' }));
    await waiting([5, 6, 7]);
    world.slack = () => down();
    await world.deliver();
    expect(world.requests).toHaveLength(3);
    world.slack = () => taken;
    await world.deliver();
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
  });

  it('at which two fail, each for another reason, still gets the others', async () => {
    await waiting([0, 1, 2, 3]);
    world.slack = (message) => (about(message, 0) ? down('HTTP 500') : about(message, 1) ? late : taken);
    await world.deliver();
    expect([2, 3].map((n) => receipt(n) !== undefined)).toEqual([true, true]);
  });

  it('that takes messages again gets everything that failed before, whenever it would be due', async () => {
    world.slack = () => down();
    await waiting([0, 1]);
    for (let sweeps = 0; sweeps < 40; sweeps += 1) await world.deliver();
    await waiting([2]);
    world.slack = () => taken;
    await world.deliver(1);
    expect(world.posts).toHaveLength(3);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
  });
});

describe('a Slack that takes posts and answers too late', () => {
  it('gets a message three times, and then only its name, once there are answers again', async () => {
    world.slack = () => late;
    await waiting([0]);
    for (let sweeps = 0; sweeps < 7; sweeps += 1) await world.deliver();
    expect(world.posts).toHaveLength(3);
    world.slack = () => taken;
    await waiting([1]);
    await world.deliver();
    expect(world.posts.map(({ text }) => text).slice(3)).toEqual([
      expect.stringContaining('❌ flights 2026-01-20T01'),
      expect.stringMatching(/^1 message may have arrived twice or not at all: flights 2026-01-20T00/),
    ]);
    expect(receipt(0)).toMatchObject({ form: 'name' });
    await world.deliver();
    expect(world.posts).toHaveLength(5);
  });

  it('is asked by one name at a time where nothing else is to be told, and gets the others once it answers', async () => {
    world.slack = () => late;
    await waiting([0, 1, 2, 3]);
    for (let sweeps = 0; sweeps < 6; sweeps += 1) await world.deliver();
    const before = world.requests.length;
    await world.deliver(40);
    expect(texts().slice(before)).toEqual([expect.stringMatching(/^1 message may have arrived/)]);
    world.slack = () => taken;
    await world.deliver(60);
    expect(texts().slice(before + 1)).toEqual([
      expect.stringMatching(/^1 message may have arrived/),
      expect.stringMatching(/^📭 3 messages may have arrived twice or not at all: /),
    ]);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
  });
});

describe('a message that cannot be rendered', () => {
  const broken = (forms: readonly Form[]): Notifier => {
    const { notifier } = world.recorder();
    return {
      render: (message, channel) => {
        if (forms.includes(message.form)) throw new TypeError('of undefined');
        return notifier.render(message, channel);
      },
      post: (channel, message, withinMs) => notifier.post(channel, message, withinMs),
    };
  };
  const sweepWith = async (forms: readonly Form[]) => {
    await sweep({ ...world.sweeper(new Mortal()), notifier: broken(forms) });
  };

  it('is told plainly by a sweep, and complained of as what it is', async () => {
    await waiting([0]);
    await sweepWith(['full']);
    expect(world.posts).toMatchObject([{ text: expect.stringMatching(/^flights 2026-01-20T00 FAILED SOURCE_EMPTY/) }]);
    expect(world.logs.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringContaining('a message could not be rendered'),
    ]);
    expect(world.calls).toEqual([]);
  });

  it('in any form is escalated as that, and nothing else is blamed', async () => {
    await waiting([0]);
    await sweepWith(['full', 'plain', 'short']);
    expect(world.requests).toEqual([]);
    expect(world.calls).toMatchObject([{ incident: { kind: 'undelivered', dataset: 'flights' } }]);
    expect(world.calls[0]?.incident.summary).toBe(
      `1 message of flights not delivered, the oldest since ${world.now.toISOString()}: it could not be rendered (1). Their endings are on record in the ledger.`,
    );
  });
});
