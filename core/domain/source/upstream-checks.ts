import { isComparable, referenceOf, type Column } from '../../contracts/dataset/column';
import type { Dataset } from '../../contracts/dataset/dataset';
import { ACCEPTED_FORMAT } from '../../contracts/dataset/output';
import type { Upstream } from '../../contracts/dataset/upstreams';
import { describeProblems, type Problem } from '../../contracts/problems';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../contracts/partition';

type Datasets = ReadonlyMap<string, Dataset>;

/**
 * What is wrong between definitions: upstreams that are not there, that wait for each other in a circle, or that cannot be published before
 * a deadline; columns that refer to what an upstream does not publish. By the name of the dataset whose definition has to change; empty where all is well.
 */
export function upstreamProblems(datasets: readonly Dataset[]): ReadonlyMap<string, string> {
  const byName = new Map(datasets.map((dataset) => [dataset.name, dataset]));
  const found = new Map<string, Problem[]>();
  const add = (name: string, problems: Problem[]) => {
    if (problems.length > 0) found.set(name, problems);
  };
  for (const dataset of datasets) add(dataset.name, unknownUpstreams(byName, dataset));
  if (found.size === 0) for (const dataset of datasets) add(dataset.name, wrongReferences(byName, dataset));
  if (found.size === 0) for (const dataset of datasets) add(dataset.name, circles(byName, dataset));
  // Without circles, every time below has an end.
  if (found.size === 0) for (const dataset of datasets) add(dataset.name, deadlineProblems(byName, dataset));
  return new Map([...found].map(([name, problems]) => [name, describeProblems(problems)]));
}

function unknownUpstreams(datasets: Datasets, { name, upstreams }: Dataset): Problem[] {
  const others = [...datasets.keys()].filter((one) => one !== name).toSorted();
  const expected = others.length === 0 ? 'one that is declared, and no other is' : `one of ${others.join(', ')}`;
  return upstreams.flatMap(({ dataset }, i) =>
    datasets.has(dataset) ? [] : [{ field: `upstreams.${i}.dataset`, value: dataset, expected }],
  );
}

/** References to a column that the other dataset does not publish, or publishes with another type. */
function wrongReferences(datasets: Datasets, { columns }: Dataset): Problem[] {
  return Object.entries(columns).flatMap(([name, column]): Problem[] => {
    const reference = referenceOf(column);
    if (reference === undefined) return [];
    const format = datasets.get(reference.dataset)?.output.format;
    if (format !== undefined && format !== ACCEPTED_FORMAT) {
      const expected = `a dataset that is published as ${ACCEPTED_FORMAT}, and that one is as ${format}`;
      return [{ field: `columns.${name}.references.dataset`, value: reference.dataset, expected }];
    }
    const published = publishedColumns(datasets.get(reference.dataset));
    if (published === undefined) return [];
    const field = `columns.${name}.references.column`;
    const other = Object.hasOwn(published, reference.column) ? published[reference.column] : undefined;
    if (other === undefined) {
      const expected = `one that ${reference.dataset} publishes: ${Object.keys(published).join(', ')}`;
      return [{ field, value: reference.column, expected }];
    }
    if (isComparable(column, other)) return [];
    return [{ field, value: reference.column, expected: `a column of type ${column.type}, and that is ${other.type}` }];
  });
}

/** The columns of a dataset's data files; undefined where only running its SQL can tell. */
function publishedColumns(dataset: Dataset | undefined): Readonly<Record<string, Column>> | undefined {
  return dataset?.transform === undefined ? dataset?.columns : dataset.transform.columns;
}

/** Each circle is reported once, at the first of its names. */
function circles(datasets: Datasets, { name, upstreams }: Dataset): Problem[] {
  return upstreams.flatMap(({ dataset }, i) => {
    const way = wayTo(datasets, dataset, name, new Set());
    if (way === undefined || way.some((one) => one < name)) return [];
    const expected = `no circle: ${[name, ...way].join(' waits for ')}`;
    return [{ field: `upstreams.${i}.dataset`, value: dataset, expected }];
  });
}

/** The names from one dataset to another along upstreams, both included. */
function wayTo(datasets: Datasets, from: string, to: string, seen: Set<string>): string[] | undefined {
  if (from === to) return [to];
  if (seen.has(from)) return undefined;
  seen.add(from);
  for (const { dataset } of datasets.get(from)?.upstreams ?? []) {
    const rest = wayTo(datasets, dataset, to, seen);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}

/**
 * A run must not give up before its upstream can be there at all: the day that contains the hour 00 is over 23 hours after that hour.
 * Whether an upstream that needs all the time until its own deadline is waited for is for the owner to say.
 */
function deadlineProblems(datasets: Datasets, dataset: Dataset): Problem[] {
  const { deadlineMinutes, upstreams } = dataset;
  const short = upstreams.flatMap((upstream) => {
    const name = upstream.dataset;
    const needed = hoursOf(dataset).map((hour) => {
      const from = earliestOfUpstream(datasets, upstream, dataset, hour);
      return Math.round((from - endOf(dataset, hour)) / MINUTE_MS);
    });
    return [{ name, minutes: Math.max(...needed) }];
  });
  const worst = short.toSorted((a, b) => b.minutes - a.minutes)[0];
  if (worst === undefined || worst.minutes < deadlineMinutes) return [];
  const expected = `more than ${worst.minutes}, because no earlier than that upstream ${worst.name} can be published`;
  return [{ field: 'deadlineMinutes', value: deadlineMinutes, expected }];
}

/** The hours of a day at which partitions begin; a daily dataset has one partition a day. */
function hoursOf({ cadence, calendar }: Dataset): readonly number[] {
  return cadence === 'daily' ? [0] : (calendar.hours ?? Array.from({ length: 24 }, (_unused, hour) => hour));
}

/** When a partition is over, from the beginning of its day on. */
function endOf({ cadence }: Dataset, hour: number): number {
  return cadence === 'daily' ? DAY_MS : (hour + 1) * HOUR_MS;
}

/** When a partition can be published at the earliest, from the beginning of its day on: available, and after its own upstreams. */
function earliest(datasets: Datasets, dataset: Dataset, hour: number): number {
  const own = endOf(dataset, hour) + dataset.availableMinutes * MINUTE_MS;
  const upstreams = dataset.upstreams.map((upstream) => earliestOfUpstream(datasets, upstream, dataset, hour));
  return Math.max(own, ...upstreams);
}

/** When the last partition of an upstream that a partition of `of` needs can be published at the earliest. */
function earliestOfUpstream(
  datasets: Datasets,
  { dataset: name, partition }: Upstream,
  of: Dataset,
  hour: number,
): number {
  const upstream = datasets.get(name);
  if (upstream === undefined) return 0;
  if (partition === 'latest') {
    // Of this day, or the last one of the day before.
    const over = (one: number) => endOf(upstream, one) <= endOf(of, hour);
    const today = hoursOf(upstream).filter(over);
    return today.length > 0
      ? earliest(datasets, upstream, Math.max(...today))
      : earliest(datasets, upstream, Math.max(...hoursOf(upstream))) - DAY_MS;
  }
  const hours = hoursOf(upstream).filter(
    (one) => of.cadence === 'daily' || upstream.cadence === 'daily' || one === hour,
  );
  return hours.reduce((latest, one) => Math.max(latest, earliest(datasets, upstream, one)), 0);
}
