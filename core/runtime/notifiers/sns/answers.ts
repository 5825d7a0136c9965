import { describeForeign, kindOfFault } from '../../aws/classify';
import type { Failure } from '../../delivery/notifier';
import { unansweredOf } from '../unanswered';

/**
 * What SNS's errors mean (docs.aws.amazon.com/sns, API reference, Publish). Only their names are repeated: the text of a
 * denial names roles, and that of a wrong parameter quotes it.
 */

/** How long to wait after throttling; SNS does not say. */
const RETRY_AFTER_SECONDS = 60;
const THROTTLED = /^(KMS)?(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled)/;
/** Speak of what was sent: too long, a character that is not allowed, a subject. */
const ABOUT_THE_MESSAGE = /^(InvalidParameter(Value)?|Validation(Error)?|MessageTooLong|RequestEntityTooLarge)$/;

/** What it means that a publication failed. */
export function answerOf(error: unknown): Failure {
  const { name, status, message } = describeForeign(error);
  if (name === 'CredentialsProviderError') return { is: 'unknown', reason: 'no credentials', mayHaveTaken: false };
  // No answer came: no connection, or the time was up.
  if (status === undefined) return unansweredOf(error);
  const word = name.replace(/Exception$/, '');
  const reason = `SNS answered ${word} (HTTP ${status})`;
  if (THROTTLED.test(word) || status === 429)
    return { is: 'channel-refused', reason, retryAfterSeconds: RETRY_AFTER_SECONDS };
  // A gateway that gave up waiting says nothing of what became of the request.
  if (status === 504) return { is: 'unknown', reason, mayHaveTaken: true };
  if (kindOfFault(error) !== 'unknown') return { is: 'unknown', reason, mayHaveTaken: false };
  // The one parameter that is not the message's: then it is the topic that cannot be published to.
  if (ABOUT_THE_MESSAGE.test(word) && !/TopicArn|TargetArn/.test(message)) return { is: 'message-refused', reason };
  // No such topic, not allowed, a key that cannot be used: every message would fare the same.
  return { is: 'channel-refused', reason, retryAfterSeconds: undefined };
}
