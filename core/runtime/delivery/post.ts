import type { About } from '../../domain/messages/about';
import { messageOf } from '../../domain/messages/message-of';
import { FORMS, type Form } from '../../domain/messages/message';
import type { PointerForm } from '../../domain/delivery/delivery-state';
import type { DeliveryContext } from './delivery-context';
import type { Answer } from './notifier';

/** The receipt, and what else has to be done after a post, needs this long; a post that cannot be followed by it is not made. */
const AFTER_POST_MS = 3_000;
/** Less is not worth trying. */
const SHORTEST_POST_MS = 500;

/** What came of trying to post about something. */
export interface Posted {
  /** Undefined: there was no time for it, and nothing was posted. */
  readonly answer: Answer | undefined;
  /** The form that was tried last. */
  readonly form: Form;
}

/** How a message is posted. */
export interface Posting {
  /** The first form to try. */
  readonly from: PointerForm;
  /** Whether it is put more plainly at once also after a fault, where it surely was not taken: it has failed so often that it may be its own. */
  readonly patient: boolean;
  /** How long the caller may post. */
  readonly leftMs: () => number;
}

/**
 * Posts about something, beginning with a form, and more plainly each time that the message is refused, which means that it was not taken.
 * A message that cannot be rendered is a defect of ours, and not a reason to tell nothing.
 */
export async function post(
  { notifier, logger }: Pick<DeliveryContext, 'notifier' | 'logger'>,
  channel: string,
  about: About,
  { from, patient, leftMs }: Posting,
): Promise<Posted> {
  let answer: Answer = { is: 'message-refused', reason: UNRENDERABLE };
  let tried: Form = 'full';
  for (const form of formsFrom(about, from)) {
    const withinMs = leftMs() - AFTER_POST_MS;
    // Killed between post and receipt, or with the lease run out, we would tell twice; not to have posted costs some minutes.
    if (withinMs < SHORTEST_POST_MS) return { answer: undefined, form };
    tried = form;
    let message: unknown;
    try {
      message = notifier.render(messageOf(about, form), channel);
    } catch (error) {
      logger.error('a message could not be rendered', { about: about.kind, form, error: error as Error });
      continue;
    }
    answer = await notifier.post(channel, message, withinMs);
    if (answer.is === 'taken' || answer.is === 'channel-refused') break;
    if (answer.is === 'unknown' && (answer.mayHaveTaken || !patient)) break;
    logger.warn('a message was not taken in one form', { about: about.kind, channel, form, reason: answer.reason });
  }
  return { answer, form: tried };
}

/** Why a message was not even posted. */
const UNRENDERABLE = 'it could not be rendered';

function formsFrom(about: About, from: PointerForm): readonly Form[] {
  // What is about many is not cut to one line: its messages are posted one by one instead.
  if (about.kind === 'endings') return ['full', 'plain'];
  // The plainest that there is: what it names was refused in every other form.
  if (about.kind === 'untold') return about.messages.length === 1 ? ['plain'] : ['full', 'plain'];
  return from === 'name' ? ['short'] : FORMS.slice(FORMS.indexOf(from));
}
