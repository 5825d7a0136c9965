import {
  endings,
  endingOf,
  isReasonCode,
  REASON_CODES,
  RUN_STATUSES,
  type Ending,
} from '../../../../core/contracts/run/endings';
import {
  RETRYABLE_ERROR_NAMES,
  FINAL_ERROR_NAMES,
  reasonOfError,
  THROWN_CODES,
} from '../../../../core/contracts/errors';

const rows = Object.entries(endings) as [keyof typeof endings, Ending][];

/** Codes that manifests of every release may have (`docs/design.md` §3): none goes away. */
const DESIGNED =
  `COMPLETE WITHIN_TOLERANCE EMPTY_AS_DECLARED NEVER_STARTED ALREADY_PUBLISHED PUBLISHED_BY_ANOTHER_RUN ALREADY_RUNNING
  CIRCUIT_OPEN UPSTREAM_MISSING UNKNOWN_DATASET INVALID_INPUT PARTITION_NOT_OVER NOT_EXPECTED SOURCE_BUCKET_NOT_FOUND
  SOURCE_ACCESS_DENIED SOURCE_KEY_DENIED SOURCE_PREFIX_NOT_FOUND SOURCE_EMPTY SOURCE_STILL_ARRIVING SOURCE_CORRUPT SOURCE_UNAVAILABLE
  OBJECT_TOO_LARGE SCHEMA_MISMATCH DEPENDENCY_UNAVAILABLE ALL_RECORDS_REJECTED TOO_MANY_REJECTED TOO_MANY_BATCHES_FAILED
  QUALITY_GATE_FAILED RECORDS_UNACCOUNTED DEFINITION_CHANGED OUT_OF_MEMORY STEP_TIMED_OUT TIME_LIMIT STOPPED_BY_OPERATOR
  INTERNAL_ERROR`.split(/\s+/);

describe('the table of endings', () => {
  it('has a row for every reason that the design names', () => {
    expect(DESIGNED.filter((code) => !isReasonCode(code))).toEqual([]);
  });

  it('uses every status of a run, and no other', () => {
    expect(new Set(rows.map(([, row]) => row.status))).toEqual(new Set(RUN_STATUSES));
  });

  it.each(rows)('%s has one whole sentence, and a hint wherever something did not go as it should', (_code, row) => {
    expect(row.sentence).toMatch(/^[A-Z].{10,}\.$/);
    const fine = row.status === 'PUBLISHED' || row.status === 'NO_DATA';
    expect(row.hint).toMatch(fine ? /^$/ : /^[A-Z].{10,}[.}]$/);
  });

  it.each(rows)('%s: the execution succeeds exactly when it published or rightly did nothing', (_code, row) => {
    expect(row.succeeds).toBe(['PUBLISHED', 'PARTIAL', 'NO_DATA', 'SKIPPED'].includes(row.status));
  });

  it.each(rows)('%s: every ending that fails is told under "changes"', (_code, row) => {
    expect(row.toldUnderChanges || row.succeeds).toBe(true);
  });

  it('leaves nothing missing for a partition that is published already, for one that is not expected, and for an unknown dataset', () => {
    const notMissing = rows.filter(([, row]) => !row.missing).map(([code]) => code);
    expect(notMissing.toSorted()).toEqual(
      [
        'ALREADY_PUBLISHED',
        'COMPLETE',
        'EMPTY_AS_DECLARED',
        'NOT_EXPECTED',
        'UNKNOWN_DATASET',
        'WITHIN_TOLERANCE',
      ].toSorted(),
    );
  });

  it('counts faults of reaching a dependency against the circuit, and never faults of the data', () => {
    const counted = rows.filter(([, row]) => row.circuit).map(([code]) => code);
    expect(counted.toSorted()).toEqual(
      [
        'DEPENDENCY_UNAVAILABLE',
        'SOURCE_ACCESS_DENIED',
        'SOURCE_BUCKET_NOT_FOUND',
        'SOURCE_KEY_DENIED',
        'SOURCE_UNAVAILABLE',
      ].toSorted(),
    );
  });

  // Exactly these: what else ends a run is the same again some minutes later, or a person wanted it so.
  it('calls temporary what the sweep starts again, and nothing that succeeds or is left to a circuit', () => {
    const temporary = rows.filter(([, row]) => row.temporary).map(([code]) => code);
    expect(temporary.toSorted()).toEqual([
      'DEPENDENCY_UNAVAILABLE',
      'PLATFORM_UNAVAILABLE',
      'SOURCE_CHANGING',
      'SOURCE_UNAVAILABLE',
      'STEP_TIMED_OUT',
      'TIME_LIMIT',
    ]);
  });

  it('gives different hints to the four ways in which a source can hold nothing', () => {
    const codes = [
      'SOURCE_BUCKET_NOT_FOUND',
      'SOURCE_ACCESS_DENIED',
      'SOURCE_PREFIX_NOT_FOUND',
      'SOURCE_EMPTY',
    ] as const;
    expect(new Set(codes.map((code) => endingOf(code).hint)).size).toBe(4);
  });

  it('does not take names that every object has for reason codes', () => {
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty', ''])
      expect(isReasonCode(name)).toBe(false);
    expect(REASON_CODES).toHaveLength(rows.length);
  });

  it('is reached by every error that a step throws, and an unknown error is INTERNAL_ERROR', () => {
    for (const name of [...RETRYABLE_ERROR_NAMES, ...FINAL_ERROR_NAMES])
      expect(THROWN_CODES.has(reasonOfError(name))).toBe(true);
    expect(reasonOfError('TypeError')).toBe('INTERNAL_ERROR');
    expect(reasonOfError('toString')).toBe('INTERNAL_ERROR');
  });
});
