import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { synthesize } from '../../local/template/synthesize';
import { nameOf, runDir } from './once-in-run';

const LOOK_AGAIN_MS = 100;

/**
 * The app synthesized with some context, once for all suites of a jest run, whatever process they are in: the first one does it, the
 * others wait. No test writes into it.
 */
export async function synthesizedOnce(context: Readonly<Record<string, string>>): Promise<string> {
  const run = runDir();
  const name = nameOf(context);
  const assembly = path.join(run, name);
  const outcome = path.join(run, `${name}.outcome`);
  if (isFirst(path.join(run, `${name}.begun`))) {
    const failure = await synthesize(assembly, context).then(
      () => '',
      (error: unknown) => String(error),
    );
    writeFileSync(outcome, failure);
  }
  while (!existsSync(outcome)) await sleep(LOOK_AGAIN_MS);
  const failure = readFileSync(outcome, 'utf8');
  if (failure !== '') throw new Error(failure);
  return assembly;
}

function isFirst(mark: string): boolean {
  try {
    mkdirSync(mark);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
