/**
 * Every way in which a run can end: one row per reason code, and so exactly one status per code.
 * `docs/design.md` §3. Messages, standing, debt, the circuit breaker and the state machine's last choice all read this table.
 */

export const RUN_STATUSES = [
  'PUBLISHED',
  'PARTIAL',
  'NO_DATA',
  'SKIPPED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
  'NEVER_STARTED',
] as const;
/** Final status of a run. */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** One row of the table. */
export interface Ending {
  readonly status: RunStatus;
  /** Whether the Step Functions execution ends SUCCEEDED (true) or FAILED (false). */
  readonly succeeds: boolean;
  /** Whether the partition is owed to the next backfill when this is its last ending and nothing is published. */
  readonly debt: boolean;
  /** Whether the ending counts as a failure of the dependency that the circuit breaker guards. Data faults never do. */
  readonly circuit: boolean;
  /** Whether the same run may well succeed some minutes later: then the sweep starts it again (`retry.minutes` of the dataset). */
  readonly temporary: boolean;
  /** Whether it is told under `notify.when: 'changes'`. */
  readonly toldUnderChanges: boolean;
  /** One sentence for people. */
  readonly sentence: string;
  /** What to do about it, where it is temporary when starting it again did not help; empty where there is nothing to do. */
  readonly hint: string;
}

function published(
  status: 'PUBLISHED' | 'PARTIAL' | 'NO_DATA',
  toldUnderChanges: boolean,
  sentence: string,
  hint: string,
): Ending {
  return { status, succeeds: true, debt: false, circuit: false, temporary: false, toldUnderChanges, sentence, hint };
}
function skipped(debt: boolean, toldUnderChanges: boolean, sentence: string, hint: string): Ending {
  return {
    status: 'SKIPPED',
    succeeds: true,
    debt,
    circuit: false,
    temporary: false,
    toldUnderChanges,
    sentence,
    hint,
  };
}
function failed(sentence: string, hint: string, of: { circuit?: boolean; debt?: boolean } = {}): Ending {
  return {
    status: 'FAILED',
    succeeds: false,
    debt: of.debt ?? true,
    circuit: of.circuit ?? false,
    temporary: false,
    toldUnderChanges: true,
    sentence,
    hint,
  };
}
/** As {@link failed}, for what is likely to be over by itself soon. */
function failedForNow(sentence: string, hint: string, of: { circuit?: boolean } = {}): Ending {
  return { ...failed(sentence, hint, of), temporary: true };
}

