import { errorNamed, errorTable, givenUp, isOwnErrorName, reasonOfError } from '../../../../core/contracts/errors';
import { endingOf, REASON_CODES, statuses, type Ending } from '../../../../core/contracts/run/endings';

/** The codes whose cell in a column is as wanted, in alphabetical order. */
const codes = (wanted: (row: Ending) => boolean) => REASON_CODES.filter((code) => wanted(endingOf(code))).toSorted();

/*
 * What the sets said that stood with their readers before there was a column for each: written down here once more, so that a cell that is
 * changed by mistake is noticed.
 */
describe('each column of the table of endings says what its set said', () => {
  it('publishes', () => {
    expect(codes((row) => row.publishes)).toEqual(['COMPLETE', 'EMPTY_AS_DECLARED', 'WITHIN_TOLERANCE']);
    expect(codes((row) => row.complete)).toEqual(['COMPLETE', 'EMPTY_AS_DECLARED']);
    const publishing = Object.entries(statuses).flatMap(([status, { publishes }]) => (publishes ? [status] : []));
    expect(publishing).toEqual(['PUBLISHED', 'PARTIAL', 'NO_DATA']);
  });

  it('whom the run asked last: the sets of the circuit', () => {
    expect(codes(({ reached }) => reached === 'nothing')).toEqual([
      'ALREADY_PUBLISHED',
      'ALREADY_RUNNING',
      'CIRCUIT_OPEN',
      'INVALID_INPUT',
      'NEVER_STARTED',
      'NOT_EXPECTED',
      'PARTITION_NOT_OVER',
      'UNKNOWN_DATASET',
      'UPSTREAM_MISSING',
    ]);
    expect(codes(({ reached }) => reached === 'dependencies')).toEqual([
      'DEPENDENCY_EMPTY',
      'DEPENDENCY_FAULT',
      'DEPENDENCY_UNAVAILABLE',
    ]);
    expect(codes(({ reached, circuit }) => reached === 'source' && !circuit)).toEqual([
      'ALL_RECORDS_REJECTED',
      'COMPLETE',
      'DEFINITION_FAULT',
      'EMPTY_AS_DECLARED',
      'OBJECT_TOO_LARGE',
      'PUBLISHED_BY_ANOTHER_RUN',
      'QUALITY_GATE_FAILED',
      'RECORDS_UNACCOUNTED',
      'RULE_SUDDENLY_STRICT',
      'SCHEMA_MISMATCH',
      'SOURCE_ARCHIVED',
      'SOURCE_CHANGING',
      'SOURCE_CORRUPT',
      'SOURCE_EMPTY',
      'SOURCE_IS_TABLE',
      'SOURCE_NOT_AS_PUBLISHED',
      'SOURCE_PREFIX_NOT_FOUND',
      'SOURCE_STILL_ARRIVING',
      'TOO_MANY_REJECTED',
      'WITHIN_TOLERANCE',
    ]);
    expect(codes(({ reached, circuit }) => reached === 'source' && circuit)).toEqual([
      'SOURCE_ACCESS_DENIED',
      'SOURCE_BUCKET_NOT_FOUND',
      'SOURCE_KEY_DENIED',
      'SOURCE_UNAVAILABLE',
    ]);
    // Only what was asked can have let the run down.
    expect(codes(({ reached, circuit }) => circuit && (reached === 'nothing' || reached === 'unknown'))).toEqual([]);
  });

  it('what it means to a circuit that guards the runs themselves', () => {
    expect(codes(({ job }) => job === 'untried')).toEqual([
      'ALREADY_PUBLISHED',
      'ALREADY_RUNNING',
      'CIRCUIT_OPEN',
      'INVALID_INPUT',
      'NEVER_STARTED',
      'NOT_EXPECTED',
      'PARTITION_NOT_OVER',
      'PUBLISHED_BY_ANOTHER_RUN',
      'UNKNOWN_DATASET',
      'UPSTREAM_MISSING',
    ]);
    expect(codes(({ job }) => job === 'unknown')).toEqual(['DEFINITION_CHANGED', 'STOPPED_BY_OPERATOR']);
    expect(codes(({ job, succeeds }) => job === 'answered' && !succeeds)).toEqual([]);
    expect(codes(({ job, succeeds }) => job === 'failed' && succeeds)).toEqual([]);
  });

  it('what it speaks for', () => {
    expect(codes(({ speaksFor }) => speaksFor === 'another-run')).toEqual([
      'ALREADY_PUBLISHED',
      'ALREADY_RUNNING',
      'PUBLISHED_BY_ANOTHER_RUN',
    ]);
    expect(codes(({ speaksFor }) => speaksFor !== 'partition')).toEqual([
      'ALREADY_PUBLISHED',
      'ALREADY_RUNNING',
      'NOT_EXPECTED',
      'PARTITION_NOT_OVER',
      'PUBLISHED_BY_ANOTHER_RUN',
    ]);
  });

  it('who follows the hint: of skips only two need a person, and what needs no one says so', () => {
    expect(codes(({ status, person }) => status === 'SKIPPED' && person === 'acts')).toEqual([
      'CIRCUIT_OPEN',
      'UPSTREAM_MISSING',
    ]);
    expect(codes(({ person }) => person === 'leaves it to another run')).toEqual([
      'ALREADY_PUBLISHED',
      'ALREADY_RUNNING',
      'PUBLISHED_BY_ANOTHER_RUN',
    ]);
    expect(codes(({ person }) => person === 'need not act')).toEqual([
      'COMPLETE',
      'DEFINITION_CHANGED',
      'EMPTY_AS_DECLARED',
    ]);
    expect(codes(({ person, hint }) => person === 'acts' && (hint === '' || hint.startsWith('Nothing to do')))).toEqual(
      [],
    );
    expect(
      codes(({ person, hint }) => person === 'need not act' && hint !== '' && !hint.startsWith('Nothing to do')),
    ).toEqual([]);
  });

  it('what the sweep waits for before it starts the partition again', () => {
    expect(codes((row) => row.awaitsUpstreams)).toEqual(['UPSTREAM_MISSING']);
    expect(codes((row) => row.awaitsUpstreams && row.temporary)).toEqual([]);
  });

  it('under which reason a backfill lists it', () => {
    const others = REASON_CODES.map((code) => [code, endingOf(code).missingAs] as const).filter(
      ([, missingAs]) => missingAs !== 'FAILED',
    );
    expect(Object.fromEntries(others)).toEqual({
      ALREADY_PUBLISHED: 'SKIPPED',
      ALREADY_RUNNING: 'SKIPPED',
      CIRCUIT_OPEN: 'CIRCUIT_OPEN',
      NEVER_STARTED: 'NEVER_STARTED',
      PUBLISHED_BY_ANOTHER_RUN: 'SKIPPED',
      STOPPED_BY_OPERATOR: 'ABORTED',
      TIME_LIMIT: 'TIMED_OUT',
      UPSTREAM_MISSING: 'UPSTREAM_MISSING',
    });
  });

  it('what a fallback takes the primary source for', () => {
    const lacking = REASON_CODES.map((code) => [code, endingOf(code).lack] as const).filter(
      ([, lack]) => lack !== null,
    );
    expect(Object.fromEntries(lacking)).toEqual({
      CIRCUIT_OPEN: 'unavailable',
      EMPTY_AS_DECLARED: 'empty',
      SOURCE_ACCESS_DENIED: 'unavailable',
      SOURCE_BUCKET_NOT_FOUND: 'missing',
      SOURCE_EMPTY: 'empty',
      SOURCE_PREFIX_NOT_FOUND: 'missing',
      SOURCE_STILL_ARRIVING: 'empty where it has no objects',
      SOURCE_UNAVAILABLE: 'unavailable',
    });
  });

  it('what is thrown where all failed batches came to it: an error of that very code', () => {
    const shared = REASON_CODES.flatMap((code) => {
      const { ofBatches } = endingOf(code);
      return ofBatches === null ? [] : [[code, ofBatches] as const];
    });
    expect(Object.fromEntries(shared)).toEqual({
      SOURCE_BUCKET_NOT_FOUND: 'SourceBucketNotFound',
      SOURCE_ACCESS_DENIED: 'SourceAccessDenied',
      SOURCE_KEY_DENIED: 'SourceKeyDenied',
      SOURCE_ARCHIVED: 'SourceArchived',
      SOURCE_CORRUPT: 'SourceCorrupt',
      SOURCE_UNAVAILABLE: 'SourceUnavailable',
      SOURCE_CHANGING: 'SourceChanging',
      PLATFORM_UNAVAILABLE: 'PlatformUnavailable',
      OBJECT_TOO_LARGE: 'ObjectTooLarge',
      SCHEMA_MISMATCH: 'SchemaMismatch',
      RECORDS_UNACCOUNTED: 'RecordsUnaccounted',
      DEFINITION_FAULT: 'DefinitionFault',
      DEFINITION_CHANGED: 'DefinitionChanged',
      OUT_OF_MEMORY: 'OutOfMemory',
      OUT_OF_MEMORY_ON_SMALL_INPUT: 'OutOfMemoryOnSmallInput',
      STEP_TIMED_OUT: 'StepTimedOut',
      INTERNAL_ERROR: 'InternalError',
    });
    for (const [code, name] of shared) expect([name, reasonOfError(name)]).toEqual([name, code]);
  });
});

