import { endingOf, type ReasonCode } from '../../contracts/run/endings';

/** What a run's ending says about the dependency that its dataset's circuit guards. */
export type Verdict =
  /** It let the run down. */
  | 'failed'
  /** It did its part, whatever was wrong with what it gave: data faults never open a circuit. */
  | 'answered'
  /** It was never asked. */
  | 'untried'
  /** The run died, or something else failed, before anybody could tell. */
  | 'unknown';

/** Endings that only a run has which was answered: by a listing, by objects, or by records. */
const ANSWERED: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'COMPLETE',
  'WITHIN_TOLERANCE',
  'EMPTY_AS_DECLARED',
  'PUBLISHED_BY_ANOTHER_RUN',
  'SOURCE_ARCHIVED',
  'SOURCE_PREFIX_NOT_FOUND',
  'SOURCE_EMPTY',
  'SOURCE_NOT_AS_PUBLISHED',
  'SOURCE_STILL_ARRIVING',
  'SOURCE_CORRUPT',
  'SOURCE_CHANGING',
  'OBJECT_TOO_LARGE',
  'SCHEMA_MISMATCH',
  'ALL_RECORDS_REJECTED',
  'TOO_MANY_REJECTED',
  'RULE_SUDDENLY_STRICT',
  'QUALITY_GATE_FAILED',
  'RECORDS_UNACCOUNTED',
  'DEFINITION_FAULT',
]);

/** Endings that a run has before it asks anybody. */
const UNTRIED: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'NEVER_STARTED',
  'ALREADY_PUBLISHED',
  'ALREADY_RUNNING',
  'CIRCUIT_OPEN',
  'UPSTREAM_MISSING',
  'UNKNOWN_DATASET',
  'INVALID_INPUT',
  'PARTITION_NOT_OVER',
  'NOT_EXPECTED',
]);

/** Endings of CheckDependencies, which comes before the source is asked. */
const ELSEWHERE: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'DEPENDENCY_UNAVAILABLE',
  'DEPENDENCY_FAULT',
  'DEPENDENCY_EMPTY',
]);

/** What a dataset's circuit guards: its runs, its source, or one of the dependencies that it declares and CheckDependencies asks before the source. */
export type Guarded =
  /** The dataset's runs themselves: `circuit.counts: 'all'`. */
  | { readonly kind: 'job' }
  | { readonly kind: 'source' }
  /** `named`: whether the ending names that dependency. */
  | { readonly kind: 'declared'; readonly named: boolean };

/** The verdict of an ending on what the circuit guards; what else the dataset depends on does not count against that. */
export function verdictOf(code: ReasonCode, guarded: Guarded): Verdict {
  if (guarded.kind === 'job') return verdictOnJob(code);
  if (ELSEWHERE.has(code)) {
    if (guarded.kind === 'source' || !guarded.named) return 'untried';
    return endingOf(code).circuit ? 'failed' : 'answered';
  }
  const ofSource = verdictOnSource(code);
  // Whoever came as far as the source was answered before.
  return guarded.kind === 'declared' && ofSource === 'failed' ? 'answered' : ofSource;
}

/** Failures that are nobody's but the operator's who stopped the run or deployed in its midst. */
const NOT_THE_JOBS: ReadonlySet<ReasonCode> = new Set<ReasonCode>(['STOPPED_BY_OPERATOR', 'DEFINITION_CHANGED']);

/** Whatever it is that keeps a run from publishing counts. */
function verdictOnJob(code: ReasonCode): Verdict {
  if (UNTRIED.has(code) || code === 'PUBLISHED_BY_ANOTHER_RUN') return 'untried';
  if (NOT_THE_JOBS.has(code)) return 'unknown';
  return endingOf(code).succeeds ? 'answered' : 'failed';
}

/**
 * Whether a run that ended so ran into what opens a dataset's circuit, or was kept back by it: then it is run again when the circuit closes.
 */
export function isLeftByCircuit(code: ReasonCode, counts: 'source' | 'all'): boolean {
  if (code === 'CIRCUIT_OPEN') return true;
  return counts === 'all' ? verdictOnJob(code) === 'failed' : endingOf(code).circuit;
}

function verdictOnSource(code: ReasonCode): Verdict {
  if (endingOf(code).circuit) return 'failed';
  if (ANSWERED.has(code)) return 'answered';
  return UNTRIED.has(code) ? 'untried' : 'unknown';
}
