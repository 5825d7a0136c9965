import {
  CLOSED_CIRCUIT,
  circuitSchema,
  type Circuit,
  type CircuitNotice,
  type ClaimedCircuit,
  type Probe,
} from '../../contracts/run/circuit';
import { dependencyOf } from '../../contracts/dataset/circuit-options';
import type { Dataset } from '../../contracts/dataset/dataset';
import { InternalError, LedgerContention } from '../../contracts/errors';
import { keys } from '../../contracts/keys';
import { carryOver } from '../../domain/carry-over';
import {
  afterRun,
  decideEntry,
  leaveToAnother,
  rebuilt,
  type Entrant,
  type RunReport,
} from '../../domain/run/circuit-decisions';
import { unlessRetryable } from '../aws/unless-retryable';
import type { Logger } from '../aws/logger';
import { foundOrThrow, type Reading, type Stored, type Unreadable } from '../store/reading';
import type { Store } from '../store/store';

/**
 * The circuit breaker over S3: each function reads the circuit's record, decides (`domain/run/circuit-decisions.ts`), and swaps. A swap that fails was
 * beaten by another run or was our own with its response lost; reading and deciding again tells the two apart.
 */

/** A circuit has as many writers as runs end or are skipped at a time: a backfill's, and those of every dataset that shares it. */
const MAX_TRIES = 30;

/** The record of a circuit with its ETag: found, absent while the dependency has never failed, or unreadable. */
export function lookAtCircuit(ledger: Store, dependency: string): Promise<Reading<Circuit>> {
  return ledger.read(keys.circuit(dependency), circuitSchema);
}

/**
 * The record of a circuit with its ETag; undefined while the dependency has never failed.
 * @throws InternalError when it is unreadable: the next sweep rebuilds it
 */
export async function readCircuit(ledger: Store, dependency: string): Promise<Stored<Circuit> | undefined> {
  return foundOrThrow(await lookAtCircuit(ledger, dependency));
}

/**
 * Lets a circuit whose record is unreadable begin anew, closed, with a notice to be posted; by If-Match on what was read. A circuit only
 * spares a dependency some calls: it may be lost.
 */
export async function rebuildCircuit(
  ledger: Store,
  dependency: string,
  { etag, why }: Unreadable,
  now: Date,
): Promise<void> {
  const key = keys.circuit(dependency);
  const earlier = await ledger.newestReadable(key, circuitSchema, true);
  const before = earlier.kind === 'found' ? earlier : undefined;
  const next = rebuilt(before?.value, dependency, why, now);
  // Another run was faster and has written one that can be read.
  await ledger.putJson(key, before === undefined ? next : carryOver(before, next), { etag });
}

/**
 * Swaps a circuit's record for what `decide` makes of it, and gives what stands then; writes nothing where nothing changes.
 * @throws LedgerContention when the swap is lost too often
 */
export async function swapCircuit(
  ledger: Store,
  dependency: string,
  decide: (circuit: Circuit) => Circuit | Promise<Circuit>,
): Promise<Circuit> {
  const key = keys.circuit(dependency);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const stored = await readCircuit(ledger, dependency);
    const before = stored?.value ?? CLOSED_CIRCUIT;
    const next = await decide(before);
    if (next === before) return before;
    const swapped =
      stored === undefined ? ledger.putJson(key, next, { absent: true }) : ledger.swapJson(key, stored, next);
    if ((await swapped) !== undefined) return next;
  }
  throw new LedgerContention(`${key}: lost ${MAX_TRIES} compare-and-swaps in a row`, { details: { key } });
}

export type Entry =
  | {
      readonly entered: true;
      /** Absent: no circuit guards the dataset, or its record is unreadable. */
      readonly circuit?: ClaimedCircuit;
      /** Why the source may not be asked, only the fallback. */
      readonly primaryRefused?: string;
    }
  | { readonly entered: false; readonly detail: string };

interface EntryContext {
  readonly ledger: Store;
  readonly logger: Pick<Logger, 'error'>;
  readonly now: Date;
  readonly isRunning: (probe: Probe) => Promise<boolean>;
  /** Whether the run would try the dependency soon, and so may be the probe. Asked only where it would become it. */
  readonly mayProbe?: () => Promise<boolean>;
}

/**
 * Whether a run may work on a partition of a dataset, as far as the circuit of what it depends on is concerned. Makes it the probe where
 * it is the first after the cool-down. Asking again gives a probe the same answer.
 *
 * A record that is unreadable does not keep data from being processed: the sweep complains of it.
 * @throws RollcallError, retryable, when the ledger or Step Functions does not answer
 */
export async function enterCircuit(context: EntryContext, dataset: Dataset, me: Entrant): Promise<Entry> {
  const dependency = dependencyOf(dataset);
  if (dependency === undefined) return { entered: true };
  const of = { dependency, limits: dataset.circuit };
  let entry: Entry = { entered: true };
  const ask = async () => {
    await swapCircuit(context.ledger, dependency, async (circuit) => {
      let decision = decideEntry(circuit, me, of, context.now, undefined);
      if (decision.kind === 'ask') {
        decision = decideEntry(circuit, me, of, context.now, await context.isRunning(decision.probe));
      }
      if (decision.kind === 'ask') throw new InternalError('the probe was asked for twice');
      const wouldProbe = decision.kind === 'enter' && decision.probe && circuit.probe === null;
      if (wouldProbe && (await context.mayProbe?.()) === false) decision = leaveToAnother(circuit, me, of);
      entry =
        decision.kind === 'refuse'
          ? { entered: false, detail: decision.detail }
          : { entered: true, circuit: { dependency, generation: decision.generation, probe: decision.probe } };
      return decision.next;
    });
    return entry;
  };
  return unlessRetryable(ask, (error): Entry => {
    context.logger.error('the circuit could not be read: the run goes on without', { dependency, error });
    return { entered: true };
  });
}

/** What a run's ending came to at its circuit. */
export interface Reported {
  /** What the run brought about, whichever of its recorders asks. */
  readonly notices: readonly CircuitNotice[];
  /** Until when the circuit is open now; null where it is closed. */
  readonly openUntil: string | null;
}

/**
 * Tells the circuit how a run ended. Idempotent by run.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function reportToCircuit(
  { ledger, logger, now }: Pick<EntryContext, 'ledger' | 'logger' | 'now'>,
  dataset: Dataset,
  dependency: string,
  run: RunReport,
): Promise<Reported> {
  const report = async (): Promise<Reported> => {
    const of = { dependency, limits: dataset.circuit };
    const { notices, openUntil } = await swapCircuit(ledger, dependency, (circuit) => afterRun(circuit, run, of, now));
    return { notices: notices.filter(({ runId }) => runId === run.runId), openUntil };
  };
  return unlessRetryable(report, (error): Reported => {
    // Its ending goes on record all the same.
    logger.error('the circuit could not be told of a run', { dependency, runId: run.runId, error });
    return { notices: [], openUntil: null };
  });
}
