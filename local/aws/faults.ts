import type { SlackMood } from '../slack';

/** What is made to happen when a state invokes its function. */
type FaultKind = 'throw' | 'timeout' | 'kill' | 'throttle';

export interface Fault {
  readonly state: string;
  readonly kind: FaultKind;
  /** The name of the error thrown, for `throw`. */
  readonly error: string;
  /** How many attempts it strikes; Infinity for every one. */
  readonly times: number;
  /** Only in the execution of this name; default: in any. */
  readonly execution?: string;
}

/** What Slack can be made to do with the messages that it is sent. */
export const SLACK_FAULTS = {
  /** It answers with an error of its own. */
  down: { is: 'down' },
  /** It takes the message, and the connection breaks before it has said so. */
  lost: { is: 'lost' },
  /** It takes the message, and answers when the function has stopped waiting. */
  slow: { is: 'slow', ms: 60_000, taken: true },
  /** It refuses the message, as where its channel was removed. */
  refuse: { is: 'refuse', status: 404, body: 'channel_not_found' },
} as const satisfies Readonly<Record<string, SlackMood>>;

export interface SlackFault {
  readonly mood: SlackMood;
  /** How many messages it strikes; Infinity for every one. */
  readonly times: number;
}

/** Reads `Slack:<what>[:<times>]`; undefined where it is about something else. */
export function parseSlackFault(text: string): SlackFault | undefined {
  const [about, what = '', times, ...rest] = text.split(':');
  if (about !== 'Slack') return undefined;
  const isKnown = (name: string): name is keyof typeof SLACK_FAULTS => Object.hasOwn(SLACK_FAULTS, name);
  if (!isKnown(what) || rest.length > 0 || !/^[1-9]\d*$/.test(times ?? '1')) {
    const known = Object.keys(SLACK_FAULTS).map((name) => `Slack:${name}`);
    throw new FaultSyntaxError(`Not a fault: '${text}'. Expected ${known.join(', ')}, each with an optional :<times>`);
  }
  return { mood: SLACK_FAULTS[what], times: times === undefined ? Number.POSITIVE_INFINITY : Number(times) };
}

/** A fault was described in a way that nothing can be made of. */
class FaultSyntaxError extends Error {
  override readonly name = 'FaultSyntaxError';
}

/** Reads `<State>:<what>[:<times>]`, where what is `throw:<ErrorName>`, `timeout`, `kill` or `throttle`. */
export function parseFault(text: string): Fault {
  const match = /^([^:]+):(?:throw:([A-Za-z][\w.]*)|(timeout|kill|throttle))(?::([1-9]\d*))?$/.exec(text);
  if (match === null) {
    throw new FaultSyntaxError(
      `Not a fault: '${text}'. Expected <State>:throw:<ErrorName>, <State>:timeout, <State>:kill or <State>:throttle, each with an optional :<times>`,
    );
  }
  const [, state = '', error = '', kind, times] = match;
  return {
    state,
    error,
    kind: (kind ?? 'throw') as FaultKind,
    times: times === undefined ? Number.POSITIVE_INFINITY : Number(times),
  };
}

/** The faults in force. Each strikes so many attempts of its state, then no more. */
export class Faults {
  #faults: { fault: Fault; left: number }[] = [];

  add(fault: Fault | string): void {
    const parsed = typeof fault === 'string' ? parseFault(fault) : fault;
    this.#faults.push({ fault: parsed, left: parsed.times });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault that strikes this attempt, used up by it. */
  take(state: string, execution: string): Fault | undefined {
    const found = this.#faults.find(
      ({ fault, left }) => fault.state === state && left > 0 && (fault.execution ?? execution) === execution,
    );
    if (found !== undefined) found.left -= 1;
    return found?.fault;
  }
}