export const endings = {
  COMPLETE: published('PUBLISHED', false, 'Every record was accepted and published.', ''),
  WITHIN_TOLERANCE: published(
    'PARTIAL',
    true,
    'Published without the records or batches that failed, which is inside the declared tolerance.',
    'Look at the quarantined records and the failed objects; mend the source or the rules and reprocess the partition.',
  ),
  EMPTY_AS_DECLARED: published(
    'NO_DATA',
    false,
    'The source held no records, which the dataset declares to be normal.',
    '',
  ),
  NEVER_STARTED: {
    status: 'NEVER_STARTED',
    succeeds: false,
    debt: true,
    circuit: false,
    temporary: false,
    toldUnderChanges: true,
    sentence: 'No run was started for this partition before its deadline.',
    hint: "Check the dataset's EventBridge schedule (is it enabled? is its dead-letter queue empty?), then start the partition by hand or wait for the backfill.",
  },
  ALREADY_PUBLISHED: skipped(
    false,
    false,
    'The partition is published already, so nothing was done.',
    'Start it with "reprocess": true to replace what is published.',
  ),
  PUBLISHED_BY_ANOTHER_RUN: skipped(
    true,
    false,
    'Another run took the partition over while this one worked, so this run published nothing.',
    'Nothing to do: the other run has its own manifest.',
  ),
  ALREADY_RUNNING: skipped(
    true,
    false,
    'Another run holds the partition, so nothing was done.',
    'Wait for the run that holds it, or stop that execution and start again.',
  ),
  CIRCUIT_OPEN: skipped(
    true,
    // The message that the circuit opened, and the one of the recovery, speak for all that it keeps back.
    false,
    'The circuit of a dependency is open, so the source was not asked.',
    'The partition is recovered when the circuit closes. To try at once, reset the circuit.',
  ),
  UPSTREAM_MISSING: skipped(
    true,
    true,
    'An upstream partition was not published before the deadline.',
    'See to the upstream: as soon as it is published, this partition is started by itself.',
  ),
  UNKNOWN_DATASET: failed(
    'The input names a dataset that is not deployed.',
    'Check the spelling against datasets/, or deploy the dataset first.',
    { debt: false },
  ),
  INVALID_INPUT: failed(
    'The input of the execution is not valid.',
    'Start it with {"dataset": "<name>", "partition": "2026-01-20T05"}; the message names each field that is wrong.',
  ),
  PARTITION_NOT_OVER: failed(
    'The partition is not over yet.',
    'Wait until the hour (or day) has passed in UTC, then start it again.',
  ),
  NOT_EXPECTED: failed(
    "The partition is not one that the dataset's calendar asks for.",
    'Check firstPartition, lastPartition, weekdays, hours and pauses in the dataset definition.',
    { debt: false },
  ),
  SOURCE_BUCKET_NOT_FOUND: failed(
    'The source bucket does not exist.',
    'Check source.bucket in the dataset definition, and the region.',
    { circuit: true },
  ),
  SOURCE_ACCESS_DENIED: failed(
    'Access to the source bucket was denied.',
    "Allow s3:ListBucket and s3:GetObject to the LoadPartition and ValidateBatch roles in the bucket's policy, and check source.account.",
    { circuit: true },
  ),
  SOURCE_KEY_DENIED: failed(
    'The objects are encrypted with a KMS key that the run may not use.',
    'Allow kms:Decrypt to the ValidateBatch role in the key policy.',
    { circuit: true },
  ),
  SOURCE_ARCHIVED: failed(
    'An object of the source lies in an archive storage class.',
    'Have the named object restored, or its lifecycle rule archive it later than the late window; then run the partition again.',
  ),
  SOURCE_PREFIX_NOT_FOUND: failed(
    "Nothing at all lies under the dataset's root in the source bucket.",
    'Check source.prefix in the dataset definition against the real key layout: it looks like a wrong prefix, not like a missing hour.',
  ),
  SOURCE_EMPTY: failed(
    'The source has objects, but none that counts for this partition, which is a fault.',
    'Ask the owner of the source, and check source.suffix. If empty partitions are normal, declare empty: "normal".',
  ),
  SOURCE_NOT_AS_PUBLISHED: failed(
    'What is in quarantine was to be run again, but the source is not what it was when it was published.',
    'What is published stays. To take the source as it is now, start the partition with "reprocess": true.',
  ),
  SOURCE_STILL_ARRIVING: failed(
    'The source was still not complete at the deadline.',
    'Check the marker object, the number of objects or the settle time against what really arrives.',
  ),
  SOURCE_CORRUPT: failed(
    'An object of the source is damaged or is not what its format says.',
    'Have the named object delivered again; the backfill then recovers the partition.',
  ),
  SOURCE_UNAVAILABLE: failedForNow(
    'The source could not be reached after several attempts.',
    'Ask the owner of the source; the next backfill runs the partition again.',
    { circuit: true },
  ),
  SOURCE_CHANGING: failedForNow(
    'Objects of the source were replaced or removed while they were being read.',
    'Have complete.settleMinutes or a marker keep runs from starting too early; the next backfill runs the partition again.',
  ),
  OBJECT_TOO_LARGE: failed(
    'One object is larger than a batch may be, or the partition larger than a run.',
    'Have the source split it into smaller objects, or raise batchBytes and the size of /tmp for the app.',
  ),
  SCHEMA_MISMATCH: failed(
    'The columns of an object are not those of the dataset definition.',
    'Compare the columns named in the message; change the definition, or have the object delivered again.',
  ),
  DEPENDENCY_UNAVAILABLE: failedForNow(
    'A dependency that the dataset declares is unavailable.',
    'Check the dependency that the message names; the next backfill runs the partition again.',
    { circuit: true },
  ),
  DEPENDENCY_FAULT: failed(
    'A dependency refuses what the dataset declares of it, or answers something else.',
    'Compare the declaration with what the message names: access, certificate, query, types, expected status. It is not tried again by itself.',
  ),
  DEPENDENCY_EMPTY: failed(
    'A dependency answered with nothing, where the dataset requires an answer.',
    'Fill in what the message names (a row of settings, a secret, an object), then start the partition again or wait for the backfill.',
  ),
  ALL_RECORDS_REJECTED: failed(
    'Every record broke a rule: a rule is too strict, or the source has changed.',
    'Look at the samples of the rules below; mend the rule and run the partition again.',
  ),
  TOO_MANY_REJECTED: failed(
    'More records broke a rule than the tolerance allows.',
    'Look at the samples of the rules below; mend the source, the rule or the tolerance.',
  ),
  RULE_SUDDENLY_STRICT: failed(
    'A rule suddenly rejects far more records than it used to: it has become too strict, or the source has changed.',
    'Look at the samples of the rule below; mend the rule or the source and run the partition again. If it is meant to be so, set tolerance.suddenly.otherwise to "warn" until there is history again.',
  ),
  TOO_MANY_BATCHES_FAILED: failed(
    'More batches failed than the tolerance allows.',
    'Each failed object is named with its error; mend them and run the partition again.',
  ),
  QUALITY_GATE_FAILED: failed(
    'The partition is not what the dataset insists on: a rule that none may break, or an expectation on the whole.',
    'Compare the figures with what the message says was expected; mend the source, or the expectation, and run the partition again.',
  ),
  RECORDS_UNACCOUNTED: failed(
    'The records read do not add up to those accepted, quarantined and counted as duplicates.',
    'Nothing was published. Report it with the manifest: this is a fault in the engine, or a transform that drops or adds records without declaring it.',
  ),
  DEFINITION_FAULT: failed(
    "The dataset's own SQL or code failed on its records: a rule, or the transform.",
    'Change the rule or the transform that the message names, deploy, and run the partition again.',
  ),
  PLATFORM_UNAVAILABLE: failedForNow(
    'An AWS service that Rollcall itself runs on (its own buckets, Lambda, Step Functions) kept failing.',
    'Look at the AWS Health Dashboard, and at the quotas of Lambda where the error says TooManyRequests; the next backfill runs the partition again.',
  ),
  DEFINITION_CHANGED: failed(
    'The dataset definition or the code was deployed anew while the run was going.',
    'Nothing to do: start the partition again, or wait for the backfill.',
  ),
  OUT_OF_MEMORY: failed(
    'A step ran out of memory or of room in /tmp, or its process was killed, which most likely means the same.',
    'Raise engineMemoryMb or engineTmpMb, or lower batchBytes (cdk.json), or have the source write smaller objects.',
  ),
  OUT_OF_MEMORY_ON_SMALL_INPUT: failed(
    'A step ran out of memory, or its process was killed, although the objects that it worked on are small.',
    'Look at what the named object holds, and at what the rules and the transform make of it: it is not its size. More memory will hardly help.',
  ),
  STEP_TIMED_OUT: failedForNow(
    'A step ran into its time-out.',
    'Raise the time-out or the memory of the step, or have the source write smaller objects.',
  ),
  TIME_LIMIT: {
    status: 'TIMED_OUT',
    succeeds: false,
    debt: true,
    circuit: false,
    temporary: true,
    toldUnderChanges: true,
    sentence: 'The execution ran into its time limit.',
    hint: 'Look at the execution history for the step that took so long.',
  },
  STOPPED_BY_OPERATOR: {
    status: 'ABORTED',
    succeeds: false,
    debt: true,
    circuit: false,
    temporary: false,
    toldUnderChanges: true,
    sentence: 'Somebody stopped the execution.',
    hint: 'Start the partition again, or wait for the backfill.',
  },
  INTERNAL_ERROR: failed(
    'Rollcall itself failed in a way that it does not know.',
    'Read the error in the manifest and the logs of the step that it names.',
  ),
} as const satisfies Record<string, Ending>;

/** Why a run ended as it did. */
export type ReasonCode = keyof typeof endings;

export const REASON_CODES = Object.keys(endings) as [ReasonCode, ...ReasonCode[]];

/** The row of a reason code. */
export function endingOf(code: ReasonCode): Ending {
  return endings[code];
}

/** Whether `text` is a reason code of the table. */
export function isReasonCode(text: string): text is ReasonCode {
  return Object.hasOwn(endings, text);
}
