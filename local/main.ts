// oxlint-disable-next-line no-unassigned-import -- it comes first: it prepares how all others are loaded
import './quick-start';
import { Command, CommanderError } from 'commander';
import { resolveRollcall } from '../lib/build/definition-imports';
import type * as Demo from './commands/demo';
import type { DemoOptions } from './commands/demo';
import type * as FaultsHelp from './commands/faults-help';
import type * as Run from './commands/run';
import type { RunOptions } from './commands/run';
import type * as Tour from './commands/tour';
import { TOPICS } from './tour/topic-names';
import type * as Up from './commands/up';
import type { UpOptions } from './commands/up';

/** What is wrong with what the user gave; anything else is a defect and keeps its stack. */
const USERS = ['UsageError', 'FaultSyntaxError', 'SynthesisFailed', 'InvalidDataset'];

const DATASETS = ['--datasets <folder>', 'definitions in place of those of datasets/, anywhere on the disk'] as const;
const DATA = ['--data <folder>', 'where everything is left, and gone on from; default .local'] as const;

/** `npm run local`: the synthesized app on this machine, without an AWS account. Each command loads only what it needs. */
async function main(argv: readonly string[]): Promise<number> {
  const say = (line: string): void => console.log(line);
  let code = 0;
  resolveRollcall();
  const program = new Command('npm run local --')
    .description(
      'Runs the synthesized app on this machine: S3, Step Functions and Slack on loopback, the bundled functions, real data.',
    )
    .option('--data <folder>', 'where everything is left; default .local')
    .option('--fresh', 'remove what earlier runs left there', false)
    // What stands behind a command is that command's.
    .enablePositionalOptions()
    .exitOverride()
    .action(async (options: DemoOptions) => {
      const { demo } = require('./commands/demo') as typeof Demo;
      code = await demo(say, options);
    });
  program
    .command('run')
    .description('a run of each partition, state by state, going on from what is in the data folder')
    .argument('<dataset>')
    .argument('<partitions...>', 'UTC hours like 2001-01-01T05, or days like 2001-01-01')
    .option(...DATASETS)
    .option(
      '--source <folder>',
      'your own files: all that the source bucket has, their paths the keys; without it a bucket that nothing was put into does not exist',
    )
    .option(
      '--now <time>',
      'the time that the clock starts at; default when the first partition is due, or where it stood',
    )
    .option(...DATA)
    .option('--json', 'the manifest of each run on a line of stdout; all else to stderr', false)
    .option('--fault <fault>', 'what goes wrong (see below); may be given several times', collect, [])
    .option('--reprocess', 'run although the partition is published, and replace what is published', false)
    .addHelpText('after', () => (require('./commands/faults-help') as typeof FaultsHelp).faultsHelp())
    .action(async (dataset: string, partitions: string[], options: RunOptions) => {
      const { run } = require('./commands/run') as typeof Run;
      const outputs = { say: options.json ? (line: string) => console.error(line) : say, print: say };
      code = await run(outputs, dataset, partitions, options);
    });
  program
    .command('up')
    .description('stays up until Ctrl-C, for any S3 or Step Functions client')
    .option(...DATASETS)
    .option(...DATA)
    .action(async (options: UpOptions) => {
      const { up } = require('./commands/up') as typeof Up;
      code = await up(say, options);
    });
  program
    .command('tour')
    .description('one story of what happens when something fails, on datasets made for it')
    .argument('<topic>', TOPICS.join(', '))
    .action(async (topic: string) => {
      const { tour } = require('./commands/tour') as typeof Tour;
      code = await tour(say, topic);
    });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (error instanceof Error && USERS.includes(error.name)) {
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
