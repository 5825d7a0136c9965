import { Command, CommanderError } from 'commander';
import { InvalidDataset } from '../core/contracts/dataset/dataset';
import { resolveRollcall } from '../lib/build/definition-imports';
import { demo } from './commands/demo';
import { run, UsageError, type RunOptions } from './commands/run';
import { tour } from './commands/tour';
import { up } from './commands/up';
import { TOPICS } from './tour/topics';
import { FaultSyntaxError } from './aws/faults';
import { DATASETS_DIR } from './session';
import { SynthesisFailed } from './template/synthesize';

/** What a user can put right is said in one line. */
const KNOWN = [UsageError, FaultSyntaxError, SynthesisFailed, InvalidDataset];

/** Of the commands that work on the user's own datasets. */
const DATASETS_OPTION = ['--datasets <dir>', 'folder of the datasets, anywhere on the disk', DATASETS_DIR] as const;

/** `npm run local`: the synthesized app on this machine, without an AWS account. */
async function main(argv: readonly string[]): Promise<number> {
  const say = (line: string): void => console.log(line);
  let code = 0;
  resolveRollcall();
  const program = new Command('npm run local --')
    .description(
      'Runs the synthesized app on this machine: S3, Step Functions and Slack on loopback, the bundled functions, real data.',
    )
    .exitOverride()
    .action(async () => {
      code = await demo(say);
    });
  program
    .command('run')
    .description('one run of one partition, state by state, going on from what is in .local/')
    .argument('<dataset>')
    .argument('<partition>', 'a UTC hour like 2001-01-01T05, or a day like 2001-01-01')
    .option('--source <dir>', "your own files: they become the source bucket's objects, their paths the keys")
    .option(
      '--fault <State>:<what>[:<times>]',
      'throw:<ErrorName>, timeout, kill or throttle; may be given several times',
      collect,
      [],
    )
    .option('--reprocess', 'run although the partition is published, and replace what is published', false)
    .option(...DATASETS_OPTION)
    .action(async (dataset: string, partition: string, options: RunOptions) => {
      code = await run(say, dataset, partition, options);
    });
  program
    .command('up')
    .description('stays up until Ctrl-C, for any S3 or Step Functions client')
    .option(...DATASETS_OPTION)
    .action(async ({ datasets }: { readonly datasets: string }) => {
      code = await up(say, datasets);
    });
  program
    .command('tour')
    .description('one story of what happens when something fails, on datasets made for it')
    .argument('<topic>', TOPICS.join(', '))
    .action(async (topic: string) => {
      code = await tour(say, topic);
    });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (error instanceof Error && KNOWN.some((known) => error instanceof known)) {
      console.error(error.message);
      return 2;
    }
    throw error;
  }
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
