import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { ALTERNATIVES, PYTHON } from '../validate/alternatives';

/*
 * Installs what the benchmark compares with, beside this file and ignored by Git: `npm run bench:install`. Needs npm, and Python 3.11 or
 * newer under the name in PYTHON (default python3); PySpark also needs Java 17 or newer, which it does not install. About 1.3 GB.
 */
const run = (file: string, ...args: string[]): void =>
  void execFileSync(file, args, { cwd: ALTERNATIVES, stdio: 'inherit' });

run('npm', 'ci');
run(process.env['PYTHON'] ?? 'python3', '-m', 'venv', path.dirname(path.dirname(PYTHON)));
run(PYTHON, '-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', 'requirements.txt');
