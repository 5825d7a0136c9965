import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describeProblem } from '../../core/contracts/problems';
import { UsageError } from '../../cli/backfill/usage-error';

/** A path of the command line: from where the command was typed, which npm leaves for the project's folder. */
export function fromHere(given: string): string {
  return path.resolve(process.env['INIT_CWD'] ?? process.cwd(), given);
}

/**
 * An existing folder that an option names.
 * @throws UsageError where there is none
 */
export function folderOf(option: string, given: string): string {
  const folder = fromHere(given);
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  throw new UsageError(describeProblem({ field: option, value: given, expected: 'a folder' }));
}
