import {
  backfillInputSchema,
  LOOK_BACK_DAYS,
  MAX_RANGE_PARTITIONS,
  type BackfillInput,
  type Recovery,
} from '../../contracts/backfill/backfill';
import type { Dataset } from '../../contracts/dataset/dataset';
import { DAY_MS, partitionEnd, partitionStart } from '../../contracts/partition';
import { problemsOf, type Problem } from '../../contracts/problems';
import { deadlineOf, expectedPartitions } from '../partition/calendar';
import { toInputProblem, type InputProblem } from '../partition/run-input';

/** A backfill that can be planned. */
export interface BackfillRequest {
  readonly input: BackfillInput;
  /** The datasets that it is about, by name. */
  readonly datasets: readonly Dataset[];
  /** What is looked at: half-open. */
  readonly from: Date;
  readonly to: Date;
  /** Whether the input asks for exactly this range; otherwise it is narrowed to what is missing. */
  readonly exact: boolean;
}

/** `request` is undefined exactly where there are problems. */
export interface ParsedBackfill {
  readonly request: BackfillRequest | undefined;
  readonly problems: InputProblem[];
}

/** Parses the input that a backfill was started with: anything at all. Every problem names its field and the value. */
export function parseBackfillInput(raw: unknown, deployed: ReadonlyMap<string, Dataset>, now: Date): ParsedBackfill {
  // A bare start from the console has no input, or {}.
  const parsed = backfillInputSchema.safeParse(raw ?? {}, { reportInput: true });
  if (!parsed.success) return refused(problemsOf(parsed.error));
  const input = parsed.data;
  if (input.recovery !== undefined) return recoveryRequest(input, input.recovery, deployed);
  const datasets = [...deployed.values()]
    .filter(({ name }) => input.dataset === undefined || name === input.dataset)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (datasets.length === 0) {
    const known = [...deployed.keys()].toSorted().join(', ') || 'one that is deployed, and none is';
    return refused([{ field: 'dataset', value: input.dataset, expected: `one of ${known}` }]);
  }
  const problem = rangeProblem(input, now);
  if (problem !== undefined) return refused([problem]);
  const { start } = input;
  const request: BackfillRequest = {
    input,
    datasets,
    from: start === undefined ? new Date(now.getTime() - LOOK_BACK_DAYS * DAY_MS) : partitionStart(start),
    to: endOf(input, now),
    exact: start !== undefined,
  };
  const tooMany = request.exact ? sizeProblem(request) : undefined;
  return tooMany === undefined ? { request, problems: [] } : refused([tooMany]);
}

/** What the sweep asks for where a circuit closed. Its size is that of the trouble; it can't be chosen. */
function recoveryRequest(
  input: BackfillInput,
  { affected }: Recovery,
  deployed: ReadonlyMap<string, Dataset>,
): ParsedBackfill {
  const given = (['dataset', 'start', 'end', 'onlyReasons'] as const).find((field) => input[field] !== undefined);
  if (given !== undefined)
    return refused([{ field: given, value: input[given], expected: 'nothing beside recovery, which says it all' }]);
  const names = Object.keys(affected).toSorted();
  const datasets = names.flatMap((name) => deployed.get(name) ?? []);
  if (datasets.length === 0)
    return refused([{ field: 'recovery.affected', value: names, expected: 'a dataset that is deployed' }]);
  const days = datasets.flatMap(({ name }) => affected[name] ?? []);
  const [from = ''] = days.map((one) => one.from).toSorted();
  const to =
    days
      .map((one) => one.to)
      .toSorted()
      .at(-1) ?? from;
  const request = { input, datasets, from: partitionStart(from), to: partitionEnd(to), exact: true };
  return { request, problems: [] };
}

/** The expected partitions of a request whose records have to be read: those past their deadline; where what is published may be processed again or a circuit closed, also those that are over. */
export function candidatesOf(request: BackfillRequest, dataset: Dataset, now: Date): string[] {
  const { alsoPartial, everything, recovery } = request.input;
  const due = (partition: string) =>
    now >
    (alsoPartial || everything || recovery !== undefined ? partitionEnd(partition) : deadlineOf(dataset, partition));
  const days = recovery?.affected[dataset.name];
  const [from, to] =
    days === undefined ? [request.from, request.to] : [partitionStart(days.from), partitionEnd(days.to)];
  return expectedPartitions(dataset, from, earlier(to, now)).filter(due);
}

const refused = (problems: readonly Problem[]): ParsedBackfill => ({
  request: undefined,
  problems: problems.map(toInputProblem),
});

/** An end that is a day includes it; one that is an hour is the bound itself. */
function endOf({ end }: BackfillInput, now: Date): Date {
  if (end === undefined) return now;
  return end.length === 'yyyy-MM-dd'.length ? partitionEnd(end) : partitionStart(end);
}

function rangeProblem(input: BackfillInput, now: Date): Problem | undefined {
  const { start, end } = input;
  if (start === undefined) {
    if (end === undefined) return undefined;
    return { field: 'start', value: start, expected: `a UTC day or hour, because end is given (${end})` };
  }
  const today = now.toISOString().slice(0, 10);
  if (partitionStart(start) >= now)
    return { field: 'start', value: start, expected: `a time that has passed: the range lies in the future` };
  if (end === undefined) return undefined;
  if (endOf(input, now) > partitionEnd(today))
    return {
      field: 'end',
      value: end,
      expected: `at most ${today}, which is today in UTC: the range reaches into the future`,
    };
  if (endOf(input, now) <= partitionStart(start)) {
    const hour = end.length > 'yyyy-MM-dd'.length ? ' (an hour as end is not part of the range)' : '';
    return { field: 'end', value: end, expected: `a time after start (${start})${hour}` };
  }
  return undefined;
}

function sizeProblem({ datasets, from, to, input }: BackfillRequest): Problem | undefined {
  const partitions = datasets.reduce((sum, dataset) => sum + expectedPartitions(dataset, from, to).length, 0);
  if (partitions <= MAX_RANGE_PARTITIONS) return undefined;
  const expected = `a range of at most ${MAX_RANGE_PARTITIONS} partitions in all; ${input.start ?? ''} to ${input.end ?? 'now'} has ${partitions}`;
  return { field: 'start', value: input.start, expected };
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
