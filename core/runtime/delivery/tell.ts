import type { Manifest } from '../../contracts/run/manifest';
import { afterFailure, formOf, mayHaveArrived, type PointerForm } from '../../domain/delivery/delivery-state';
import { shortText, type About } from '../../domain/messages/about';
import { inParallel } from '../aws/parallel';
import type { DeliveryContext } from './delivery-context';
import type { Content } from './kinds';
import type { Failure } from './notifier';
import { changePointer, giveBack, hasReceipt, leaseLeftMs, removePointer, settle, type Claim } from './outbox';
import { post } from './post';

const AT_A_TIME = 16;
/**
 * At every fourth attempt, the first some 70 minutes after the ending, a message that gets faults is tried more plainly in the same turn:
 * where it is the only one that waits, nothing else tells whether the fault is the channel's or its own.
 */
const PATIENT_EVERY = 4;

/** A message that is the caller's to tell, with what it says. */
export interface Claimed {
  readonly claim: Claim;
  readonly content: Content;
}

/** How messages are put together in one post. */
export type As = 'itself' | 'summary' | 'notice';

/**
 * What came of telling. `told`: taken now. `known`: it had its receipt already, nothing was posted. `no-time`: nothing was posted, it is
 * given back to the next recorder or sweep.
 */
export type Told = { readonly is: 'told' | 'known' | 'no-time' } | Failure;

/** What came of telling messages in one post, and which of them are left, with their pointers as they stand now. */
export interface Telling {
  readonly told: Told;
  readonly left: readonly Claimed[];
}

/**
 * Tells a message that the caller has claimed: looks for its receipt, posts, writes the receipt, removes the pointer. Whatever becomes of the
 * post, it does not throw for that: the pointer says what happened, and the sweep goes on.
 * @throws what S3 answers when the ledger does not
 */
export async function tell(context: DeliveryContext, claimed: Claimed): Promise<Told> {
  return (await tellTogether(context, [claimed], 'itself', false)).told;
}

/**
 * Tells messages of one channel in one post, as {@link tell}: each has its receipt after that. `channelTakes`: whether the channel took
 * another message a moment ago. Where many are refused together, nothing is noted: one of them may be at fault, so the caller, who still
 * holds them, tells each by itself.
 */
export async function tellTogether(
  context: DeliveryContext,
  all: readonly Claimed[],
  as: As,
  channelTakes: boolean,
): Promise<Telling> {
  const { ledger, logger, now, remainingMs } = context;
  const untold = await withoutReceipt(context, all);
  const [first] = untold;
  if (first === undefined) return { told: { is: 'known' }, left: [] };
  const { channel } = first.content;
  const leftMs = () => Math.min(remainingMs(), ...untold.map(({ claim }) => leaseLeftMs(claim, now())));
  const { answer, form } = await post(context, channel, aboutOf(untold, as, now()), {
    from: beginning(first, as),
    patient: as === 'itself' && (first.claim.pointer.attempts ?? 1) % PATIENT_EVERY === 0,
    leftMs,
  });
  if (answer === undefined) {
    await inParallel(untold, AT_A_TIME, ({ claim }) => giveBack(ledger, claim));
    return { told: { is: 'no-time' }, left: untold };
  }
  const used: PointerForm = as === 'notice' ? 'name' : form;
  if (answer.is === 'taken') {
    const deliveredAt = now().toISOString();
    await inParallel(untold, AT_A_TIME, ({ claim: { pointer } }) => {
      const { messageId } = pointer;
      return settle(ledger, { messageId, deliveredAt, channel, ...(used === 'full' ? {} : { form: used }) });
    });
    return { told: { is: 'told' }, left: [] };
  }
  const messageIds = untold.map(({ claim }) => claim.pointer.messageId);
  logger.warn('not delivered, stays in the outbox', { channel, messageIds: messageIds.slice(0, 10), answer });
  if (answer.is === 'message-refused' && untold.length > 1) return { told: answer, left: untold };
  const left = await inParallel(untold, AT_A_TIME, async ({ claim, content }) => {
    const pointer = afterFailure(claim.pointer, answer, { form: used, channelTakes, now: now() });
    await changePointer(ledger, claim, pointer);
    return { claim: { ...claim, pointer }, content };
  });
  return { told: answer, left };
}

/** Those that have no receipt. The pointers of the others are removed: the process that posted them died before that. */
async function withoutReceipt({ ledger }: DeliveryContext, all: readonly Claimed[]): Promise<readonly Claimed[]> {
  const looked = await inParallel(all, AT_A_TIME, async (claimed) => {
    const { messageId } = claimed.claim.pointer;
    if (!(await hasReceipt(ledger, messageId))) return claimed;
    await removePointer(ledger, messageId);
    return undefined;
  });
  return looked.filter((one) => one !== undefined);
}

function beginning({ claim }: Claimed, as: As): PointerForm {
  return as === 'itself' ? formOf(claim.pointer) : 'full';
}

function aboutOf(all: readonly Claimed[], as: As, at: Date): About {
  const [first] = all;
  if (as === 'itself' && first !== undefined) return first.content.about;
  if (as === 'notice') {
    const messages = all.map(({ claim: { pointer }, content }) => ({
      line: shortText(content.about),
      key: pointer.manifestKey,
      perhaps: mayHaveArrived(pointer),
      reason: pointer.lastError ?? 'the process that posted it died',
    }));
    return { kind: 'untold', messages };
  }
  const manifests = all.flatMap(({ content: { about } }): Manifest[] =>
    about.kind === 'ending' ? [about.manifest] : [],
  );
  return { kind: 'endings', dataset: first?.content.dataset ?? null, manifests, at };
}
