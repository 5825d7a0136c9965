import type { Actor } from '../points';
import { nameOf, type Injection, type LedgerState, type Route, type SlackState } from '../case';

/** Name of the backfill under test. */
export const BACKFILL = 'the-backfill';

/**
 * What is missing when a backfill begins, and what it is asked for: `plain` and `split` were never started and are on record so, `shaped` is
 * published. `split` cannot be recovered, because its source is damaged.
 */
export const stories = {
  recovers: { input: { dataset: 'plain' }, planned: ['plain'], status: 'RECOVERED' },
  mixed: { input: { trigger: 'schedule' }, planned: ['plain', 'split'], status: 'STILL_MISSING' },
  nothing: {
    input: { dataset: 'shaped', start: '2026-01-20', end: '2026-01-20' },
    planned: [],
    status: 'NOTHING_MISSING',
  },
  allFail: {
    input: { dataset: 'split', start: '2026-01-20', end: '2026-01-20' },
    planned: ['split'],
    status: 'STILL_MISSING',
  },
  badRange: { input: { dataset: 'plain', start: '2026-01-21', end: '2026-01-20' }, planned: [], status: 'FAILED' },
} as const;
export type StoryName = keyof typeof stories;

/** One line of the matrix of the Backfill machine. */
export interface BackfillCase {
  readonly id: string;
  readonly family: `backfill-${'surroundings' | 'task' | 'cut' | 'request' | 'net' | 'child'}`;
  readonly situation: StoryName;
  readonly injections: readonly Injection[];
  /** Whom they strike: the backfill, or its run of `plain`. */
  readonly target: 'backfill' | 'child';
  readonly route: Route;
  readonly slack: SlackState;
  readonly ledger: LedgerState;
  readonly turn: number;
}

export const AWAY_FROM: readonly Actor[] = ['RecordRun', 'PlanBackfill', 'SummarizeBackfill'];

export function idOf({ family, injections, situation, route, slack, ledger }: Omit<BackfillCase, 'id'>): string {
  const what = injections.length === 0 ? ['nothing'] : injections.map(nameOf);
  return [family, ...what, situation, `event-${route}`, `slack-${slack}`, `s3-${ledger}`].join('/');
}
