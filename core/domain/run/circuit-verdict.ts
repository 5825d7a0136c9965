import { endingOf, type ReasonCode, type Verdict } from '../../contracts/run/endings';

export type { Verdict };

/** What a dataset's circuit guards: its runs, its source, or one of the dependencies that it declares and CheckDependencies asks before the source. */
export type Guarded =
  /** The dataset's runs themselves: `circuit.counts: 'all'`. */
  | { readonly kind: 'job' }
  | { readonly kind: 'source' }
  /** `named`: whether the ending names that dependency. */
  | { readonly kind: 'declared'; readonly named: boolean };

/** The verdict of an ending on what the circuit guards; what else the dataset depends on does not count against that. */
export function verdictOf(code: ReasonCode, guarded: Guarded): Verdict {
  const { reached, circuit, job } = endingOf(code);
  if (guarded.kind === 'job') return job;
  switch (reached) {
    case 'nothing':
      return 'untried';
    case 'unknown':
      return 'unknown';
    case 'dependencies':
      // They come before the source is asked.
      if (guarded.kind === 'source' || !guarded.named) return 'untried';
      return circuit ? 'failed' : 'answered';
    case 'source':
      // A run that came as far as the source was answered before.
      return guarded.kind === 'source' && circuit ? 'failed' : 'answered';
  }
}

/**
 * Whether a run that ended so ran into what opens a dataset's circuit, or was kept back by it: then it is run again when the circuit closes.
 */
export function isLeftByCircuit(code: ReasonCode, counts: 'source' | 'all'): boolean {
  if (code === 'CIRCUIT_OPEN') return true;
  return counts === 'all' ? endingOf(code).job === 'failed' : endingOf(code).circuit;
}
