import type { OutboxPointer } from '../../../../core/contracts/run/manifest';
import {
  afterFailure,
  formOf,
  givenBack,
  holderOf,
  isStuck,
  nextAttemptAfter,
  renewedBy,
  takenBy,
  type Circumstances,
  type FailedPost,
} from '../../../../core/domain/delivery/delivery-state';

const NOW = new Date('2026-01-20T06:30:00.000Z');
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000).toISOString();
const pointer = (more: Partial<OutboxPointer> = {}): OutboxPointer => ({
  schemaVersion: 1,
  messageId: 'm',
  manifestKey: 'k',
  since: minutes(0),
  ...more,
});
const lease = (token: string, until: string) => ({ lease: { token, until } });

describe('who may post', () => {
  it.each<[string, Partial<OutboxPointer>, string]>([
    ['any caller, where none holds it', { lease: null }, 'none'],
    ['its holder', lease('me', minutes(1)), 'me'],
    ['none while another holds it', lease('you', minutes(1)), 'another'],
    ['any caller, once the lease is over', lease('you', minutes(0)), 'none'],
    ['any caller, also where the lease that is over was its own', lease('me', minutes(-1)), 'none'],
    ['the recorder of the release before, for two minutes', { since: minutes(-1.9) }, 'another'],
    ['any caller, after those', { since: minutes(-2) }, 'none'],
  ])('%s', (_what, more, expected) => {
    expect(holderOf(pointer(more), 'me', NOW)).toBe(expected);
  });

  it('and taking it counts the attempt before it is made', () => {
    expect(takenBy('me', pointer({ lease: null, attempts: 1 }), NOW)).toEqual(
      pointer({ ...lease('me', minutes(2)), attempts: 2, nextAttemptAt: minutes(19) }),
    );
  });

  it('and a lease that ran out was that of a process that may have posted', () => {
    expect(takenBy('me', pointer(lease('you', minutes(-1))), NOW)).toMatchObject({ attempts: 1, unanswered: 1 });
  });

  it('and a process that goes on holding it has made no attempt in between', () => {
    const held = pointer({ ...lease('me', minutes(0.5)), attempts: 2, unanswered: 1 });
    expect(renewedBy('me', held, NOW)).toEqual({ ...held, ...lease('me', minutes(2)) });
  });

  it('and a process that has not posted after all gives attempt and lease back', () => {
    expect(givenBack(pointer({ ...lease('me', minutes(1)), attempts: 2 }))).toMatchObject({ lease: null, attempts: 1 });
  });
});

describe('after a post that was not taken', () => {
  const after = (failed: FailedPost, more: Partial<OutboxPointer> = {}, how: Partial<Circumstances> = {}) =>
    afterFailure(pointer({ ...lease('me', minutes(1)), attempts: 1, ...more }), failed, {
      form: 'full',
      channelTakes: false,
      now: NOW,
      ...how,
    });
  const refusal: FailedPost = { is: 'message-refused', reason: 'msg_too_long' };
  const unknown = (mayHaveTaken: boolean): FailedPost => ({ is: 'unknown', reason: 'HTTP 500', mayHaveTaken });
  const channel = (retryAfterSeconds?: number): FailedPost => ({
    is: 'channel-refused',
    reason: 'x',
    retryAfterSeconds,
  });

  it('no process holds it, and it says why', () => {
    expect(after(refusal)).toMatchObject({ lease: null, lastError: 'msg_too_long', refused: true, form: 'name' });
    expect(after(unknown(false))).toMatchObject({ lease: null, lastError: 'HTTP 500', refused: false, form: 'full' });
  });

  it.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 60],
    [5, 120],
    [6, 240],
    [7, 480],
    [8, 1440],
    [20, 1440],
  ])('%i times it is tried again after %i minutes, less one', (attempts, wait) => {
    expect(after(unknown(false), { attempts }).nextAttemptAt).toBe(minutes(wait - 1));
    expect(nextAttemptAfter(attempts, NOW).toISOString()).toBe(minutes(wait - 1));
  });

  it.each([
    [2, false, 60],
    [3, false, 240],
    [4, false, 1440],
    [2, true, 1440],
  ])('a name that is refused at attempt %i (others taken: %s) waits %i minutes', (attempts, channelTakes, wait) => {
    const how = { form: 'name', channelTakes } as const;
    expect(after(refusal, { attempts }, how).nextAttemptAt).toBe(minutes(wait - 1));
  });

  it('counts as its own fault only where it failed before and its channel takes others', () => {
    expect(after(unknown(false), { attempts: 1 }, { channelTakes: true })).toMatchObject({ own: false, form: 'full' });
    expect(after(unknown(false), { attempts: 2 }, { channelTakes: false })).toMatchObject({ own: false, form: 'full' });
    expect(after(unknown(false), { attempts: 2 }, { channelTakes: true })).toMatchObject({ own: true, form: 'plain' });
    expect(after(unknown(false), { attempts: 3, own: true }, { form: 'plain' })).toMatchObject({ form: 'short' });
    expect(after(unknown(false), { attempts: 4, own: true }, { form: 'short' })).toMatchObject({ form: 'name' });
  });

  it('three times without an answer it is held: only named, and at the latest after eight hours', () => {
    const twice = after(unknown(true), { unanswered: 1 });
    expect(formOf(twice)).toBe('full');
    const thrice = after(unknown(true), { unanswered: 2, attempts: 12 });
    expect(formOf(thrice)).toBe('name');
    expect(thrice.nextAttemptAt).toBe(minutes(479));
    expect(after(unknown(false), { unanswered: 2 })).toMatchObject({ unanswered: 2 });
  });

  it('for the rate limit the channel rests as long as it says, and the message is next again', () => {
    expect(after(channel(30))).toMatchObject({
      attempts: 0,
      refused: false,
      own: false,
      notBefore: minutes(0.5),
      nextAttemptAt: minutes(0.5),
    });
  });

  it.each([
    [0, 9],
    [30, 29],
    [600, 59],
  ])('for a webhook that is gone, a message of %i minutes ago lets the channel rest for %i', (age, rest) => {
    const rested = after(channel(), { since: minutes(-age) });
    expect(rested).toMatchObject({
      refused: true,
      attempts: 1,
      notBefore: minutes(rest),
      nextAttemptAt: minutes(rest),
    });
  });

  it('a rest that is over is forgotten; and a channel that takes others does not rest for one message', () => {
    expect(after(unknown(false), { notBefore: minutes(-1) })).not.toHaveProperty('notBefore');
    expect(after(channel(), { attempts: 2 }, { channelTakes: true })).toMatchObject({
      own: true,
      nextAttemptAt: minutes(19),
    });
    expect(after(channel(), { attempts: 2 }, { channelTakes: true })).not.toHaveProperty('notBefore');
  });
});

it.each([
  [-29.9, false, false],
  [-30, false, true],
  [-1, true, true],
])('a message since %i minutes (refused: %s) is stuck: %s', (since, wasRefused, stuck) => {
  expect(isStuck({ since: minutes(since), refused: wasRefused }, NOW)).toBe(stuck);
});
