import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { createSfnClient } from '../../core/runtime/aws/executions';
import { Store } from '../../core/runtime/store/store';
import { named, targetOf, type Target } from '../backfill/target';
import { UsageError, usageStatus } from '../backfill/usage-error';
import { executionName } from '../start-execution';
import { replay } from '../quarantine/replay';
import { printShown, showQuarantine } from '../quarantine/show';
import { checkPlace } from '../place';
import { say, sayJson } from '../print';
import { describeProblem } from '../../core/contracts/problems';

const LOOK_EVERY_MS = 1000;

interface QuarantineOptions {
  readonly ledger?: string;
  readonly lake?: string;
  readonly machine?: string;
  readonly rule?: string;
  readonly samples?: string;
  readonly raw?: boolean;
  readonly json?: boolean;
  readonly force?: boolean;
}

function samplesOf({ samples = '3' }: QuarantineOptions): number {
  if (!/^\d{1,4}$/.test(samples))
    throw new UsageError(describeProblem({ field: '--samples', value: samples, expected: 'a number from 0 to 9999' }));
  return Number(samples);
}

async function show(target: Target, dataset: string, partition: string, options: QuarantineOptions): Promise<number> {
  const lake = named('lake', options.lake, process.env);
  const { rule, raw = false } = options;
  const stores = { ledger: target.ledger, lake: new Store(target.s3, lake) };
  const shown = await showQuarantine(stores, dataset, partition, {
    samples: samplesOf(options),
    ...(rule === undefined ? {} : { rule }),
  });
  if (options.json === true) {
    const { quarantined, rules, records } = shown;
    const { runId, ending, published, at, records: counts } = quarantined;
    // Whole records only where they were asked for.
    const kept = rules.map((one) => ({
      ...one,
      samples: one.samples.map(({ raw: text, rawBase64, values, ...sample }) =>
        raw ? { ...sample, raw: text, rawBase64, values } : sample,
      ),
    }));
    sayJson({ dataset, partition, runId, ...ending, published, at, counts, records, rules: kept });
  } else say(printShown(dataset, partition, shown, { raw }));
  return 0;
}

async function replayNow(
  target: Target,
  dataset: string,
  partition: string,
  options: QuarantineOptions,
): Promise<number> {
  const machine = named('partitionRun', options.machine, process.env);
  return replay(
    {
      ledger: target.ledger,
      sfn: createSfnClient(),
      machine,
      name: executionName('replay', target.now()),
      force: options.force ?? false,
      say,
      pause: () => sleep(LOOK_EVERY_MS),
    },
    dataset,
    partition,
  );
}

type Act = (target: Target, dataset: string, partition: string, options: QuarantineOptions) => Promise<number>;

/** `rollcall quarantine show <dataset> <partition>` and `rollcall quarantine replay <dataset> <partition>` */
export function addQuarantine(program: Command): void {
  const quarantine = program.command('quarantine').description('look at rejected records, and run them again');
  const add = (name: string, description: string, act: Act): Command =>
    quarantine
      .command(name)
      .description(description)
      .argument('<dataset>')
      .argument('<partition>', 'a UTC hour like 2026-01-20T05, or a day like 2026-01-20')
      .option('--ledger <bucket>', 'ledger bucket; default: ROLLCALL_LEDGER_BUCKET')
      .action(async (dataset: string, partition: string, options: QuarantineOptions) => {
        process.exitCode = await usageStatus(() => {
          checkPlace(dataset, partition);
          return act(targetOf({ ...options, datasets: '' }, process.env), dataset, partition, options);
        });
      });
  add('show', 'count the records in quarantine by rule, with samples', show)
    .option('--lake <bucket>', 'lake bucket; default: ROLLCALL_LAKE_BUCKET')
    .option('--rule <name>', 'only this rule')
    .option('--samples <n>', 'samples of each rule', '3')
    .option('--raw', 'whole records as they came, sensitive values included')
    .option('--json', 'as JSON');
  add('replay', 'run the partition again after a rule was fixed, on the source as it was published', replayNow)
    .option('--machine <arn>', 'PartitionRun machine; default: ROLLCALL_PARTITION_RUN_ARN')
    .option('--force', 'also under the definition that rejected the records')
    .addHelpText(
      'after',
      '\nExit status: 0 published anew, 1 not, 2 wrong usage or nothing to run again. Until it is published anew, what was published stays.',
    );
}
