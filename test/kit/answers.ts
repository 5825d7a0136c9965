import type { Answer } from '../../core/runtime/delivery/notifier';

/** What a Slack of the tests can answer to a message: `world.slack = ({ text }) => (text.includes('T05') ? refused() : taken)`. */

export const taken: Answer = { is: 'taken' };
/** Took the message, and the answer came too late or got lost. */
export const late: Answer = { is: 'unknown', reason: 'no answer: TimeoutError', mayHaveTaken: true };
/** Did not take it, and says nothing of why. */
export const down = (reason = 'HTTP 503'): Answer => ({ is: 'unknown', reason, mayHaveTaken: false });
/** Does not take this message. */
export const refused = (reason = 'invalid_blocks'): Answer => ({ is: 'message-refused', reason });
/** Takes nothing at this webhook until a person does something. */
export const gone = (reason = 'no_service'): Answer => ({
  is: 'channel-refused',
  reason,
  retryAfterSeconds: undefined,
});
/** Wants to be left alone for so long. */
export const limited = (seconds: number): Answer => ({
  is: 'channel-refused',
  reason: 'rate_limited',
  retryAfterSeconds: seconds,
});
