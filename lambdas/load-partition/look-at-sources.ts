import type { Dataset } from '../../core/contracts/dataset/dataset';
import { endings, type ReasonCode } from '../../core/contracts/run/endings';
import { CircuitOpen, withMore, type RollcallError } from '../../core/contracts/errors';
import type { SourceSummary } from '../../core/contracts/batch/plan';
import type { Run } from '../../core/contracts/run/steps';
import type { UsedUpstream } from '../../core/contracts/dataset/upstreams';
import { judgeArrival, where, type Found, type Look, type Verdict } from '../../core/domain/source/arrival';
import {
  forgoesFallback,
  judgeFallback,
  lackOf,
  ownerFieldOf,
  sourceOf,
  type FallbackVerdict,
} from '../../core/domain/source/judge-fallback';
import { classify } from '../../core/runtime/aws/classify';
import { unlessRetryable } from '../../core/runtime/aws/unless-retryable';
import { readRecord } from '../../core/runtime/ledger/partition-record';
import { SourceReader } from '../../core/runtime/step/source-reader';
import type { LoadContext } from './load-partition';

/** What a run works on: what was found, and where. */
export interface Chosen extends Pick<SourceSummary, 'kind' | 'insteadOf' | 'fallbackNotUsed'> {
  readonly found: Found;
}

/** What the looks at both sources come to, where they come to no ending. */
export type Looked =
  { readonly ready: true; readonly chosen: Chosen } | (Extract<Verdict, { kind: 'wait' }> & { readonly ready: false });

export interface LookOptions {
  readonly look: Look;
  /** The upstream publications that the run works on. */
  readonly upstreams: readonly UsedUpstream[];
  /** Retries of the step that went before. */
  readonly retryCount: number;
}

/** What the primary came to, with what a fallback goes by. */
type Primary =
  | { readonly kind: 'complete'; readonly found: Found }
  | Extract<Verdict, { kind: 'wait' }>
  | { readonly kind: 'ended'; readonly objects: number; readonly error: RollcallError };

/**
 * Looks at the primary source (unless its circuit is open) and, where that has nothing and the dataset declares one, at the fallback. "Has nothing" is final before
 * the fallback is asked: at the deadline for what may still arrive, after the last retry for what does not answer.
 * @throws the primary's error; where a fallback was asked, with what was wrong with that
 */
export async function lookAtSources(
  context: LoadContext,
  dataset: Dataset,
  run: Run,
  { look, upstreams, retryCount }: LookOptions,
): Promise<Looked> {
  // The same error once more would be tried again: its last chance has not come.
  const lastTry = retryCount >= dataset.retry.times;
  const primary = await lookAtPrimary(context, dataset, run, look);
  if (primary.kind === 'wait') return { ready: false, ...primary };
  const insteadOf = reasonOf(dataset, run, primary);
  if (insteadOf === undefined || (isRetried(primary) && !lastTry)) return settled(primary);

  const verdict = await lookAtFallback(context, dataset, run, {
    lastTry,
    upstreams,
    // A partition that may be empty need not be waited for, and when the circuit closes its backfill must not find this run at it.
    look: primary.kind === 'complete' || run.primaryRefused !== undefined ? { ...look, mayWait: false } : look,
  });
  const place = `the fallback ${where({ source: sourceOf(dataset, 'fallback') }, run.partition)}`;
  switch (verdict.kind) {
    case 'usable':
      context.logger.warn('the fallback is used', { insteadOf });
      return { ready: true, chosen: { kind: 'fallback', found: verdict.found, insteadOf } };
    case 'wait': {
      const waitingFor = `${verdict.waitingFor} in ${place}, because the primary is ${insteadOf.lack}: ${insteadOf.message}`;
      return { ready: false, kind: 'wait', resumeAt: verdict.resumeAt, waitingFor };
    }
    case 'unusable': {
      const notUsed = `${place} was not used: ${verdict.because}`;
      context.logger.warn('the fallback is not used', { insteadOf, because: verdict.because });
      return settled(primary, notUsed);
    }
  }
}

async function lookAtPrimary(context: LoadContext, dataset: Dataset, run: Run, look: Look): Promise<Primary> {
  if (run.primaryRefused !== undefined)
    return { kind: 'ended', objects: 0, error: new CircuitOpen(run.primaryRefused) };
  let found: Found;
  try {
    found = await new SourceReader(context.s3).list(dataset, run.partition);
  } catch (error) {
    return { kind: 'ended', objects: 0, error: classify(error) };
  }
  const verdict = judgeArrival(dataset, run.partition, found, look);
  switch (verdict.kind) {
    case 'complete':
      return { kind: 'complete', found };
    case 'wait':
      return verdict;
    case 'ended':
      return { ...verdict, objects: found.objects.length };
  }
}

const isRetried = (primary: Primary) => primary.kind === 'ended' && primary.error.retryable;

/** Why the fallback is asked, in the primary's words; undefined where it is not. */
function reasonOf(dataset: Dataset, run: Run, primary: Exclude<Primary, { kind: 'wait' }>): SourceSummary['insteadOf'] {
  if (dataset.fallback === undefined) return undefined;
  const of = (code: ReasonCode, objects: number, message: string) => {
    const lack = lackOf(code, objects);
    return lack !== undefined && dataset.fallback?.when.includes(lack) ? { lack, code, message } : undefined;
  };
  if (primary.kind === 'ended') return of(primary.error.code, primary.objects, primary.error.message);
  if (primary.found.objects.length > 0) return undefined;
  return of('EMPTY_AS_DECLARED', 0, `no object lies under ${where(dataset, run.partition)}`);
}

type FallbackLook = Exclude<FallbackVerdict, { kind: 'usable' }> | { readonly kind: 'usable'; readonly found: Found };

/** An error of the fallback is a reason not to use it; a passing one is tried again first. */
async function lookAtFallback(
  context: LoadContext,
  dataset: Dataset,
  run: Run,
  { lastTry, upstreams, look }: Pick<LookOptions, 'upstreams' | 'look'> & { readonly lastTry: boolean },
): Promise<FallbackLook> {
  const forgone = forgoesFallback(run, (await readRecord(context.ledger, run))?.value, upstreams);
  if (forgone !== undefined) return { kind: 'unusable', because: forgone };
  const list = async () => {
    const source = sourceOf(dataset, 'fallback');
    const reader = new SourceReader(context.s3, ownerFieldOf('fallback'));
    return { found: await reader.list({ source, complete: dataset.complete }, run.partition) };
  };
  const listed = await unlessRetryable(
    list,
    ({ code, message }) => ({ because: `${endings[code].sentence} ${message}` }),
    { lastTry },
  );
  if ('because' in listed) return { kind: 'unusable', because: listed.because };
  const { found } = listed;
  const verdict = judgeFallback(dataset, run.partition, found, look);
  return verdict.kind === 'usable' ? { kind: 'usable', found } : verdict;
}

/** The primary's own outcome. @throws its error */
function settled(primary: Exclude<Primary, { kind: 'wait' }>, fallbackNotUsed?: string): Looked {
  const notUsed = fallbackNotUsed === undefined ? {} : { fallbackNotUsed };
  if (primary.kind === 'complete')
    return { ready: true, chosen: { kind: 'primary', found: primary.found, ...notUsed } };
  throw fallbackNotUsed === undefined ? primary.error : withMore(primary.error, fallbackNotUsed);
}
