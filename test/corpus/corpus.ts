import { isDeepStrictEqual } from 'node:util';
import { run } from '../kit/engine';
import { avroCases } from './avro-cases';
import type { Case } from './case';
import { columnCases } from './column-cases';
import { csvCases } from './csv-cases';
import { endOf, truthOf, type End } from './end';
import { encodingCases } from './encoding-cases';
import { envelopeCases } from './envelope-cases';
import { jsonCases } from './json-cases';
import { jsonlCases } from './jsonl-cases';
import { textCases } from './text-cases';
import { zipCases } from './zip-cases';

/**
 * Hostile and broken input with known truth: nothing is lost, nothing is executed, memory is bounded, and the ending is clear. The files
 * are made by code (`case.ts`), the same every time.
 */
export const corpus: readonly Case[] = [
  ...csvCases,
  ...jsonlCases,
  ...jsonCases,
  ...avroCases,
  ...textCases,
  ...encodingCases,
  ...columnCases,
  ...envelopeCases,
  ...zipCases,
];

/** What an injected statement would write. */
export const CANARY = '/tmp/rollcall-was-here';

/** How a case ended, and how it has to end. */
export async function played(one: Case): Promise<{ readonly end: End; readonly truth: End }> {
  const { dataset, objects, batchBytes = 1 << 28, batchRecords } = one;
  const bodies = objects();
  const more = { pieceBytes: 1 << 16, batchBytes, ...(batchRecords === undefined ? {} : { batchRecords }) };
  const [end, truth] = [await endOf(one, () => run(dataset, bodies, more)), truthOf(one)];
  // Some have a million ids, which jest compares in seconds: the very same value twice it takes at once.
  return { end: isDeepStrictEqual(end, truth) ? truth : end, truth };
}
