import type { Answer } from '../../core/runtime/delivery/notifier';
import { answerOf } from '../../core/runtime/notifiers/slack/answers';
import type { SlackMessage } from '../../core/runtime/notifiers/slack/render';
import { recordRun } from '../../lambdas/record-run/record-run';
import { late } from '../helpers/answers';
import { dataset, execution, registry } from '../helpers/runs';
import { SweepWorld } from '../helpers/sweeping';

/**
 * Days with a Slack that answers so and so: every hour a run fails and its RecordRun tells it, every ten minutes the sweep delivers. Counted
 * is what Slack was asked and what it took, by the hour that each message names.
 */

const HOUR_MS = 3_600_000;
/** The hour whose message has something that Slack does not like. */
const BAD = '2026-01-20T09';

type Slack = (at: {
  readonly text: string;
  readonly isBad: boolean;
  readonly hours: number;
  readonly post: number;
}) => Answer;
const http = (status: number, body = '', retryAfterSeconds?: number) => answerOf(status, body, retryAfterSeconds);
const ok = http(200, 'ok');

/** What is counted. */
interface Days {
  /** Runs that ended, and those of them that Slack took a message of. */
  readonly endings: number;
  readonly told: number;
  /** Endings of which Slack took more than one message, and the most of one. */
  readonly toldAgain: number;
  readonly most: number;
  /** Posts to Slack, and those of them that name the bad hour. */
  readonly requests: number;
  readonly ofBad: number;
  /** Messages that are still in the outbox. */
  readonly left: number;
  /** Incidents that began / that ended. */
  readonly calls: string;
}

/** `lateIsTaken`: whether a post that is answered too late has arrived; no sender can know. */
async function days(slack: Slack, hours: number, lateIsTaken: boolean): Promise<Days> {
  const world = new SweepWorld();
  // Nothing is expected: the runs are all there is.
  world.datasets = registry(dataset({ calendar: { firstPartition: '2026-01-01T00', lastPartition: '2026-01-01T00' } }));
  const start = world.now.getTime();
  const told = new Map<string, number>();
  const asked = { requests: 0, ofBad: 0 };
  world.slack = (message: SlackMessage) => {
    // A message that repeats another names the hour of the first one, too: it is not about that.
    const payload = JSON.stringify(message).replaceAll(/since [-\dT]+/g, '');
    const isBad = payload.includes(BAD);
    asked.requests += 1;
    asked.ofBad += Number(isBad);
    const at = (world.now.getTime() - start) / HOUR_MS;
    const answer = slack({ text: message.text, isBad, hours: at, post: asked.requests });
    if (answer.is === 'taken' || (lateIsTaken && answer.is === 'unknown' && answer.mayHaveTaken))
      for (const [one, count] of told) if (payload.includes(one)) told.set(one, count + 1);
    return answer;
  };
  for (let minute = 0; minute < hours * 60; minute += 10) {
    if (minute % 60 === 0) {
      const partition = new Date(world.now.getTime() - HOUR_MS).toISOString().slice(0, 13);
      told.set(partition, 0);
      const input = { dataset: 'flights', partition };
      const failed = { LoadPartition: { Error: 'SourceAccessDenied', Cause: '{}' } };
      const of = { ...execution(`run-${partition}`, input), startTime: world.now.toISOString() };
      await recordRun(world.recorder(), { execution: of, state: { failed } });
    }
    // Of six sweeps one is whole, which is what calls a person; the others only deliver.
    if (minute % 60 === 50) {
      world.minutesLater(10);
      await world.sweep();
    } else await world.deliver(10);
  }
  const counts = [...told.values()];
  const undelivered = world.calls.filter(({ incident }) => incident.kind === 'undelivered');
  return {
    endings: counts.length,
    told: counts.filter((count) => count > 0).length,
    toldAgain: counts.filter((count) => count > 1).length,
    most: Math.max(...counts),
    ...asked,
    left: world.s3.keys('ledger', 'outbox/').length,
    calls: `${undelivered.filter(({ over }) => !over).length}/${undelivered.filter(({ over }) => over).length}`,
  };
}

/** Every message comes, once. */
const ALL = { told: 24, toldAgain: 0, most: 1, left: 0 };
/** A week in which one message is never taken: every other comes, once, and it is posted a dozen times. */
const BUT_ONE = { told: 167, toldAgain: 0, most: 1, left: 1, calls: '1/0' };

