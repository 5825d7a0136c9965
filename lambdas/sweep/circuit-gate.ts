import { dependencyOf } from '../../core/contracts/dataset/circuit-options';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { lookAtCircuit } from '../../core/runtime/ledger/circuit-record';
import { valueOrNone } from '../../core/runtime/store/reading';
import type { SweepContext } from './sweep-context';

type CircuitState = 'closed' | 'to be tried' | 'open';

/**
 * Which datasets' circuits let a sweep start something again. An open one would refuse the run, and once it closes its recovery runs what
 * it kept back; but when its time is over one run may try, and for a dataset that comes once a day no other run would until tomorrow.
 */
export class CircuitGate {
  readonly #states = new Map<string, Promise<CircuitState>>();

  constructor(private readonly context: Pick<SweepContext, 'ledger' | 'at'>) {}

  /** Whether a run of the dataset may be started now. Of an open circuit that may be tried, the first who asks is let through. */
  async lets(dataset: Dataset): Promise<boolean> {
    const dependency = dependencyOf(dataset);
    if (dependency === undefined) return true;
    const known = this.#states.get(dependency);
    if (known !== undefined) return (await known) === 'closed';
    const state = this.#stateOf(dependency);
    this.#states.set(dependency, state);
    return (await state) !== 'open';
  }

  async #stateOf(dependency: string): Promise<CircuitState> {
    const { ledger, at } = this.context;
    // As at a claim: an unreadable record keeps no data back. The sweep of the circuits lets it begin anew, closed.
    const circuit = valueOrNone(await lookAtCircuit(ledger, dependency));
    // Closed just now: its recovery is about to be started, and comes to the same partitions.
    if (circuit === undefined || circuit.openUntil === null) return circuit?.recoveryOwed ? 'open' : 'closed';
    return circuit.probe === null && Date.parse(circuit.openUntil) <= at.getTime() ? 'to be tried' : 'open';
  }
}
