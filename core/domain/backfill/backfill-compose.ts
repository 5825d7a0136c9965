import type { BackfillInput, BackfillPlan } from '../../contracts/backfill/backfill';
import { backfillEndingOf, type BackfillStatus } from '../../contracts/backfill/backfill-endings';
import type { BackfillManifest, BackfillSummary } from '../../contracts/backfill/backfill-manifest';
import { lineOf } from './backfill-report';
import type { InputProblem } from '../partition/run-input';
import { unended } from '../text/lists';
import { describeShown } from '../../contracts/problems';

/** What went wrong in the backfill itself; a run of it that failed is data, and not meant. */
export interface Trouble {
  /** For people. */
  readonly detail: string;
  readonly error: string | undefined;
  readonly state: string | undefined;
}

/** Everything that a backfill's manifest is made of. */
export interface BackfillEvidence {
  readonly backfillId: string;
  readonly executionArn: string;
  readonly started: string;
  readonly ended: Date;
  readonly codeVersion: string;
  /** The input, where it is valid. */
  readonly input: BackfillInput | undefined;
  /** Which fields of the input are unknown, for people; empty where there are none. */
  readonly ignored: string;
  readonly trigger: BackfillInput['trigger'];
  readonly problems: readonly InputProblem[];
  /** The plan and what became of it; undefined where nothing was planned. */
  readonly done: { readonly plan: BackfillPlan; readonly summary: BackfillSummary } | undefined;
  readonly trouble: Trouble | undefined;
  /** Set where the execution was ended from outside. */
  readonly cutOff: 'TIMED_OUT' | 'ABORTED' | undefined;
}

/** The manifest of a backfill: pure. The ledger, not the execution, says what was recovered. */
export function composeBackfill(evidence: BackfillEvidence): BackfillManifest {
  const { done, trouble, input } = evidence;
  const status = statusOf(evidence);
  const recovered = done?.summary.recovered ?? [];
  const stillMissing = done?.summary.stillMissing ?? [];
  const all = [...recovered, ...stillMissing];
  const { range, datasets, running } = done?.plan ?? {};
  return {
    schemaVersion: 1,
    kind: 'backfill',
    backfillId: evidence.backfillId,
    executionArn: evidence.executionArn,
    trigger: evidence.trigger,
    status,
    message: withIgnored(messageOf(evidence, status), evidence.ignored),
    hint: backfillEndingOf(status).hint,
    error: trouble?.error ?? null,
    state: trouble?.state ?? null,
    problems: [...evidence.problems],
    input: input ?? null,
    datasets: datasets?.map(({ dataset }) => dataset) ?? (input?.dataset === undefined ? [] : [input.dataset]),
    startDate: range?.startDate ?? null,
    endDate: range?.endDate ?? null,
    from: range?.from ?? null,
    to: range?.to ?? null,
    datesProcessed: [...new Set(all.map(dateOf))].toSorted(),
    hoursExpected: datasets?.reduce((sum, { expected }) => sum + expected, 0) ?? 0,
    hoursPlanned: all.length,
    hoursRecovered: recovered.length,
    totalRecords: recovered.reduce((sum, { records }) => sum + records, 0),
    recovered,
    stillMissing: Object.fromEntries(Map.groupBy(stillMissing, dateOf)),
    running: running ?? [],
    notCompared:
      datasets?.flatMap(({ dataset, notCompared }) => (notCompared === null ? [] : [{ dataset, ...notCompared }])) ??
      [],
    codeVersion: evidence.codeVersion,
    times: {
      scheduled: input?.scheduledTime === undefined ? null : new Date(input.scheduledTime).toISOString(),
      started: evidence.started,
      ended: evidence.ended.toISOString(),
    },
    minimal: false,
  };
}

const withIgnored = (message: string, ignored: string): string =>
  ignored === '' ? message : `${unended(message)}. ${ignored}`;

const dateOf = ({ partition }: { readonly partition: string }): string => partition.slice(0, 10);

/**
 * These only report: where one failed, what it would have said is found out all the same. (An execution whose RecordRun failed
 * ends in RunFailed; where something else had failed before, its state says that.)
 */
const REPORTING: ReadonlySet<string | undefined> = new Set(['SummarizeBackfill', 'RecordRun', 'RunFailed']);

function statusOf({ cutOff, done, trouble }: BackfillEvidence): BackfillStatus {
  if (cutOff !== undefined) return cutOff;
  if (done === undefined) return 'FAILED';
  const { recovered, stillMissing } = done.summary;
  if (recovered.length + stillMissing.length === 0) return 'NOTHING_MISSING';
  // Whatever went wrong: what was asked for is done.
  if (stillMissing.length === 0) return 'RECOVERED';
  return trouble === undefined || REPORTING.has(trouble.state) ? 'STILL_MISSING' : 'FAILED';
}

function messageOf({ done, trouble, problems, cutOff, ended }: BackfillEvidence, status: BackfillStatus): string {
  const said = trouble?.detail ?? '';
  if (done !== undefined) return lineOf({ status, ...done, trouble: said, ended });
  if (problems.length > 0) {
    const wrong = problems.map(describeShown);
    return `Refused, and nothing was started: ${wrong.join('; ')}`;
  }
  const { sentence } = backfillEndingOf(status);
  if (cutOff !== undefined) return `${sentence} It had no plan yet, so nothing was started.`;
  return `The backfill failed before it had a plan, so nothing was started${said === '' ? '.' : `: ${said}`}`;
}
