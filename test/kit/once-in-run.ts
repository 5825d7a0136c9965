import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The folder that all suites of one jest run share. */
export function runDir(): string {
  const folder = process.env['ROLLCALL_TEST_RUN_DIR'];
  if (folder === undefined)
    throw new Error('ROLLCALL_TEST_RUN_DIR is not set: jest.config.cjs names the globalSetup that does');
  return folder;
}

/** A name for what is made of a value: equal for values of equal JSON. */
export const nameOf = (key: unknown): string =>
  createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);

/** Plain JSON that is dear to make: made once for all suites of a jest run (twice where two processes come to it at once). */
export function onceInRun<T>(key: unknown, make: () => T): T {
  const file = path.join(runDir(), `${nameOf(key)}.json`);
  if (!existsSync(file)) {
    const own = `${file}.${randomUUID()}`;
    writeFileSync(own, JSON.stringify(make()));
    renameSync(own, file);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