interface Story {
  readonly name: string;
  readonly slack: Slack;
  readonly hours?: number;
  readonly lateIsTaken?: boolean;
  readonly expected: Partial<Days>;
  readonly mostRequests: number;
  readonly mostOfBad?: number;
}
const stories: readonly Story[] = [
  { name: 'takes everything', slack: () => ok, expected: { ...ALL, calls: '0/0' }, mostRequests: 24 },
  {
    name: 'wants to be left alone for half a minute at every second post',
    slack: ({ post }) => (post % 2 === 1 ? http(429, 'rate_limited', 30) : ok),
    expected: { ...ALL, calls: '0/0' },
    mostRequests: 48,
  },
  {
    name: 'wants to be left alone for two hours, three hours long',
    slack: ({ hours }) => (hours < 3 ? http(429, '', 7200) : ok),
    expected: { ...ALL, calls: '1/1' },
    mostRequests: 30,
  },
  {
    name: 'answers 500 for six hours',
    slack: ({ hours }) => (hours < 6 ? http(500) : ok),
    expected: { ...ALL, calls: '1/1' },
    mostRequests: 55,
  },
  {
    name: 'takes nothing and does not answer for six hours',
    slack: ({ hours }) => (hours < 6 ? late : ok),
    lateIsTaken: false,
    expected: { ...ALL, calls: '1/1' },
    mostRequests: 50,
  },
  {
    // It looks the same as the one before.
    name: 'takes everything and does not answer for six hours',
    slack: ({ hours }) => (hours < 6 ? late : ok),
    expected: { told: 24, toldAgain: 6, most: 5, left: 0, calls: '1/1' },
    mostRequests: 50,
  },
  {
    name: 'has no webhook there any more, for twelve hours',
    slack: ({ hours }) => (hours < 12 ? http(410, 'channel_is_archived') : ok),
    expected: { ...ALL, calls: '1/1' },
    mostRequests: 45,
  },
  {
    name: 'has no webhook there, for ever',
    slack: () => http(404, 'no_service'),
    expected: { told: 0, left: 24, calls: '1/0' },
    mostRequests: 60,
  },
  {
    name: 'is a captive portal',
    slack: () => http(200, '<html>Log in</html>'),
    expected: { told: 0, left: 24, calls: '1/0' },
    mostRequests: 60,
  },
  {
    name: 'refuses everything with an unknown word, for twelve hours',
    slack: ({ hours }) => (hours < 12 ? http(400, 'what') : ok),
    expected: { ...ALL, calls: '1/1' },
    mostRequests: 160,
  },
  {
    name: 'does not take the blocks of one message',
    slack: ({ isBad, text }) => (isBad && text.includes('❌') ? http(400, 'invalid_blocks') : ok),
    expected: { ...ALL, calls: '0/0' },
    mostRequests: 25,
    mostOfBad: 2,
  },
  {
    name: 'never takes one message, for a week',
    slack: ({ isBad }) => (isBad ? http(400, 'msg_too_long') : ok),
    hours: 168,
    expected: BUT_ONE,
    mostRequests: 180,
    mostOfBad: 12,
  },
  {
    name: 'answers 500 to one message, for a week, and to all at times',
    slack: ({ isBad, hours }) => (isBad || (hours > 5 && hours < 6) || (hours > 30 && hours < 33) ? http(500) : ok),
    hours: 168,
    expected: BUT_ONE,
    mostRequests: 200,
    mostOfBad: 20,
  },
  {
    name: 'takes everything and answers late, for a day',
    slack: ({ hours }) => (hours < 24 ? late : ok),
    hours: 30,
    // Three posts each; some are named once or twice more for asking, and all when there are answers again.
    expected: { told: 30, toldAgain: 24, most: 5, left: 0, calls: '1/1' },
    mostRequests: 110,
  },
];

it.each(stories)(
  'a Slack that $name',
  async ({ slack, hours = 24, lateIsTaken = true, expected, mostRequests, mostOfBad }) => {
    const found = await days(slack, hours, lateIsTaken);
    expect(found).toMatchObject(expected);
    expect(found.requests).toBeLessThanOrEqual(mostRequests);
    expect(found.ofBad).toBeLessThanOrEqual(mostOfBad ?? Infinity);
  },
  60_000,
);
