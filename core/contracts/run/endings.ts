import { failed, published, refused, skipped, unpublished, type Ending } from './ending-columns';

export { RUN_STATUSES, statuses, type Ending, type RunStatus, type Verdict } from './ending-columns';

/**
 * Every way in which a run can end: one row per reason code, and so exactly one status per code. `docs/design.md` §3. What an ending means
 * to any part is in its row and nowhere else: messages, status, backfill, the circuit breaker, the sweep and the state machine's last
 * choice all read this table. `ending-columns.ts` says what each cell means.
 */
export const endings = {
  COMPLETE: published(
    'PUBLISHED',
    { toldUnderChanges: false, person: 'need not act', lack: null },
    'Every record was accepted and published.',
    '',
  ),
  WITHIN_TOLERANCE: published(
    'PARTIAL',
    { toldUnderChanges: true, person: 'acts', lack: null },
    'Published without the records, objects or batches that failed, which is inside the declared tolerance.',
    'Look at the quarantined records and the failed objects; fix the source or the rules and reprocess the partition.',
  ),
  EMPTY_AS_DECLARED: published(
    'NO_DATA',
    { toldUnderChanges: false, person: 'need not act', lack: 'empty' },
    'The source held no records, which the dataset declares to be normal.',
    '',
  ),
  NEVER_STARTED: unpublished(
    'NEVER_STARTED',
    {
      missingAs: 'NEVER_STARTED',
      reached: 'nothing',
      circuit: false,
      temporary: false,
      lack: null,
      ofBatches: null,
      job: 'untried',
      person: 'acts',
    },
    'No run was started for this partition before its deadline.',
    "Check the dataset's EventBridge schedule (is it enabled? is its dead-letter queue empty?), then start the partition by hand or wait for the backfill.",
  ),
  ALREADY_PUBLISHED: skipped(
    {
      missing: false,
      missingAs: 'SKIPPED',
      reached: 'nothing',
      awaitsUpstreams: false,
      speaksFor: 'another-run',
      lack: null,
      toldUnderChanges: false,
      person: 'leaves it to another run',
    },
    'The partition is published already, so nothing was done.',
    'Start it with "reprocess": true to replace what is published.',
  ),
  PUBLISHED_BY_ANOTHER_RUN: skipped(
    {
      missing: true,
      missingAs: 'SKIPPED',
      reached: 'source',
      awaitsUpstreams: false,
      speaksFor: 'another-run',
      lack: null,
      toldUnderChanges: false,
      person: 'leaves it to another run',
    },
    'Another run took the partition over while this one worked, so this run published nothing.',
    'Nothing to do: the other run has its own manifest.',
  ),
  ALREADY_RUNNING: skipped(
    {
      missing: true,
      missingAs: 'SKIPPED',
      reached: 'nothing',
      awaitsUpstreams: false,
      speaksFor: 'another-run',
      lack: null,
      toldUnderChanges: false,
      person: 'leaves it to another run',
    },
    'Another run holds the partition, so nothing was done.',
    'Wait for the run that holds it, or stop that execution and start again.',
  ),
  // `changes`: the message that the circuit opened, and the one of the recovery, speak for all that it keeps back.
  CIRCUIT_OPEN: skipped(
    {
      missing: true,
      missingAs: 'CIRCUIT_OPEN',
      reached: 'nothing',
      awaitsUpstreams: false,
      speaksFor: 'partition',
      lack: 'unavailable',
      toldUnderChanges: false,
      person: 'acts',
    },
    'The circuit of a dependency is open, so the source was not asked.',
    'The partition is recovered when the circuit closes. To try at once, reset the circuit.',
  ),
  UPSTREAM_MISSING: skipped(
    {
      missing: true,
      missingAs: 'UPSTREAM_MISSING',
      reached: 'nothing',
      awaitsUpstreams: true,
      speaksFor: 'partition',
      lack: null,
      toldUnderChanges: true,
      person: 'acts',
    },
    'An upstream partition was not published before the deadline.',
    'See to the upstream: as soon as it is published, this partition is started by itself.',
  ),
  UNKNOWN_DATASET: refused(
    { missing: false, speaksFor: 'partition' },
    'The input names a dataset that is not deployed.',
    'Check the spelling against datasets/, or deploy the dataset first.',
  ),
  INVALID_INPUT: refused(
    { missing: true, speaksFor: 'partition' },
    'The input of the execution is not valid.',
    'Start it with {"dataset": "<name>", "partition": "2026-01-20T05"}; the message names each field that is wrong.',
  ),
  PARTITION_NOT_OVER: refused(
    { missing: true, speaksFor: 'nothing' },
    'The partition is not over yet.',
    'Wait until the hour (or day) has passed in UTC, then start it again.',
  ),
  NOT_EXPECTED: refused(
    { missing: false, speaksFor: 'nothing' },
    "The partition is not one that the dataset's calendar asks for.",
    'Check firstPartition, lastPartition, weekdays, hours and pauses in the dataset definition.',
  ),
  SOURCE_BUCKET_NOT_FOUND: failed(
    { reached: 'source', circuit: true, temporary: false, lack: 'missing', ofBatches: 'SourceBucketNotFound' },
    'The source bucket does not exist.',
    'Check source.bucket in the dataset definition, and the region.',
  ),
  SOURCE_ACCESS_DENIED: failed(
    { reached: 'source', circuit: true, temporary: false, lack: 'unavailable', ofBatches: 'SourceAccessDenied' },
    'Access to the source bucket was denied.',
    "Allow s3:ListBucket and s3:GetObject to the LoadPartition and ValidateBatch roles in the bucket's policy, and check source.account.",
  ),
  SOURCE_KEY_DENIED: failed(
    { reached: 'source', circuit: true, temporary: false, lack: null, ofBatches: 'SourceKeyDenied' },
    'The objects are encrypted with a KMS key that the run may not use.',
    'Allow kms:Decrypt to the ValidateBatch role in the key policy.',
  ),
  SOURCE_ARCHIVED: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: 'SourceArchived' },
    'An object of the source lies in an archive storage class.',
    'Have the named object restored, or its lifecycle rule archive it later than the late window; then run the partition again.',
  ),
  SOURCE_PREFIX_NOT_FOUND: failed(
    { reached: 'source', circuit: false, temporary: false, lack: 'missing', ofBatches: null },
    "Nothing at all lies under the dataset's root in the source bucket.",
    'Check source.prefix in the dataset definition against the real key layout: it looks like a wrong prefix, not like a missing hour.',
  ),
  SOURCE_EMPTY: failed(
    { reached: 'source', circuit: false, temporary: false, lack: 'empty', ofBatches: null },
    'The source has nothing for this partition, which is a fault.',
    'Ask the owner of the source, and check source.suffix. If empty partitions are normal, declare empty: "normal".',
  ),
  SOURCE_NOT_AS_PUBLISHED: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: null },
    'What is in quarantine was to be run again, but the source is not what it was when it was published.',
    'What is published stays. To take the source as it is now, start the partition with "reprocess": true.',
  ),
  SOURCE_IS_TABLE: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: null },
    'The source is a table of a table format, whose files may be superseded.',
    'Nothing was published. Export the table to plain files, or read a folder that only such files are written to.',
  ),
  SOURCE_STILL_ARRIVING: failed(
    { reached: 'source', circuit: false, temporary: false, lack: 'empty where it has no objects', ofBatches: null },
    'The source was still not complete at the deadline.',
    'Check the marker object, the number of objects or the settle time against what really arrives.',
  ),
  SOURCE_CORRUPT: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: 'SourceCorrupt' },
    'An object of the source is damaged or is not what its format says.',
    'Have the named object delivered again; the backfill then recovers the partition.',
  ),
  SOURCE_UNAVAILABLE: failed(
    { reached: 'source', circuit: true, temporary: true, lack: 'unavailable', ofBatches: 'SourceUnavailable' },
    'The source could not be reached after several attempts.',
    'Ask the owner of the source; the next backfill runs the partition again.',
  ),
  SOURCE_CHANGING: failed(
    { reached: 'source', circuit: false, temporary: true, lack: null, ofBatches: 'SourceChanging' },
    'Objects of the source were replaced or removed while they were being read.',
    'Have complete.settleMinutes or a marker keep runs from starting too early; the next backfill runs the partition again.',
  ),
  OBJECT_TOO_LARGE: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: 'ObjectTooLarge' },
    'One object is larger than a batch may be, or the partition larger than a run.',
    'Have the source split it into smaller objects, or raise batchBytes and the size of /tmp for the app.',
  ),
  SCHEMA_MISMATCH: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: 'SchemaMismatch' },
    'The columns of an object are not those of the dataset definition.',
    'Compare the columns named in the message; change the definition, or have the object delivered again.',
  ),
  DEPENDENCY_UNAVAILABLE: failed(
    { reached: 'dependencies', circuit: true, temporary: true, lack: null, ofBatches: null },
    'A dependency that the dataset declares is unavailable.',
    'Check the dependency that the message names; the next backfill runs the partition again.',
  ),
  DEPENDENCY_FAULT: failed(
    { reached: 'dependencies', circuit: false, temporary: false, lack: null, ofBatches: null },
    'A dependency refuses what the dataset declares of it, or answers something else.',
    'Compare the declaration with what the message names: access, certificate, query, types, expected status. It is not tried again by itself.',
  ),
  DEPENDENCY_EMPTY: failed(
    { reached: 'dependencies', circuit: false, temporary: false, lack: null, ofBatches: null },
    'A dependency answered with nothing, where the dataset requires an answer.',
    'Fill in what the message names (a row of settings, a secret, an object), then start the partition again or wait for the backfill.',
  ),
  ALL_RECORDS_REJECTED: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: null },
    'Every record broke a rule: a rule is too strict, or the source has changed.',
    'Look at the samples of the rules below; fix the rule and run the partition again.',
  ),
  TOO_MANY_REJECTED: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: null },
    'More records broke a rule than the tolerance allows.',
    'Look at the samples of the rules below; fix the source, the rule or the tolerance.',
  ),
  RULE_SUDDENLY_STRICT: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: null },
    'A rule suddenly rejects far more records than it used to: it has become too strict, or the source has changed.',
    'Look at the samples of the rule below; fix the rule or the source and run the partition again. If it is meant to be so, set tolerance.suddenly.otherwise to "warn" until there is history again.',
  ),
  TOO_MANY_BATCHES_FAILED: failed(
    { reached: 'unknown', circuit: false, temporary: false, lack: null, ofBatches: null },
    'More batches failed than the tolerance allows.',
    'Each failed object is named with its error; fix them and run the partition again.',
  ),
  QUALITY_GATE_FAILED: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: null },
    'The partition is not what the dataset insists on: a rule that none may break, or an expectation on the whole.',
    'Compare the figures with what the message says was expected; fix the source, or the expectation, and run the partition again.',
  ),
  RECORDS_UNACCOUNTED: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: 'RecordsUnaccounted' },
    'The records read do not add up to those accepted, quarantined and counted as duplicates or deleted.',
    'Nothing was published. Report it with the manifest: this is a fault in the engine, or a transform that drops or adds records without declaring it.',
  ),
  DEFINITION_FAULT: failed(
    { reached: 'source', circuit: false, temporary: false, lack: null, ofBatches: 'DefinitionFault' },
    "The dataset's own SQL or code failed on its records: a rule, or the transform.",
    'Change the rule or the transform that the message names, deploy, and run the partition again.',
  ),
  PLATFORM_UNAVAILABLE: failed(
    { reached: 'unknown', circuit: false, temporary: true, lack: null, ofBatches: 'PlatformUnavailable' },
    'An AWS service that Rollcall itself runs on (its own buckets, Lambda, Step Functions) kept failing.',
    'Look at the AWS Health Dashboard, and at the quotas of Lambda where the error says TooManyRequests; the next backfill runs the partition again.',
  ),
  DEFINITION_CHANGED: unpublished(
    'FAILED',
    {
      missingAs: 'FAILED',
      reached: 'unknown',
      circuit: false,
      temporary: false,
      lack: null,
      ofBatches: 'DefinitionChanged',
      job: 'unknown',
      person: 'need not act',
    },
    'The dataset definition or the code was deployed anew while the run was going.',
    'Nothing to do: start the partition again, or wait for the backfill.',
  ),
  OUT_OF_MEMORY: failed(
    { reached: 'unknown', circuit: false, temporary: false, lack: null, ofBatches: 'OutOfMemory' },
    'A step ran out of memory or of room in /tmp, or its process was killed, which most likely means the same.',
    'Raise engineMemoryMb or engineTmpMb, or lower batchBytes (cdk.json), or have the source write smaller objects.',
  ),
  OUT_OF_MEMORY_ON_SMALL_INPUT: failed(
    { reached: 'unknown', circuit: false, temporary: false, lack: null, ofBatches: 'OutOfMemoryOnSmallInput' },
    'A step ran out of memory, or its process was killed, although the objects that it worked on are small.',
    'Look at what the named object holds, and at what the rules and the transform make of it: it is not its size. More memory will hardly help.',
  ),
  STEP_TIMED_OUT: failed(
    { reached: 'unknown', circuit: false, temporary: true, lack: null, ofBatches: 'StepTimedOut' },
    'A step ran into its time-out.',
    'Raise the time-out or the memory of the step, or have the source write smaller objects.',
  ),
  TIME_LIMIT: unpublished(
    'TIMED_OUT',
    {
      missingAs: 'TIMED_OUT',
      reached: 'unknown',
      circuit: false,
      temporary: true,
      lack: null,
      ofBatches: null,
      job: 'failed',
      person: 'acts',
    },
    'The execution ran into its time limit.',
    'Look at the execution history for the step that took so long.',
  ),
  STOPPED_BY_OPERATOR: unpublished(
    'ABORTED',
    {
      missingAs: 'ABORTED',
      reached: 'unknown',
      circuit: false,
      temporary: false,
      lack: null,
      ofBatches: null,
      job: 'unknown',
      person: 'acts',
    },
    'An operator stopped the execution.',
    'Start the partition again, or wait for the backfill.',
  ),
  INTERNAL_ERROR: failed(
    { reached: 'unknown', circuit: false, temporary: false, lack: null, ofBatches: 'InternalError' },
    'Rollcall itself failed in a way that it does not know.',
    'Read the error in the manifest and the logs of the step that it names.',
  ),
} satisfies Record<string, Ending>;

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
