import { inspect } from 'node:util';
import { Command } from 'commander';
import { COMMANDS } from './commands';
import { complain } from './print';

/** The `rollcall` command: one file per sub-command in `commands/`. Exit status 2 is for wrong usage, in every command. */
async function main(): Promise<void> {
  const program = new Command('rollcall')
    .description('Every run has exactly one ending on record.')
    .showHelpAfterError('(rollcall --help shows the commands)')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const add of COMMANDS) add(program);
  await program.parseAsync(process.argv);
}

main().catch((error: unknown) => {
  complain(inspect(error));
  process.exitCode = 70;
});
