import type { BackfillPlan, PlanItem } from '../../core/contracts/backfill/backfill';
import { missingReasons } from '../../core/contracts/backfill/missing';
import { periodNoun } from '../../core/contracts/partition';
import { parseBackfillInput } from '../../core/domain/backfill/backfill-request';
import { makePlan } from '../../core/runtime/backfill/survey';
import { createSfnClient, isExecutionRunning } from '../../core/runtime/aws/executions';
import { SourceReader } from '../../core/runtime/step/source-reader';
import { definitionsOf } from './deployed-definitions';
import type { Target } from './target';
import { UsageError } from './usage-error';
import { span } from '../../core/domain/text/lists';
import { describeShown } from '../../core/contracts/problems';

/**
 * What a backfill with this input would do now, by the code that PlanBackfill runs. Changes nothing.
 * @throws UsageError naming each field of the input that is wrong
 */
export async function planNow(target: Target, input: unknown, datasetsFolder: string): Promise<BackfillPlan> {
  const now = target.now();
  const datasets = await definitionsOf(target.ledger, datasetsFolder);
  const { request, problems } = parseBackfillInput(input, datasets, now);
  if (request === undefined) throw new UsageError(problems.map(describeShown).join('\n'));
  const sfn = createSfnClient();
  const context = {
    ledger: target.ledger,
    datasets,
    source: new SourceReader(target.s3),
    isRunning: (holder: Parameters<typeof isExecutionRunning>[1]) => isExecutionRunning(sfn, holder, now),
    codeVersion: 'rollcall backfill plan',
    lastTry: true,
  };
  return makePlan(context, request, { backfillId: 'plan', now });
}

/** The plan as people read it: a line about each dataset, then a table of the partitions and their reasons. */
export function printPlan(plan: BackfillPlan): string {
  const { items, left, running, range } = plan;
  const lines = plan.datasets.map(({ dataset, cadence, expected, notCompared, awaitingPrimary }) => {
    const missing = [...items, ...left].filter((item) => item.dataset === dataset).length;
    const unknown =
      notCompared === null
        ? ''
        : `; the source of ${notCompared.partitions} could not be listed again (${notCompared.error})`;
    const waiting =
      awaitingPrimary === 0 ? '' : `; ${awaitingPrimary} still from the fallback, the primary has nothing yet`;
    return `${dataset}: ${missing} of ${expected} expected ${periodNoun(cadence, expected)} to run${unknown}${waiting}`;
  });
  const rows = [
    ...items.map((item) => row(item, `${item.reprocess ? 'replaces what is published' : 'is run'}${waitsFor(item)}`)),
    ...left.map((item) => row(item, 'over the limit: is left')),
    ...running.map(({ dataset, partition, runId, since }) => [
      dataset,
      partition,
      `held by run ${runId} since ${since}`,
      '',
      'is left to that run',
    ]),
  ];
  const none = `No missing hours found in date range (${span(range.startDate, range.endDate)}).`;
  const table =
    rows.length === 0 ? [none] : align([['DATASET', 'PARTITION', 'REASON', 'ENDING', 'WHAT HAPPENS'], ...rows]);
  return [`Range ${range.from} to ${range.to}`, ...lines, '', ...table].join('\n');
}

function row({ dataset, partition, reason, code }: PlanItem, what: string): string[] {
  return [dataset, partition, missingReasons[reason], code ?? '', what];
}

/** Upstreams that are missing, and whether this backfill brings them: without them the run ends UPSTREAM_MISSING. */
function waitsFor({ missingUpstreams }: PlanItem): string {
  const named = (planned: boolean) => {
    const [first, ...more] = missingUpstreams.filter((one) => one.planned === planned);
    if (first === undefined) return '';
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    return `${first.dataset} ${first.partition}${planned ? '' : ` (${first.standing})`}${others}`;
  };
  const [before, never] = [named(true), named(false)];
  return [
    before === '' ? '' : `, after upstream ${before}`,
    never === ''
      ? ''
      : `, and is skipped unless upstream ${never} is published before: that is not part of this backfill`,
  ].join('');
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? [];
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
