import { rmSync } from 'node:fs';
import { FaultWorld } from '../faults/fault-world';
import { failureLines, isGood, summaryLine, type Judged } from '../faults/report';
import { allCases } from '../faults/whole';
import { runInWorkers } from '../faults/workers';

/** Every so-manyth case of the fault matrix (`npm run test:faults` runs them all), so that a broken promise shows at once. */
const EVERY = 491;

let assembly: string;
beforeAll(async () => {
  assembly = await FaultWorld.synthesize();
}, 120_000);
afterAll(() => rmSync(assembly, { recursive: true, force: true }));

it('leaves exactly one true manifest and one message, whatever is done to a run', async () => {
  const cases = allCases().filter((_, index) => index % EVERY === 7);
  const judged: Judged[] = [];
  await runInWorkers(cases, assembly, 2, (one) => judged.push(one));
  expect(failureLines(judged)).toEqual([]);
  expect(judged.filter(isGood)).toHaveLength(cases.length);
  expect(summaryLine(judged)).toMatch(
    new RegExp(
      `^${cases.length} injected, ${cases.length} with exactly one manifest, ${cases.length} told, 0 missing, 0 wrong, 0 contradicting the publication, 0 told twice without cause, \\d+ repeated$`,
    ),
  );
}, 300_000);
