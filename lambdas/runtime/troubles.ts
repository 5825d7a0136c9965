import type { Dataset } from '../contracts/dataset';
import { InternalError, LedgerContention } from '../contracts/errors';
import { keys } from '../contracts/keys';
import { describeProblems, problemsOf } from '../contracts/problems';
import { noTroubles, troublesSchema, type Telling, type Troubles } from '../contracts/troubles';
import type { EndedRun } from '../domain/ended-run';
import { decideTelling } from '../domain/troubles';
import { isTold } from '../domain/telling';
import { classify } from './classify';
import type { Logger } from './logger';
import type { Store } from './store';

/**
 * The troubles of a dataset over S3: each function reads the record, decides (`domain/troubles.ts`), and swaps. A swap that fails was
 * beaten by somebody else or was our own with its response lost; reading and deciding again tells the two apart.
 */

/** A dataset has as many writers as runs of it end at a time: after an outage those of a sweep, and of its starts. */
const MAX_TRIES = 30;

export interface TroublesContext {
  readonly ledger: Store;
  readonly logger: Pick<Logger, 'error'>;
}

interface StoredTroubles {
  readonly value: Troubles;
  /** Undefined where there is none yet. */
  readonly etag: string | undefined;
}

/**
 * The record of a dataset. One that cannot be read counts as empty and is written anew by the next change: it may be lost.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function readTroubles({ ledger, logger }: TroublesContext, dataset: string): Promise<StoredTroubles> {
  const key = keys.troubles(dataset);
  const found = await ledger.getText(key);
  if (found === undefined) return { value: noTroubles(dataset), etag: undefined };
  const value = parse(found.text);
  if (value instanceof Error) {
    logger.error('the troubles of a dataset cannot be read, and are begun anew', { key, error: value });
    return { value: noTroubles(dataset), etag: found.etag };
  }
  return { value, etag: found.etag };
}

function parse(text: string): Troubles | Error {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return new InternalError('not JSON', { cause: error });
  }
  const parsed = troublesSchema.safeParse(json, { reportInput: true });
  return parsed.success ? parsed.data : new InternalError(describeProblems(problemsOf(parsed.error)));
}

/**
 * Swaps the record of a dataset for what `decide` makes of it, and gives what stands then; writes nothing where nothing changes.
 * @throws LedgerContention when the swap is lost too often
 */
export async function swapTroubles(
  context: TroublesContext,
  dataset: string,
  decide: (troubles: Troubles, isNew: boolean) => Troubles,
): Promise<Troubles> {
  const key = keys.troubles(dataset);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { value, etag } = await readTroubles(context, dataset);
    const next = decide(value, etag === undefined);
    if (next === value) return value;
    const condition = etag === undefined ? ({ absent: true } as const) : { etag };
    if ((await context.ledger.putJson(key, next, condition)) !== undefined) return next;
  }
  throw new LedgerContention(`${key}: lost ${MAX_TRIES} compare-and-swaps in a row`, { details: { key } });
}

/** How an ending is told. */
export interface Told {
  readonly telling: Telling;
  /** Whether nothing was remembered of the dataset: it never failed, or did so before anybody remembered. */
  readonly isNew: boolean;
}

/**
 * Decides how a run's ending is told, and remembers it. Idempotent by run. Where that is not possible it is told as if nothing had come
 * before it: nothing keeps an ending from being recorded and told.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function tellingOf(
  context: TroublesContext,
  definition: Dataset,
  run: EndedRun,
  now: Date,
): Promise<Told> {
  let told: Told = {
    telling: { how: isTold(run, definition.notify.when, undefined) ? 'whole' : 'silent' },
    isNew: false,
  };
  try {
    await swapTroubles(context, definition.name, (troubles, isNew) => {
      const { telling, next } = decideTelling(troubles, run, definition, now);
      told = { telling, isNew };
      return next;
    });
    return told;
  } catch (error) {
    const known = classify(error);
    if (known.retryable) throw known;
    context.logger.error('the troubles of a dataset could not be written', { dataset: definition.name, error: known });
    return told;
  }
}
