import type { Change } from './deployments';
import type { Actor, Point } from './points';
import type { SituationName } from './situations';

/** Names of the run under test and of the one that comes after it. */
export const RUN = 'the-run';
export const NEXT_RUN = 'next-run';
/** What the names of runs begin with that have nothing to do with what goes wrong. */
export const INNOCENT = 'innocent';

/** What a step's output is replaced by. */
export type Shape = 'large' | 'null' | 'empty' | 'text' | 'list' | 'wrong-types' | 'half';

/**
 * What happens at a request of a step:
 * - the process is killed before it takes effect, or after; its answer gets lost; it is refused once (500, or 409 for a write);
 * - the Lambda hangs there until its time-out, and what it asked for takes effect all the same;
 * - the execution is stopped (`abort`) or runs into its time limit (`limit`) there, or the state gives up (`orphan`), while the Lambda runs on:
 *   at once, half a minute later (after the event), or 25 minutes later (after two sweeps; by then Lambda has ended it, and only the request
 *   that was on its way takes effect).
 */
export type Act =
  | 'kill-before'
  | 'kill-after'
  | 'answer-lost'
  | 'error-500'
  | 'conflict-409'
  | 'hang'
  | 'abort-at-once'
  | 'abort-soon'
  | 'abort-late'
  | 'limit-at-once'
  | 'limit-soon'
  | 'limit-late'
  | 'orphan-soon'
  | 'orphan-late';

/** States that invoke nothing. */
export const PASSING_STATES = [
  'PartitionClaimed?',
  'ClaimFailed',
  'PartitionReady?',
  'WaitForPartition',
  'ForEachBatch',
  'BatchNeedsProcessing?',
  'BatchNotValidated',
  'BatchNotProcessed',
  'BatchDone',
  'DuplicatesAcross?',
  'OmitDuplicates',
  'RunOutcome?',
  'RunSucceeded',
  'RunFailed',
] as const;
export type PassingState = (typeof PASSING_STATES)[number];
/** The same of Backfill, with the state that starts its runs. */
export const BACKFILL_PASSING_STATES = [
  'AnyMissing?',
  'PlanFailed',
  'ForEachWave',
  'WaveReadable?',
  'ForEachPartition',
  'PartitionNamed?',
  'RunPartition',
  'PartitionEnded',
  'RunOutcome?',
  'RunSucceeded',
  'RunFailed',
] as const;
export type BackfillPassingState = (typeof BACKFILL_PASSING_STATES)[number];

export type Injection =
  | { readonly kind: 'throw'; readonly at: Actor; readonly error: string; readonly times: number }
  | { readonly kind: 'throttle'; readonly at: Actor; readonly times: number }
  /** The Lambda's own time-out, or the state's, with nothing done. */
  | { readonly kind: 'time-out'; readonly at: Actor; readonly of: 'lambda' | 'state' }
  | { readonly kind: 'kill'; readonly at: Actor }
  | { readonly kind: 'output'; readonly at: Actor; readonly shape: Shape }
  /** At entering the state, whatever its type; a Task's function is invoked all the same. */
  | { readonly kind: 'cut'; readonly at: Actor | PassingState | BackfillPassingState; readonly how: 'abort' | 'limit' }
  | { readonly kind: 'request'; readonly at: Actor; readonly point: Point; readonly act: Act }
  /** The app is deployed anew: when the state is entered, or, with a point, before that request of the actor. */
  | {
      readonly kind: 'deploy';
      readonly at: Actor | PassingState;
      readonly point?: Point;
      readonly change: Change;
    }
  /** Every document of a kind that is there becomes unreadable: at the same moments. */
  | {
      readonly kind: 'spoil';
      readonly at: Actor | PassingState;
      readonly point?: Point;
      readonly what: SpoiltName;
      readonly form: SpoiltForm;
    };

