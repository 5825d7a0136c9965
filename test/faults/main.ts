import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FaultWorld } from './fault-world';
import { failureLines, isGood, outrunLine, summaryLine, tableLines, type Judged } from './report';
import { allCases, runAndJudge, type AnyCase } from './whole';
import { runInWorkers } from './workers';

/*
 * The fault matrix: `npm run test:faults`. Every case runs a synthesized machine with the bundled functions in simulated time, and an
 * oracle of its own judges what is left. Exit 1 on any violation.
 *   --only <id>        one case, told step by step (--logs: with what the functions write)
 *   --matching <regex> the cases whose id matches
 *   --every <n>        each n-th of them
 *   --workers <n>      processes, each with a app of its own; default 2
 *   --list             the ids, without running anything
 *   --times            how long each case took
 *   --assembly <dir>   a synthesized app, instead of synthesizing one
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    logs: { type: 'boolean', default: false },
    matching: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    times: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    assembly: { type: 'string' },
  },
});

async function main(): Promise<number> {
  const cases = allCases()
    .filter(({ id }) => new RegExp(values.matching).test(id))
    .filter((_, index) => index % Number(values.every) === 0);
  if (values.list) {
    for (const { id } of cases) console.log(id);
    return 0;
  }
  const assembly = values.assembly ?? (await FaultWorld.synthesize());
  try {
    return values.only === undefined ? await all(cases, assembly) : await alone(values.only, assembly);
  } finally {
    if (values.assembly === undefined) rmSync(assembly, { recursive: true, force: true });
  }
}

async function all(cases: readonly AnyCase[], assembly: string): Promise<number> {
  for (const line of tableLines(cases)) console.log(line);
  const started = performance.now();
  const judged: Judged[] = [];
  await runInWorkers(cases, assembly, Number(values.workers), (one) => {
    judged.push(one);
    if (values.times) console.log(`${Math.round(one.ms)} ms ${one.id}`);
    if (!isGood(one)) for (const line of failureLines([one])) console.log(line);
    if (judged.length % 200 === 0) {
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log(
        `${judged.length} of ${cases.length} in ${seconds} s, ${judged.filter((each) => !isGood(each)).length} failed`,
      );
    }
  });
  const failed = judged.filter((one) => !isGood(one));
  const slowest = judged.toSorted((a, b) => b.ms - a.ms)[0];
  console.log(
    `${Math.round((performance.now() - started) / 1000)} s; the slowest case took ${Math.round(slowest?.ms ?? 0)} ms: ${slowest?.id}`,
  );
  const outrun = outrunLine(judged);
  if (outrun !== undefined) console.log(outrun);
  console.log(summaryLine(judged));
  return failed.length === 0 && judged.length === cases.length ? 0 : 1;
}

/** One case, step by step. */
async function alone(id: string, assembly: string): Promise<number> {
  const one = allCases().find((each) => each.id === id);
  if (one === undefined) throw new Error(`there is no case ${id}`);
  const log = (line: string): void => console.log(`              log       ${line.slice(0, 800)}`);
  const world = await FaultWorld.start(assembly, values.logs ? log : undefined);
  try {
    const started = performance.now();
    const verdict = await runAndJudge(world, one, console.log);
    const judged = { id, verdict, ms: performance.now() - started };
    for (const line of failureLines([judged])) console.log(line);
    console.log(`${Math.round(judged.ms)} ms`);
    console.log(summaryLine([judged]));
    return isGood(judged) ? 0 : 1;
  } finally {
    await world.stop();
  }
}

void main().then((code) => {
  process.exitCode = code;
});
