import { endingOf, type ReasonCode } from '../contracts/endings';

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
  'OBJECT_TOO_LARGE',
  'SCHEMA_MISMATCH',
  'ALL_RECORDS_REJECTED',
  'TOO_MANY_REJECTED',
  'RULE_SUDDENLY_STRICT',
  'QUALITY_GATE_FAILED',
  'RECORDS_UNACCOUNTED',
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

/**
 * The verdict of an ending. `named`: whether the dataset names what its circuit guards; otherwise that is the source, and what else it
 * depends on does not count against it.
 */
export function verdictOf(code: ReasonCode, { named }: { readonly named: boolean }): Verdict {
  if (ELSEWHERE.has(code) && !named) return 'untried';
  if (endingOf(code).circuit) return 'failed';
  if (ANSWERED.has(code)) return 'answered';
  return UNTRIED.has(code) ? 'untried' : 'unknown';
}
