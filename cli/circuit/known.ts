import type { Circuit } from '../../core/contracts/run/circuit';
import { CLOSED_CIRCUIT } from '../../core/contracts/run/circuit';
import { guardedBy } from '../../core/contracts/dataset/circuit-options';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys, parseKey } from '../../core/contracts/keys';
import { lookAtCircuit } from '../../core/runtime/ledger/circuit-record';
import { valueOrNone } from '../../core/runtime/store/reading';
import type { Registry } from '../../core/runtime/step/dataset-registry';
import type { Store } from '../../core/runtime/store/store';
import { UsageError } from '../backfill/usage-error';
import { describeProblem } from '../../core/contracts/problems';

/** A dependency that is guarded, or that has a record from when it was. */
export interface Known {
  readonly dependency: string;
  readonly circuit: Circuit;
  readonly datasets: readonly Dataset[];
  /** Why its record cannot be read, where that is so. */
  readonly unreadable?: string | undefined;
}

/** Every dependency that a dataset names, or that has a record in the ledger, in the order of their names. */
export async function knownCircuits(ledger: Store, datasets: Registry): Promise<Known[]> {
  const guarded = guardedBy(datasets.values());
  const names = new Set(guarded.keys());
  for await (const { key } of ledger.list(keys.circuitsArea)) {
    const parsed = parseKey(key);
    if (parsed?.kind === 'circuit') names.add(parsed.dependency);
  }
  return Promise.all(
    [...names].toSorted().map(async (dependency) => {
      const reading = await lookAtCircuit(ledger, dependency);
      return {
        dependency,
        circuit: valueOrNone(reading) ?? CLOSED_CIRCUIT,
        datasets: guarded.get(dependency) ?? [],
        unreadable: reading.kind === 'unreadable' ? reading.why : undefined,
      };
    }),
  );
}

/**
 * The one that is meant, to be changed.
 * @throws UsageError naming those that there are, or saying that its record cannot be read
 */
export function pickReadable(known: readonly Known[], dependency: string): Known {
  const found = pick(known, dependency);
  if (found.unreadable === undefined) return found;
  throw new UsageError(`${found.unreadable}. The sweep lets it begin anew, closed, within ten minutes: wait for that`);
}

/**
 * The one that is meant.
 * @throws UsageError naming those that there are
 */
export function pick(known: readonly Known[], dependency: string): Known {
  const found = known.find((one) => one.dependency === dependency);
  if (found !== undefined) return found;
  const names = known.map((one) => one.dependency).join(', ') || 'none: every dataset has circuit.enabled: false';
  throw new UsageError(describeProblem({ field: 'dependency', value: dependency, expected: `one of ${names}` }));
}
