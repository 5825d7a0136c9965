import type { Case, Injection } from './case';
import { situationOf } from './situations';

/**
 * Which reason codes a case may end with: a table of what each fault means, written down here and not taken from the product.
 * More than one where the fault strikes beside a commit, and either side of it is right; the oracle then compares with the record.
 */

export type Code = string;

const CODE_OF_ERROR: Readonly<Record<string, Code>> = {
  TransientError: 'SOURCE_UNAVAILABLE',
  SchemaMismatch: 'SCHEMA_MISMATCH',
  SomethingUnknown: 'INTERNAL_ERROR',
};

/** S3 is away as a whole: who asks first, the source or the ledger, tells which of the two a step gives up on. */
const NO_S3: readonly Code[] = ['SOURCE_UNAVAILABLE', 'PLATFORM_UNAVAILABLE'];

/** Codes for the run under test. */
export function allowedCodes(one: Case): ReadonlySet<Code> {
  const base = situationOf(one.situation).code;
  const codes = new Set<Code>();
  // Seen only after the deadline of 08:00: on record as never started, or started after all.
  if (one.neverStarted !== undefined && one.neverStarted >= 105) codes.add('NEVER_STARTED');
  // The last injection in the run decides; one beside it leads there, or strikes the recorder and changes no ending.
  // A deployment changes no ending: what is going keeps the versions that it began with.
  const inRun = one.injections.filter(({ at, kind }) => at !== 'ExecutionEnded' && at !== 'Sweep' && kind !== 'deploy');
  if (inRun.length === 0) codes.add(base);
  for (const injection of inRun.slice(-1)) for (const code of codesOf(injection, one)) codes.add(code);
  if (one.ledger === 'gone') {
    // Steps give up before S3 is back, unless all of them were done before it went.
    codes.add(base);
    for (const code of NO_S3) codes.add(code);
  }
  // A run that meets what it can't read ends so, unless what it needs can be made anew; a batch that failed so takes its objects with it.
  if (one.injections.some(({ kind }) => kind === 'spoil')) for (const code of [base, 'INTERNAL_ERROR']) codes.add(code);
  // Half a minute is shorter than the retries, but their waits are random: one run in many gives up.
  if (one.ledger === 'away') for (const code of NO_S3) codes.add(code);
  return codes;
}

/** All objects of the matrix are small, and of a batch that is known. */
const killed = (at: string): Code =>
  at === 'ValidateBatch' || at === 'ProcessBatch' ? 'OUT_OF_MEMORY_ON_SMALL_INPUT' : 'OUT_OF_MEMORY';

function codesOf(injection: Injection, one: Case): Code[] {
  const situation = situationOf(one.situation);
  const { code: base } = situation;
  const { at } = injection;
  // RecordRun comes after the ending is decided: whatever happens to it, the nets record what was.
  const decided = at === 'RecordRun';
  // Published already when a fault strikes the output of PublishPartition; done already when it strikes that of a batch.
  const done = decided || at === 'PublishPartition' || at === 'ValidateBatch' || at === 'ProcessBatch';
  // Without batches their states are never entered.
  if ((at === 'ValidateBatch' || at === 'ProcessBatch') && situation.batches === 0) return [base];
  const failed = (code: Code): Code[] => (decided ? [base] : [code]);
  switch (injection.kind) {
    case 'throw':
      return Number.isFinite(injection.times) ? [base] : failed(CODE_OF_ERROR[injection.error] ?? 'INTERNAL_ERROR');
    case 'throttle':
      return Number.isFinite(injection.times) ? [base] : failed('PLATFORM_UNAVAILABLE');
    case 'time-out':
      return failed('STEP_TIMED_OUT');
    case 'kill':
      return failed(killed(at));
    case 'output':
      // Too large, it fails the state: then a transform that should come after it never does.
      if (at === 'ValidateBatch' && injection.shape === 'large' && situation.dataset === 'shaped')
        return ['INTERNAL_ERROR'];
      return done ? [base] : ['INTERNAL_ERROR'];
    case 'cut':
      return cutCodes(injection.how, at, base);
    case 'request':
      return requestCodes(injection, one);
    case 'deploy':
    case 'spoil':
      return [base];
  }
}

/** The state's Lambda is invoked all the same, and may publish or record before another records the cut. */
function cutCodes(how: 'abort' | 'limit', at: string, base: Code): Code[] {
  const cut = how === 'abort' ? 'STOPPED_BY_OPERATOR' : 'TIME_LIMIT';
  // On record already.
  if (at === 'RunOutcome?' || at === 'RunSucceeded' || at === 'RunFailed') return [base];
  if (at === 'RecordRun') return isPublished(base) ? [base] : [base, cut];
  return at === 'PublishPartition' ? [cut, base] : [cut];
}

function requestCodes({ at, point, act }: Extract<Injection, { kind: 'request' }>, one: Case): Code[] {
  const { code: base } = situationOf(one.situation);
  const decided = at === 'RecordRun';
  // The record of a batch and the swap of a publication are commits: what strikes at them may find them done.
  // Validated and never transformed is not done.
  const lastOfBatch = situationOf(one.situation).dataset === 'shaped' ? 'ProcessBatch' : 'ValidateBatch';
  const commits =
    (at === 'PublishPartition' && point.name === 'put-record') || (at === lastOfBatch && point.name === 'put-batch');
  // A Lambda that runs on while its ending is still to be recorded may finish its work in time.
  const mayRunOn = at === 'PublishPartition' || at === 'ValidateBatch' || at === 'ProcessBatch';
  switch (act) {
    case 'error-500':
    case 'answer-lost':
      return [base];
    case 'conflict-409':
      // Where only the run itself writes, a conflict is a fault like any other, and the step is tried again.
      return [base];
    case 'kill-before':
      return decided ? [base] : [killed(at)];
    case 'kill-after':
      return decided || commits ? [base] : [killed(at)];
    case 'hang':
      // After 30 seconds the SDK asks again, and the run goes on; where the clock jumps over that moment, the Lambda's time is up.
      return decided ? [base] : [base, 'STEP_TIMED_OUT'];
    case 'orphan-soon':
    case 'orphan-late':
      if (decided) return [base];
      return commits || (mayRunOn && one.ledger !== 'fine') ? [base, 'STEP_TIMED_OUT'] : ['STEP_TIMED_OUT'];
    case 'abort-at-once':
    case 'abort-soon':
    case 'abort-late':
      return cutAt('STOPPED_BY_OPERATOR', one, at, act, base);
    case 'limit-at-once':
    case 'limit-soon':
    case 'limit-late':
      return cutAt('TIME_LIMIT', one, at, act, base);
  }
}

function cutAt(cut: Code, one: Case, at: string, act: string, base: Code): Code[] {
  // What is sealed or published stands; before that, a run that fails may as well have been cut off.
  if (at === 'RecordRun') return isPublished(base) ? [base] : [base, cut];
  // The Lambda goes on before another records: at once, or because the event did not come; then it may publish. Also where the request is
  // held up for long: after 30 seconds the SDK gives up on it and asks again.
  const first = act.endsWith('at-once') || one.route === 'lost' || one.route === 'late';
  return at === 'PublishPartition' && (first || one.ledger !== 'fine') ? [cut, base] : [cut];
}

export const isPublished = (code: Code): boolean =>
  code === 'COMPLETE' || code === 'WITHIN_TOLERANCE' || code === 'EMPTY_AS_DECLARED';
