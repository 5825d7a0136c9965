import type { z } from 'zod';
import { checkAwaited } from './awaited';
import type { CircuitOptions } from './circuit-options';
import { COLUMN_RULES, referenceOf, rulesOfColumn, type Column, type Otherwise } from './column';
import { checkExpectations, type Expectation } from './expectation';
import type { Fallback } from './fallback';
import { checkDependencies, type Dependency } from './dependency';
import { cadenceOf, type Cadence } from '../partition';
import { checkOrigins, checkUnique } from './column-checks';
import type { Issue } from './issue';
import { layoutsOf } from './key-layout';
import type { Calendar, Source } from './source';
import { checkFormat, checkPrefix, checkSuffix } from './source-checks';
import type { UniqueOptions } from './unique';

/** What of a definition the checks across fields look at. */
interface Checked {
  readonly name: string;
  readonly cadence: Cadence;
  readonly calendar: Calendar;
  readonly source: Source;
  readonly upstreams: readonly { readonly dataset: string }[];
  readonly fallback?: Fallback | undefined;
  readonly lateWindowDays: number;
  readonly availableMinutes: number;
  readonly deadlineMinutes: number;
  readonly complete: { readonly settleMinutes?: number | undefined };
  readonly columns: Readonly<Record<string, Column>>;
  readonly unique?: UniqueOptions | undefined;
  readonly duplicates: Otherwise;
  readonly rowRules: readonly { readonly name: string }[];
  readonly expectations: readonly Expectation[];
  readonly dependencies: readonly Dependency[];
  readonly tolerance: {
    readonly rejected: object;
    readonly failedBatches: object;
    readonly failedObjects?: object | undefined;
  };
  readonly transform?:
    | {
        readonly sql?: string | undefined;
        readonly code?: string | undefined;
        readonly columns?: Readonly<Record<string, Column>> | undefined;
        readonly perBatch?: boolean | undefined;
      }
    | undefined;
  readonly circuit: CircuitOptions;
}

/** What the fields of a definition must be to each other. Runs when each field by itself is right. */
export function checkDataset(dataset: Checked, context: z.RefinementCtx): void {
  const issue: Issue = (path, message, input) => context.addIssue({ code: 'custom', path, message, input });
  checkCalendar(dataset, issue);
  checkTimes(dataset, issue);
  checkPrefix('source', dataset.cadence, dataset.source.prefix, issue);
  checkTimeZone(dataset, issue);
  checkFormat(dataset, issue);
  checkOrigins(dataset, issue);
  checkFallback(dataset, issue);
  checkColumns(dataset, issue);
  checkUnique(dataset, issue);
  checkRules(dataset, issue);
  checkExpectations(dataset, issue);
  checkTransform(dataset, issue);
  checkUpstreams(dataset, issue);
  checkCircuit(dataset, issue);
  checkDependencies(dataset, issue);
  checkAwaited(dataset, issue);
}

function checkCalendar({ calendar, cadence }: Checked, issue: Issue): void {
  const example = cadence === 'hourly' ? '2026-01-20T05' : '2026-01-20';
  const { firstPartition, lastPartition } = calendar;
  const fits = (path: (string | number)[], partition: string | undefined) => {
    if (partition !== undefined && cadenceOf(partition) !== cadence)
      issue(path, `expected a partition of ${cadence} cadence like ${example}`, partition);
  };
  fits(['calendar', 'firstPartition'], firstPartition);
  fits(['calendar', 'lastPartition'], lastPartition);
  // Partitions of one cadence sort as text.
  if (lastPartition !== undefined && lastPartition < firstPartition) {
    const message = `expected a partition not before firstPartition ${firstPartition}`;
    issue(['calendar', 'lastPartition'], message, lastPartition);
  }
  calendar.paused.forEach(({ from, to }, i) => {
    fits(['calendar', 'paused', i, 'from'], from);
    fits(['calendar', 'paused', i, 'to'], to);
    if (to !== undefined && to < from)
      issue(['calendar', 'paused', i, 'to'], `expected a partition not before ${from}`, to);
  });
  if (cadence === 'daily' && calendar.hours !== undefined)
    issue(['calendar', 'hours'], 'expected no hours for a daily dataset', calendar.hours);
}

