import { randomBytes } from 'node:crypto';
import { RollcallError } from '../../core/contracts/errors';
import { describeProblem } from '../../core/contracts/problems';
import { cadenceOf } from '../../core/contracts/partition';
import { mentionsSettings } from '../../core/contracts/run/run-settings';
import { showValues } from '../../core/domain/batch/sensitive';
import { whyNotExpected } from '../../core/domain/partition/calendar';
import type { Command } from 'commander';
import { createS3Client } from '../../core/runtime/aws/s3';
import { resolveRollcall } from '../../lib/build/definition-imports';
import { UsageError, usageStatus } from '../backfill/usage-error';
import { Unreadable } from '../infer/unreadable';
import { checkPlace } from '../place';
import { complain, say, sayJson } from '../print';
import { tryFiles } from '../try/attempt';
import { loadDefinition, type Definition } from '../try/tried-definition';
import { reportJson, reportText, wouldPublish } from '../try/tell-tried';
import { gatherFiles, type GatherDeps } from '../try/tried-files';

export interface TryOptions {
  readonly datasets?: string;
  readonly partition?: string;
  readonly rows?: string;
  readonly json?: boolean;
}

export interface TryDeps extends Pick<GatherDeps, 's3'> {
  /** Characters in a line of the terminal. */
  readonly width: number;
}

const ROWS = '10';
const MOST_ROWS = 10_000;

/** Status 0: a run would publish; 1: it would not, or a file cannot be opened; 2: wrong usage, or a wrong definition. */
export async function tryCommand(
  name: string,
  given: readonly string[],
  options: TryOptions,
  { s3, width }: TryDeps,
): Promise<number> {
  const rows = rowsOf(options.rows ?? ROWS);
  const definition = await loadDefinition(options.datasets ?? 'datasets', name);
  const { dataset } = definition;
  refuseSettings(definition);
  if (options.partition !== undefined) {
    checkPlace(name, options.partition);
    const { partition } = options;
    const expected = `a partition of a dataset that is ${dataset.cadence}`;
    if (cadenceOf(partition) !== dataset.cadence)
      throw new UsageError(describeProblem({ field: '--partition', value: partition, expected }));
  }
  try {
    const partition = options.partition === undefined ? {} : { partition: options.partition };
    const gathered = await gatherFiles(dataset, given, { s3, ...partition });
    // Equal values of a sensitive column look equal within this output, and nowhere else.
    const show = showValues(dataset, randomBytes(32).toString('hex'));
    const tried = await tryFiles({ ...definition, gathered, rows, show });
    const notExpected = whyNotExpected(dataset, gathered.partition);
    const notes = notExpected === undefined ? [] : [`no run of ${gathered.partition} is expected: ${notExpected}`];
    const told = { ...tried, notes: [...tried.notes, ...notes] };
    if (options.json === true) sayJson(reportJson(name, gathered, told));
    else say(reportText(name, gathered, told, width));
    return wouldPublish(tried) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Unreadable) && !(error instanceof RollcallError)) throw error;
    complain(`rollcall try: ${error.message}`);
    return 1;
  }
}

function rowsOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= MOST_ROWS) return Number(text);
  throw new UsageError(describeProblem({ field: '--rows', value: text, expected: `a number from 0 to ${MOST_ROWS}` }));
}

/** What a database answers to a run is not known here, and a made-up value would make made-up results. */
function refuseSettings({ dataset: { dependencies, rowRules, transform } }: Definition): void {
  const declared = dependencies.some((one) => 'settings' in one && Object.keys(one.settings).length > 0);
  const sql = [...rowRules.map((rule) => rule.sql), transform?.sql ?? ''].join(' ');
  if (declared && (mentionsSettings(sql) || transform?.code !== undefined))
    throw new UsageError(
      'the rules or the transform read settings that a database answers to a run, so they cannot be tried here: use npm run local (docs/local.md)',
    );
}

/** `rollcall try <dataset> <file, folder or S3 URI…>` */
export function addTry(program: Command): void {
  program
    .command('try')
    .description('what a definition would make of files: counts, broken rules, and the first published rows')
    .argument('<dataset>')
    .argument('<files...>', 'files, folders, or S3 URIs of objects or prefixes, all of one partition')
    .option('--datasets <dir>', 'folder with <dataset>/dataset.ts; default: datasets')
    .option('--partition <partition>', 'of which partition they are; default: that of their paths')
    .option('--rows <n>', `most rows that are shown; default: ${ROWS}`)
    .option('--json', 'everything as JSON')
    .addHelpText(
      'after',
      '\nNothing is deployed, synthesized or written. Values of sensitive columns are shown as hashes.\nExit status: 0 a run would publish, 1 it would not, 2 wrong usage or a wrong definition. docs/try.md',
    )
    .action(async (dataset: string, files: string[], options: TryOptions) => {
      resolveRollcall();
      const deps = { s3: () => createS3Client({ requests: 0 }), width: process.stdout.columns ?? 120 };
      process.exitCode = await usageStatus(() => tryCommand(dataset, files, options, deps));
    });
}
