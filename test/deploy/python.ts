import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './children';

const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const PROBE =
  'import sys, venv, ensurepip; assert sys.version_info >= (3, 10); print("%d.%d.%d" % sys.version_info[:3])';

/** A Python that can make virtual environments. */
export interface Python {
  readonly command: string;
  readonly version: string;
}

/** The first Python on the PATH that is 3.10 or newer and has `venv` and `ensurepip`; undefined when there is none. */
export async function findPython(): Promise<Python | undefined> {
  for (const command of CANDIDATES) {
    const { code, output } = await run(command, ['-c', PROBE]);
    if (code === 0) return { command, version: output.trim() };
  }
  return undefined;
}

/**
 * Path of the interpreter of a virtual environment that holds exactly what the requirements file pins. Made once per file's
 * content under `.venv/`; one that was left half done is made anew.
 */
export async function virtualEnvironment(python: Python, root: string, requirements: string): Promise<string> {
  const pins = readFileSync(requirements, 'utf8');
  const emulator = /^ministack==(\S+)$/m.exec(pins)?.[1];
  if (emulator === undefined) throw new Error(`${requirements}: expected a line ministack==<version>`);
  const folder = join(root, '.venv', `ministack-${emulator}`);
  const interpreter = join(folder, 'bin', 'python');
  const done = join(folder, '.complete');
  const content = createHash('sha256').update(`${python.version}\n${pins}`).digest('hex');
  if (existsSync(interpreter) && existsSync(done) && readFileSync(done, 'utf8') === content) return interpreter;

  rmSync(folder, { recursive: true, force: true });
  await mustSucceed(python.command, ['-m', 'venv', folder]);
  await mustSucceed(interpreter, [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary',
    ':all:',
    '-r',
    requirements,
  ]);
  writeFileSync(done, content);
  return interpreter;
}

async function mustSucceed(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
}