function checkTimes({ availableMinutes, deadlineMinutes, complete }: Checked, issue: Issue): void {
  if (deadlineMinutes <= availableMinutes)
    issue(['deadlineMinutes'], `expected more than availableMinutes (${availableMinutes})`, deadlineMinutes);
  // Otherwise not even an empty partition, quiet from its end on, would be complete by its deadline.
  if (complete.settleMinutes !== undefined && complete.settleMinutes >= deadlineMinutes)
    issue(
      ['complete', 'settleMinutes'],
      `expected less than deadlineMinutes (${deadlineMinutes})`,
      complete.settleMinutes,
    );
}

function checkTimeZone({ cadence, source: { timeZone } }: Checked, issue: Issue): void {
  if (cadence === 'daily' && timeZone !== 'UTC') {
    const message = 'expected UTC for a daily dataset: its prefix carries the date of the partition as it is';
    issue(['source', 'timeZone'], message, timeZone);
  }
}

function checkFallback({ cadence, source, fallback, complete, lateWindowDays }: Checked, issue: Issue): void {
  if (fallback === undefined) return;
  const { bucket, prefix, suffix, maxAgeMinutes, when, owed } = fallback;
  checkPrefix('fallback', cadence, prefix, issue);
  checkSuffix('fallback', suffix, source, issue);
  // What one prefix lists, the other would list too: the primary would be its own fallback.
  const overlap = layoutsOf(source).find((layout) =>
    layoutsOf({ prefix }).some((other) => other.startsWith(layout) || layout.startsWith(other)),
  );
  if (bucket === source.bucket && overlap !== undefined)
    issue(['fallback', 'prefix'], `expected one that does not overlap with source.prefix ${overlap}`, prefix);
  if (new Set(when).size < when.length) issue(['fallback', 'when'], 'expected each value once', when);
  if (complete.settleMinutes !== undefined && maxAgeMinutes <= complete.settleMinutes) {
    const message = `expected more than complete.settleMinutes (${complete.settleMinutes}): until then it is not complete`;
    issue(['fallback', 'maxAgeMinutes'], message, maxAgeMinutes);
  }
  if (owed && lateWindowDays === 0)
    issue(['fallback', 'owed'], 'expected false with lateWindowDays 0, in which nothing is found to be missing', owed);
}

function checkColumns({ columns }: Checked, issue: Issue): void {
  const names = Object.keys(columns);
  const folded = new Map<string, string>();
  for (const name of names) {
    const twin = folded.get(name.toLowerCase());
    if (twin !== undefined) {
      const message = `expected a name that differs from ${JSON.stringify(twin)} in more than case: SQL folds case`;
      issue(['columns', name], message, name);
    }
    folded.set(name.toLowerCase(), name);
  }
  for (const [name, column] of Object.entries(columns)) {
    if ('max' in column && column.min !== undefined && column.max !== undefined && isOver(column.min, column.max))
      issue(['columns', name, 'max'], `expected at least min (${column.min})`, column.max);
    if (column.type === 'decimal' && column.scale > column.precision)
      issue(['columns', name, 'scale'], `expected at most precision (${column.precision})`, column.scale);
    if (column.type === 'string' && (column.minLength ?? 0) > (column.maxLength ?? Infinity))
      issue(['columns', name, 'maxLength'], `expected at least minLength (${column.minLength})`, column.maxLength);
    const own = rulesOfColumn(column);
    for (const rule of COLUMN_RULES) {
      const otherwise = column.otherwise?.[rule];
      if (otherwise !== undefined && !own.includes(rule))
        issue(
          ['columns', name, 'otherwise', rule],
          `expected a rule that the column has: ${own.join(', ')}`,
          otherwise,
        );
    }
  }
}

/** What a column that a transform gives is said to be; and words that every column has by default. */
const WORDS_OF_TYPES: readonly string[] = ['type', 'precision', 'scale', 'nullable', 'sensitive', 'multiline'];

