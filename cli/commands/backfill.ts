import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { backfillInputSchema } from '../../core/contracts/backfill/backfill';
import { backfillEndingOf } from '../../core/contracts/backfill/backfill-endings';
import { MISSING_REASONS } from '../../core/contracts/backfill/missing';
import { describeProblems, problemsOf } from '../../core/contracts/problems';
import { createSfnClient } from '../../core/runtime/aws/executions';
import { followBackfill, printEnding } from '../backfill/follow-backfill';
import { planNow, printPlan } from '../backfill/print-plan';
import { machineOf, targetOf, type TargetOptions } from '../backfill/target';
import { UsageError, usageStatus } from '../backfill/usage-error';
import { executionName, startExecution } from '../start-execution';
import { say } from '../print';

const LOOK_EVERY_MS = 1000;

export interface BackfillOptions extends TargetOptions {
  readonly start?: string;
  readonly end?: string;
  readonly alsoPartial?: boolean;
  readonly everything?: boolean;
  readonly only?: readonly string[];
  readonly limit?: string;
}

/** The input of the machine, with the fields that were given and no others. */
export function inputOf(dataset: string | undefined, options: BackfillOptions): Record<string, unknown> {
  const { start, end, alsoPartial, everything, only, limit } = options;
  const given = { dataset, start, end, alsoPartial, everything, onlyReasons: only };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    // A limit that is no number is shown as it was given.
    ...(limit === undefined ? {} : { limit: /^\d+$/.test(limit) ? Number(limit) : limit }),
  };
}

async function plan(dataset: string | undefined, options: BackfillOptions): Promise<number> {
  const made = await planNow(targetOf(options, process.env), inputOf(dataset, options), options.datasets);
  say(printPlan(made));
  say('\nNothing was changed.');
  return 0;
}

async function start(dataset: string | undefined, options: BackfillOptions): Promise<number> {
  const input = inputOf(dataset, options);
  // What the machine would refuse in any case is not worth an execution; the rest (does the dataset exist? is the range over?) it decides.
  const parsed = backfillInputSchema.safeParse(input, { reportInput: true });
  if (!parsed.success) throw new UsageError(describeProblems(problemsOf(parsed.error)));
  const machine = machineOf(options, process.env);
  const { ledger, now } = targetOf(options, process.env);
  const sfn = createSfnClient();
  const executionArn = await startExecution(sfn, machine, input, executionName('cli', now()));
  say(`Started ${executionArn}`);
  say('Ctrl-C ends this report, not the backfill.');
  const ending = await followBackfill({ sfn, ledger, say, pause: () => sleep(LOOK_EVERY_MS) }, executionArn);
  if (typeof ending === 'string') {
    say(`${ending}; it has left no manifest yet: the sweep writes it within minutes.`);
    return 1;
  }
  say(printEnding(ending));
  return backfillEndingOf(ending.status).succeeds ? 0 : 1;
}

type Act = (dataset: string | undefined, options: BackfillOptions) => Promise<number>;

/** `rollcall backfill plan [dataset]` and `rollcall backfill start [dataset]` */
export function addBackfill(program: Command): void {
  const backfill = program.command('backfill').description('find the partitions that are missing, and run them');
  const add = (name: string, description: string, act: Act) =>
    backfill
      .command(name)
      .description(description)
      .argument('[dataset]', 'default: all datasets')
      .option(
        '--start <time>',
        'first UTC day (2026-01-20) or hour (2026-01-20T05); default: the oldest that is missing',
      )
      .option('--end <time>', 'last UTC day, inclusive, or the hour before which the range ends; default: now')
      .option('--also-partial', 'also partitions that are published with rejected records or without objects')
      .option('--everything', 'also everything else that is published: process it again')
      .addOption(
        backfill.createOption('--only <reason...>', 'only what is missing for these reasons').choices(MISSING_REASONS),
      )
      .option('--limit <n>', 'at most so many partitions, the newest first')
      .option('--ledger <bucket>', 'ledger bucket; default: ROLLCALL_LEDGER_BUCKET')
      .option('--machine <arn>', 'Backfill machine; default: ROLLCALL_BACKFILL_ARN')
      .option('--datasets <folder>', 'definitions, where the ledger has none yet', 'datasets')
      .action(async (dataset: string | undefined, options: BackfillOptions) => {
        process.exitCode = await usageStatus(() => act(dataset, options));
      });
  add('plan', 'print which partitions a backfill would run, each with its reason; changes nothing', plan);
  add('start', 'start a backfill and follow it to its end', start).addHelpText(
    'after',
    '\nExit status: 0 nothing missing or all recovered, 1 still missing or failed, 2 wrong usage.',
  );
}
