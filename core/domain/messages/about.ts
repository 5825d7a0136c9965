import type { BackfillManifest } from '../../contracts/backfill/backfill-manifest';
import { keys } from '../../contracts/keys';
import type { CircuitNotice } from '../../contracts/run/circuit';
import type { Manifest } from '../../contracts/run/manifest';
import type { RollCall } from '../../contracts/sweep/roll-call';
import type { Concerned } from './circuit-message';
import type { Unlisted } from '../../contracts/sweep/unlisted';
import { cut } from '../../contracts/batch/bounds';
import { joined, listed } from '../text/lists';
import { count } from '../text/numbers';
import { manifestKeyOf } from './message-details';
import { rollCallHead, rollCallText } from './roll-call-message';
import type { OverdueRun } from './sweep-messages';
import { unlistedGroups, unlistedHead, unlistedTale } from './unlisted-message';

/**
 * What a message is about: facts. A new kind of message is a line here, its reader in
 * `runtime/delivery/kinds.ts`, its plain text below, and its parts in `message-of.ts`; the compiler asks for all of them.
 */
export type About =
  | { readonly kind: 'ending'; readonly manifest: Manifest }
  | { readonly kind: 'backfill'; readonly manifest: BackfillManifest }
  | { readonly kind: 'overdue'; readonly run: OverdueRun; readonly at: Date }
  | {
      readonly kind: 'circuit';
      readonly dependency: string;
      readonly notice: CircuitNotice;
      readonly concerned: Concerned;
    }
  /** Missing partitions that are not expected any more; `key`: where all of them are. */
  | { readonly kind: 'unlisted'; readonly unlisted: Unlisted; readonly key: string }
  /** A daily or weekly overview of a channel. */
  | { readonly kind: 'roll-call'; readonly call: RollCall }
  /** Many endings of one dataset (`null`: of runs without one) in one message. */
  | {
      readonly kind: 'endings';
      readonly dataset: string | null;
      readonly manifests: readonly Manifest[];
      readonly at: Date;
    }
  /** Messages that could not be delivered by themselves, or of which it is not known whether they arrived. */
  | { readonly kind: 'untold'; readonly messages: readonly UntoldMessage[] };

/** One of the messages that a notice names. */
export interface UntoldMessage {
  /** What it is about, as {@link shortText} has it. */
  readonly line: string;
  /** Where its content is: the key of a manifest, or of a circuit's record. */
  readonly key: string;
  /** Whether some of its posts may have been taken. */
  readonly perhaps: boolean;
  /** Why its last post failed. */
  readonly reason: string;
}

/** Far more than a plain message ever has, far less than any channel takes. */
const MAX_PLAIN = 1_000;
const MAX_SHORT = 200;

/**
 * A message in one short line: dataset, partition, status, code. Made of few parts, so that it can be made where nothing else can; foreign
 * text is in it as it is.
 */
export function shortText(about: About): string {
  return cut(line(about), MAX_SHORT);
}

/** A message without any layout: what {@link shortText} says, what happened, and where the details are. Names everything that it is about. */
export function plainText(about: About): string {
  switch (about.kind) {
    case 'ending':
      return `${cut(`${line(about)}. ${about.manifest.reason.message}`, MAX_PLAIN)} Manifest: ${manifestKeyOf(about.manifest)}`;
    case 'backfill': {
      const { backfillId, message } = about.manifest;
      return `${cut(`${line(about)}. ${message}`, MAX_PLAIN)} Manifest: ${keys.backfill(backfillId, 'manifest')}`;
    }
    case 'overdue':
      return `${line(about)}. The run ${about.run.runId} is still going after the deadline of ${about.run.deadline}.`;
    case 'circuit':
      return cut(`${line(about)}. ${about.notice.cause}`, MAX_PLAIN);
    case 'unlisted': {
      const groups = unlistedGroups(about.unlisted).map(({ how, spans }) => `${how}: ${spans.join(', ')}`);
      return `${line(about)}: ${unlistedTale(about.unlisted)} ${cut(`${groups.join('. ')}.`, MAX_PLAIN)} All: ${about.key}`;
    }
    case 'roll-call':
      return cut(`${line(about)}: ${rollCallText(about.call)}`, MAX_PLAIN);
    case 'endings':
      return `${line(about)}. ${[...Map.groupBy(about.manifests, statusAndCode)].map(namesOf).join('. ')}.`;
    case 'untold':
      return `${line(about)}: ${about.messages.map((one) => `${one.line} (${untoldReason(one)}; ${one.key})`).join('; ')}.`;
  }
}

/** Why a message is named in a notice, for people. */
export function untoldReason({ perhaps, reason }: UntoldMessage): string {
  return perhaps ? `may have arrived twice or not at all: ${reason}` : `was not taken: ${reason}`;
}

function line(about: About): string {
  switch (about.kind) {
    case 'ending': {
      const { dataset, partition, runId } = about.manifest;
      const of = partition ?? `run ${runId}`;
      return `${dataset === null ? '' : `${dataset} `}${of} ${statusAndCode(about.manifest)}`;
    }
    case 'backfill':
      return `backfill ${about.manifest.backfillId} ${about.manifest.status}`;
    case 'overdue':
      return `${about.run.dataset} ${about.run.partition} OVERDUE`;
    case 'circuit':
      return `circuit ${about.dependency} ${about.notice.kind === 'opened' ? 'OPEN' : 'CLOSED'}`;
    case 'unlisted':
      return unlistedHead(about.unlisted);
    case 'roll-call':
      return rollCallHead(about.call);
    case 'endings':
      return `${about.dataset ?? 'Runs without a dataset'}: ${count(about.manifests.length, 'ending')}`;
    case 'untold': {
      const perhaps = about.messages.filter((one) => one.perhaps).length;
      const not = about.messages.length - perhaps;
      return joined(
        [
          perhaps === 0 ? '' : `${count(perhaps, 'message')} may have arrived twice or not at all`,
          not === 0 ? '' : `${count(not, 'message')} could not be delivered otherwise`,
        ],
        ', ',
      );
    }
  }
}

const statusAndCode = ({ status, reason }: Manifest): string => `${status} ${reason.code}`;

function namesOf([what, of]: readonly [string, readonly Manifest[]]): string {
  return `${what}: ${listed(of.map(({ partition, runId }) => partition ?? runId).toSorted())}`;
}