function checkTransform({ transform }: Checked, issue: Issue): void {
  if (transform === undefined) return;
  const { sql, code, columns, perBatch } = transform;
  if ((sql === undefined) === (code === undefined)) {
    issue(['transform'], "expected exactly one of sql and code: 'process.ts'", transform);
    return;
  }
  if (code === undefined && columns !== undefined)
    issue(['transform', 'columns'], 'expected none beside sql, whose SELECT says which columns there are', columns);
  if (code !== undefined && perBatch !== undefined)
    issue(['transform', 'perBatch'], 'expected none beside code, which never sees all records of a batch', perBatch);
  if (code !== undefined && columns === undefined)
    issue(['transform', 'columns'], 'expected the columns that process.ts gives, with their types', columns);
  for (const [name, column] of Object.entries(columns ?? {})) {
    for (const [word, value] of Object.entries(column))
      if (!WORDS_OF_TYPES.includes(word) && value !== undefined)
        issue(['transform', 'columns', name, word], 'expected a type alone: rules are for what comes in', value);
    if (column.type === 'decimal' && column.scale > column.precision)
      issue(['transform', 'columns', name, 'scale'], `expected at most precision (${column.precision})`, column.scale);
  }
}

/** Instants may leave out seconds and fractions, which text alone would sort wrongly: `…00Z` after `…00:30Z`. */
function isOver(min: number | string, max: number | string): boolean {
  const comparable = (bound: number | string) =>
    typeof bound === 'number' || !bound.endsWith('Z')
      ? bound
      : bound.slice(0, 16) + bound.slice(16, -1).padEnd(3, ':00').padEnd(4, '.').padEnd(10, '0');
  return comparable(min) > comparable(max);
}

function checkRules({ rowRules, tolerance }: Checked, issue: Issue): void {
  const names = new Set<string>();
  rowRules.forEach(({ name }, i) => {
    if (names.has(name)) issue(['rowRules', i, 'name'], 'expected a name that no other row rule has', name);
    if (name === 'unique')
      issue(['rowRules', i, 'name'], 'expected a name other than unique, which the unique key has', name);
    names.add(name);
  });
  // No limit at all would publish whatever is left; who wants that can say share: 1.
  if (Object.keys(tolerance.rejected).length === 0)
    issue(['tolerance', 'rejected'], 'expected records, share or both', tolerance.rejected);
  if (Object.keys(tolerance.failedBatches).length === 0)
    issue(['tolerance', 'failedBatches'], 'expected batches, share or both', tolerance.failedBatches);
  if (tolerance.failedObjects !== undefined && Object.keys(tolerance.failedObjects).length === 0)
    issue(['tolerance', 'failedObjects'], 'expected objects, share or both', tolerance.failedObjects);
}

/** What one definition can say by itself; whether they exist and make no circle, all definitions together say (`domain/source/upstream-checks.ts`). */
function checkUpstreams({ name, upstreams, columns }: Checked, issue: Issue): void {
  upstreams.forEach(({ dataset }, i) => {
    if (dataset === name) issue(['upstreams', i, 'dataset'], 'expected another dataset than itself', dataset);
    if (upstreams.findIndex((one) => one.dataset === dataset) < i)
      issue(['upstreams', i, 'dataset'], 'expected each dataset once', dataset);
  });
  for (const [column, definition] of Object.entries(columns)) {
    const reference = referenceOf(definition);
    // Otherwise no run would wait for it, and which of its partitions is meant would be unknown.
    if (reference !== undefined && !upstreams.some(({ dataset }) => dataset === reference.dataset))
      issue(['columns', column, 'references', 'dataset'], 'expected one of the upstreams', reference.dataset);
  }
}

function checkCircuit({ circuit: { coolDownMinutes, maxCoolDownMinutes } }: Checked, issue: Issue): void {
  if (maxCoolDownMinutes < coolDownMinutes) {
    const message = `expected at least coolDownMinutes (${coolDownMinutes})`;
    issue(['circuit', 'maxCoolDownMinutes'], message, maxCoolDownMinutes);
  }
}