it('has no row without one of its cells: it does not compile', () => {
  const { reached, ...without } = endingOf('COMPLETE');
  // @ts-expect-error `npm run build` fails where this compiles
  without satisfies Ending;
  expect({ ...without, reached } satisfies Ending).toEqual(endingOf('COMPLETE'));
});

describe('the table of errors', () => {
  const names = Object.keys(errorTable).filter(isOwnErrorName);

  it.each(names)('gives %s back from its name, with the cells of its row', (name) => {
    const error = errorNamed(name, 'what happened', { details: { object: 'a.csv' }, cause: 'below' });
    expect(error).toMatchObject({ name, message: 'what happened', details: { object: 'a.csv' }, cause: 'below' });
    expect(error).toMatchObject({ code: errorTable[name].code, retryable: errorTable[name].retryable });
    expect(error.constructor).toBe(errorNamed(name, '').constructor);
  });

  it('says what each becomes when it is given up', () => {
    const becomes = names.map((name) => [name, givenUp(errorNamed(name, '')).name] as const);
    expect(Object.fromEntries(becomes.filter(([name, last]) => name !== last))).toEqual({
      TransientError: 'SourceUnavailable',
      SourceChanged: 'SourceChanging',
      PlatformFault: 'PlatformUnavailable',
      DependencyUnavailable: 'DependencyDown',
      LedgerContention: 'InternalError',
    });
  });
});