/** Documents that a case spoils, by what their keys match; in the ledger, but for the record of a batch. */
export const SPOILT = {
  record: /^partitions\//,
  plan: /^plans\/.*[0-9a-z-]+\.json$/,
  check: /\.check\.json$/,
  manifest: /^runs\/.*the-run\.json$/,
  pointer: /^outbox\//,
  executions: /^sweeps\/executions\.json$/,
  dataset: /^datasets\//,
  batch: /^data\/.*[0-9a-f]{32}\.json$/,
} as const;
export type SpoiltName = keyof typeof SPOILT;
/** How: cut off in the middle, emptied, overwritten with something else, or of a release that is to come. */
export const FORMS = ['truncated', 'empty', 'garbage', 'other-json', 'future'] as const;
export type SpoiltForm = (typeof FORMS)[number];

/** Whether status-change events arrive. */
export const ROUTES = ['delivered', 'lost', 'twice', 'late'] as const;
/** `together`: three times at once, so that three recorders work at the same time. */
export type Route = (typeof ROUTES)[number] | 'together';
/** `down`: 500 for an hour. `slow`: for half an hour posts are taken and answered only after a minute. */
export const SLACKS = ['fine', 'down', 'slow'] as const;
/**
 * Moods for the message of the run under test alone, whatever Slack makes of others: its blocks, or everything about it, are refused in
 * words of Slack's or an unknown one; it gets 500; its posts are taken and the answers lost, three times or five.
 */
export const ONE_MESSAGE_SLACKS = [
  'blocks-refused',
  'too-long',
  'no-such-user',
  'unknown-400',
  'error-for-it',
  'answers-lost-3',
  'answers-lost-5',
] as const;
export type SlackState = (typeof SLACKS)[number] | (typeof ONE_MESSAGE_SLACKS)[number];
/**
 * `refused`: one write to the ledger gets 409 or 500. `away`: S3 answers 500 for 30 seconds from the moment that a state is entered;
 * `gone`: for 20 minutes, which is longer than any retry.
 */
export const LEDGERS = ['fine', 'refused', 'away', 'gone'] as const;
export type LedgerState = (typeof LEDGERS)[number];

/** One line of the matrix. */
export interface Case {
  readonly id: string;
  readonly family:
    | 'task'
    | 'request'
    | 'cut'
    | 'net'
    | 'successor'
    | 'start'
    | 'surroundings'
    | 'deployment'
    | 'together'
    | 'mood'
    | 'unreadable';
  readonly situation: SituationName;
  readonly injections: readonly Injection[];
  readonly route: Route;
  readonly slack: SlackState;
  readonly ledger: LedgerState;
  /** Which write is refused, or at which state S3 goes away: chosen by the case's place in the matrix. */
  readonly turn: number;
  /** A second run is started so long after the first; undefined: none. */
  readonly successorAfterSeconds: number | undefined;
  /** How the run under test comes about: started, or not started, and the sweep sees it so many minutes after it should have begun. */
  readonly neverStarted: number | undefined;
  /** Whether runs of the other datasets end beside it, whose messages must not suffer. */
  readonly innocents?: boolean;
}

/** How an injection is written in a case's id. */
export function nameOf(injection: Injection): string {
  const { at } = injection;
  switch (injection.kind) {
    case 'throw':
      return `${at}:${injection.error}${times(injection.times)}`;
    case 'throttle':
      return `${at}:throttle${times(injection.times)}`;
    case 'time-out':
      return `${at}:${injection.of}-time-out`;
    case 'kill':
      return `${at}:kill`;
    case 'output':
      return `${at}:output-${injection.shape}`;
    case 'cut':
      return `${at}:${injection.how}`;
    case 'request':
      return `${at}@${injection.point.name}:${injection.act}`;
    case 'deploy':
      return `${at}${injection.point === undefined ? '' : `@${injection.point.name}`}:deploy-${injection.change}`;
    case 'spoil':
      return `${at}${injection.point === undefined ? '' : `@${injection.point.name}`}:${injection.what}-${injection.form}`;
  }
}

const times = (count: number) => (Number.isFinite(count) ? `-x${count}` : '');
