import type { Dataset } from '../../contracts/dataset/dataset';
import { LedgerContention } from '../../contracts/errors';
import { keys } from '../../contracts/keys';
import { noTroubles, troublesSchema, type Telling, type Troubles } from '../../contracts/run/troubles';
import type { EndedRun } from '../../domain/run/ended-run';
import { decideTelling } from '../../domain/run/decide-telling';
import { isTold } from '../../domain/messages/is-told';
import { unlessRetryable } from '../aws/unless-retryable';
import type { Logger } from '../aws/logger';
import { valueOrNone, type Reading } from '../store/reading';
import type { Store } from '../store/store';

/**
 * The troubles of a dataset over S3: each function reads the record, decides (`domain/run/decide-telling.ts`), and swaps. A swap that fails was
 * beaten by another recorder or was our own with its response lost; reading and deciding again tells the two apart.
 */

/** A dataset has as many writers as runs of it end at a time: after an outage those of a sweep, and of its starts. */
const MAX_TRIES = 30;

export interface TroublesContext {
  readonly ledger: Store;
  readonly logger: Pick<Logger, 'error'>;
}

/** Of what is remembered, each kind of ending is carried over by itself. */
const TROUBLES_MAPS = ['repeats'];

/**
 * Swaps the record of a dataset for what `decide` makes of it, and gives what stands then; writes nothing where nothing changes. One that
 * cannot be read counts as empty and is written anew: it may be lost.
 * @throws LedgerContention when the swap is lost too often
 */
export async function swapTroubles(
  { ledger, logger }: TroublesContext,
  dataset: string,
  decide: (troubles: Troubles, isNew: boolean) => Troubles,
): Promise<Troubles> {
  const key = keys.troubles(dataset);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const reading = await ledger.read(key, troublesSchema);
    if (reading.kind === 'unreadable')
      logger.error('the troubles of a dataset cannot be read, and are begun anew', { key, why: reading.why });
    const value = valueOrNone(reading) ?? noTroubles(dataset);
    const next = decide(value, reading.kind === 'absent');
    if (next === value) return value;
    if ((await swapIn(ledger, key, reading, next)) !== undefined) return next;
  }
  throw new LedgerContention(`${key}: lost ${MAX_TRIES} compare-and-swaps in a row`, { details: { key } });
}

function swapIn(ledger: Store, key: string, reading: Reading<Troubles>, next: Troubles): Promise<object | undefined> {
  switch (reading.kind) {
    case 'found':
      return ledger.swapJson(key, reading, next, TROUBLES_MAPS);
    case 'absent':
      return ledger.putJson(key, next, { absent: true });
    case 'unreadable':
      return ledger.putJson(key, next, { etag: reading.etag });
  }
}

/** How an ending is announced. */
export interface Told {
  readonly telling: Telling;
  /** Whether nothing was remembered of the dataset: it never failed, or did so before failures were remembered. */
  readonly isNew: boolean;
}

/**
 * Decides how a run's ending is announced, and remembers it. Idempotent by run. Where that is not possible it is announced as if nothing
 * had come before it: nothing keeps an ending from being recorded and told.
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
  const decide = () =>
    swapTroubles(context, definition.name, (troubles, isNew) => {
      const { telling, next } = decideTelling(troubles, run, definition, now);
      told = { telling, isNew };
      return next;
    });
  await unlessRetryable(decide, (error) => {
    context.logger.error('the troubles of a dataset could not be written', { dataset: definition.name, error });
  });
  return told;
}
