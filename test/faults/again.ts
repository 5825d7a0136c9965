import type { World } from '../../local/world';
import type { Injection } from './case';
import { keysOf, type SeenRecord } from './observe';

/*
 * What is started again: every dataset of these tests wants one try, fifteen minutes after an ending that is likely to pass. Written down
 * here and not taken from the product.
 */

/** A case of either machine, as far as tries depend on it. */
interface AnyInjected {
  readonly injections: readonly Injection[];
}

/** Endings after which the same run may well succeed. */
const TEMPORARY: ReadonlySet<string> = new Set([
  'SOURCE_UNAVAILABLE',
  'SOURCE_CHANGING',
  'DEPENDENCY_UNAVAILABLE',
  'PLATFORM_UNAVAILABLE',
  'STEP_TIMED_OUT',
  'TIME_LIMIT',
]);

export const isTry = (runId: string): boolean => runId.startsWith('again-1-');

/**
 * How a try may end: as the run before it, where what strikes strikes again, or as a run that nothing strikes; or
 * another run was faster.
 */
export function tryCodes(allowed: ReadonlySet<string>, base: string): ReadonlySet<string> {
  return new Set([...allowed, base, 'ALREADY_PUBLISHED', 'ALREADY_RUNNING']);
}

/** Whether the sweep still has a try before it. After a deployment the dataset may be gone, or ask for another hour. */
export function awaitsTry(world: World, one: AnyInjected): boolean {
  return !isChanged(one) && keysOf(world, 'restarts/').length > 0;
}

/** What is wrong with a partition at the end of a case as far as tries go; undefined where nothing is. */
export function untried(of: string, record: SeenRecord, one: AnyInjected): string | undefined {
  const last = record['last'] as { readonly ending: { readonly code: string }; readonly again?: number } | null;
  if (isChanged(one) || record['publication'] || !last || !TEMPORARY.has(last.ending.code)) return undefined;
  return last.again === 1 ? undefined : `${of} ended ${last.ending.code} and was not started again`;
}

const isChanged = ({ injections }: AnyInjected): boolean => injections.some(({ kind }) => kind === 'deploy');
