import type { Answer } from '../../lambdas/runtime/delivery/notifier';
import { answerOf } from '../../lambdas/runtime/notifiers/slack/answers';
import type { SlackMessage } from '../../lambdas/runtime/notifiers/slack/send';
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

interface Days {
  /** Runs that ended, and those of them that Slack took a message of. */
  readonly endings: number;
  readonly told: number;
  /** Endings that were told more than once, and the most that one was. */
  readonly toldAgain: number;
  readonly most: number;
  /** Posts to Slack, and those that name the bad hour. */
  readonly requests: number;
  readonly ofBad: number;
  readonly left: number;
  /** Incidents that began and that ended. */
  readonly calls: string;
}

async function days(
  slack: Slack,
  { hours = 24, failing = hours }: { hours?: number; failing?: number } = {},
): Promise<Days> {
  const world = new SweepWorld();
  world.datasets = registry(dataset({ calendar: { firstPartition: '2026-01-01T00', lastPartition: '2026-01-01T00' } }));
  const start = world.now.getTime();
  const partitions: string[] = [];
  const told = new Map<string, number>();
  let requests = 0;
  let ofBad = 0;
  world.slack = (message: SlackMessage) => {
    const payload = JSON.stringify(message);
    const isBad = payload.includes(BAD);
    requests += 1;
    if (isBad) ofBad += 1;
    const now = (world.now.getTime() - start) / HOUR_MS;
    const answer = slack({ text: message.text, isBad, hours: now, post: requests });
    if (answer.is === 'taken' || (answer.is === 'unknown' && answer.mayHaveTaken))
      for (const one of partitions) if (payload.includes(one)) told.set(one, (told.get(one) ?? 0) + 1);
    return answer;
  };
  for (let minute = 0; minute < hours * 60; minute += 10) {
    if (minute % 60 === 0 && minute < failing * 60) {
      const partition = new Date(world.now.getTime() - HOUR_MS).toISOString().slice(0, 13);
      partitions.push(partition);
      const failed = { LoadPartition: { Error: 'SourceAccessDenied', Cause: '{}' } };
      const of = {
        ...execution(`run-${partition}`, { dataset: 'flights', partition }),
        startTime: world.now.toISOString(),
      };
      await recordRun(world.recorder(), { execution: of, state: { failed } });
    }
    world.minutesLater(10);
    await world.sweep();
  }
  const counts = partitions.map((one) => told.get(one) ?? 0);
  const undelivered = world.calls.filter(({ incident }) => incident.kind === 'undelivered');
  return {
    endings: partitions.length,
    told: counts.filter((count) => count > 0).length,
    toldAgain: counts.filter((count) => count > 1).length,
    most: Math.max(...counts),
    requests,
    ofBad,
    left: world.s3.keys('ledger', 'outbox/').length,
    calls: `${undelivered.filter(({ over }) => !over).length}/${undelivered.filter(({ over }) => over).length}`,
  };
}

const stories: [string, Slack, { hours?: number; failing?: number }?][] = [
  ['takes everything', () => ok],
  ['429 on every second post', ({ post }) => (post % 2 === 1 ? http(429, 'rate_limited', 30) : ok)],
  ['429 for three hours, Retry-After two', ({ hours }) => (hours < 3 ? http(429, '', 7200) : ok)],
  ['500 for six hours', ({ hours }) => (hours < 6 ? http(500) : ok)],
  ['time-outs for six hours', ({ hours }) => (hours < 6 ? { ...late, mayHaveTaken: true } : ok)],
  ['404 for a day', () => http(404, 'no_service')],
  ['410 for twelve hours', ({ hours }) => (hours < 12 ? http(410, 'channel_is_archived') : ok)],
  ['unknown 400 to everything for twelve hours', ({ hours }) => (hours < 12 ? http(400, 'what') : ok)],
  [
    'blocks of one refused',
    ({ isBad, text }) => (isBad && text.includes('❌') ? http(400, 'invalid_blocks') : ok),
    { hours: 168 },
  ],
  ['msg_too_long for one', ({ isBad }) => (isBad ? http(400, 'msg_too_long') : ok), { hours: 168 }],
  [
    'msg_too_long for one, down at first',
    ({ isBad, hours }) => (hours < 8 ? http(500) : isBad ? http(400, 'msg_too_long') : ok),
    { hours: 168 },
  ],
  ['500 for one', ({ isBad }) => (isBad ? http(500) : ok), { hours: 168 }],
  [
    '500 for one, down at times',
    ({ isBad, hours }) => (isBad || (hours > 5 && hours < 6) || (hours > 30 && hours < 33) ? http(500) : ok),
    { hours: 168 },
  ],
  ['takes all, answers late for a day', ({ hours }) => (hours < 24 ? late : ok), { hours: 30 }],
  ['takes all, answers late for ever', () => late, { hours: 168 }],
  ['not Slack', () => http(200, '<html>')],
];
it.each(stories.map(([name, slack, how]) => ({ name, slack, how })))(
  '$name',
  async ({ name, slack, how }) => {
    const found = await days(slack, how);
    process.stdout.write(`${name.padEnd(45)} ${JSON.stringify(found)}\n`);
    expect(found).toBeDefined();
  },
  60_000,
);
