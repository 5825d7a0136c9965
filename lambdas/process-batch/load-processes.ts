import { join } from 'node:path';
import type { Processes } from '../../core/contracts/dataset/process';

/** Name of the file with the datasets' transforms in TypeScript, bundled, beside a function's code. */
const PROCESSES_FILE = 'processes.js';

/** The transforms in this function's bundle; `lib/build` puts them there. */
export function loadProcesses(env: Readonly<Record<string, string | undefined>>): Processes {
  const file = join(env['LAMBDA_TASK_ROOT'] ?? __dirname, PROCESSES_FILE);
  // Known only in a bundle; the compiler of the functions must leave it alone.
  return (require(file) as { processes: Processes }).processes;
}
