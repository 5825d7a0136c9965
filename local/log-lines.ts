import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Lines of a folder of logs: how many there are, and those that do not say whose they are. */
export function linesIn(folder: string): { readonly all: number; readonly nameless: readonly string[] } {
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '');
  return { all: lines.length, nameless: lines.filter((line) => !saysWhose(line)) };
}

/** By the execution and the run or backfill that it is about; the sweep is about all of them. */
function saysWhose(line: string): boolean {
  let keys: Readonly<Record<string, unknown>>;
  try {
    keys = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch (error) {
    // Not one of the logger's.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
  if (keys['service'] === 'sweep') return true;
  return keys['executionArn'] !== undefined && (keys['runId'] ?? keys['backfillId']) !== undefined;
}
