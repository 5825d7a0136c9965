import type { StatusChangeEvent } from '../../local/aws/states/local-executions';
import type { SlackMood, SlackMoods } from '../../local/slack';
import type { Route, SlackState } from './case';
import type { FaultWorld } from './fault-world';
import { keysOf } from './observe';
import type { Trace } from './trace';

/* What goes on around an execution under test: events, Slack, and the sweeps. */

export const MINUTE_MS = 60_000;
export const SWEEP_MS = 10 * MINUTE_MS;
const SLACK_DOWN_MS = 60 * MINUTE_MS;
/** After so many sweeps a case is over, whatever is still to be sent. */
const MOST_SWEEPS = 24;
/** Sweeps after everything seems done: they must find nothing to do. */
const SWEEPS_AFTER = 1;
/** How long an event takes that is late: two sweeps come before it. */
const LATE_EVENT_MS = 25 * MINUTE_MS;

/** How the app is disposed while a case runs. */
export interface Disposition {
  readonly route: Route;
  readonly slack: SlackState;
  readonly start: Date;
  /** What the messages of the run under test begin with. */
  readonly about: string;
}

/** Gives the app of a world its moods. Returns what ends the watching. */
export function dispose({ app }: FaultWorld, how: Disposition, trace: Trace): () => void {
  setSlack({ app }, how, trace);
  app.events.route = (event, deliver) => route({ app }, how.route, trace, event, deliver);
  return app.sfn.onStatusChange(({ detail }) =>
    trace.add({ what: 'execution', of: `${String(detail['name'])} ${detail.status}` }),
  );
}

/** Sweeps every ten minutes, from `first` on, until nothing is left to be done. */
export async function sweepUntilQuiet(
  world: FaultWorld,
  how: Disposition & { readonly first: number },
  trace: Trace,
  isRecorded: () => boolean,
): Promise<void> {
  const { app } = world;
  let quiet = 0;
  for (let count = 0; count < MOST_SWEEPS && quiet < SWEEPS_AFTER; count += 1) {
    await app.clock.sleep(new Date(how.first + count * SWEEP_MS));
    const recorded = isRecorded();
    if (recorded && count >= 2 && isSlackDownForLong(world, how)) continue;
    quiet = recorded && keysOf(app, 'outbox/').length === 0 ? quiet + 1 : 0;
    const firing = await app.clock.waiting(app.runSchedule('Sweep'));
    const failed = 'result' in firing && !firing.result.ok ? `failed: ${firing.result.error.errorType}` : 'done';
    trace.add({ what: 'sweep', of: failed });
  }
}

/** Two sweeps find Slack down, and those around its return; the ones between would only find it down again, and each takes its time. */
function isSlackDownForLong({ app: { clock } }: FaultWorld, { slack, start }: Disposition): boolean {
  return slack === 'down' && clock.now() < start.getTime() + SLACK_DOWN_MS - SWEEP_MS;
}

async function route(
  { app: { clock } }: Pick<FaultWorld, 'app'>,
  fate: Route,
  trace: Trace,
  event: StatusChangeEvent,
  deliver: () => Promise<void>,
): Promise<void> {
  const arrive = async (afterMs: number): Promise<void> => {
    await clock.sleep(afterMs);
    trace.add({ what: 'event', of: `${event.detail.status} arrives` });
    await deliver();
  };
  switch (fate) {
    case 'delivered':
      return arrive(1000);
    case 'twice':
      await arrive(1000);
      return arrive(5000);
    case 'late':
      return arrive(LATE_EVENT_MS);
    case 'together':
      await Promise.all([arrive(1000), arrive(1000), arrive(1000)]);
      return undefined;
    case 'lost':
      return undefined;
  }
}

/** Slack's mood for the case, and how it betters. */
function setSlack({ app }: Pick<FaultWorld, 'app'>, { slack, start, about }: Disposition, trace: Trace): void {
  const moods: Readonly<Partial<Record<SlackState, readonly [SlackMood, number]>>> = {
    down: [{ is: 'down' }, SLACK_DOWN_MS],
    slow: [{ is: 'slow', ms: MINUTE_MS, taken: true }, 30 * MINUTE_MS],
  };
  const [mood, until] = moods[slack] ?? [oneMessageMood(slack, about), 0];
  app.slack.mood = mood;
  if (until > 0) app.clock.timer(new Date(start.getTime() + until), () => (app.slack.mood = OK));
  app.slack.onMessage = ({ text, payload }, answered) => {
    trace.add({ what: 'post', text, payload: JSON.stringify(payload), answered });
  };
}

const OK: SlackMood = { is: 'ok' };

/** A mood for messages that begin with what the run under test is about; fine for all others. */
function oneMessageMood(slack: SlackState, about: string): SlackMoods {
  const refuse = (status: number, body: string): SlackMood => ({ is: 'refuse', status, body });
  let lost = 0;
  const ofIt = (hasBlocks: boolean): SlackMood => {
    switch (slack) {
      case 'blocks-refused':
        return hasBlocks ? refuse(400, 'invalid_blocks') : OK;
      case 'too-long':
        return refuse(400, 'msg_too_long');
      case 'no-such-user':
        return refuse(400, 'user_not_found');
      case 'unknown-400':
        return refuse(400, 'something_unknown');
      case 'error-for-it':
        return hasBlocks ? { is: 'down' } : OK;
      case 'answers-lost-3':
      case 'answers-lost-5':
        lost += 1;
        return lost <= Number(slack.at(-1)) ? { is: 'lost' } : OK;
      default:
        return OK;
    }
  };
  // A notice that names it is no post of it.
  return ({ text, payload }) => {
    return text.replace(/^\P{L}*/u, '').startsWith(about) ? ofIt(Array.isArray(payload['blocks'])) : OK;
  };
}
