import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleFor } from '../../lib/build/bundle-for-target';
import { CONTESTANTS } from './contestants';
import { datasetOf, FORMATS, truthOf, type Format } from './job';
import { measure, type Measured } from './measure';
import { World } from './world';

/*
 * The same job on the same files by our steps as bundled, by DuckDB's plain copy without a check, and by what a user would take instead:
 * `npm run bench:validate`. Each turn is a process of its own on one core; turns are interleaved, the table has medians and ratios. Fails
 * where those that check do not agree with the known truth.
 *   --megabytes <n,…>  sizes before compression; default 10,100
 *   --formats <…>      csv,jsonl,parquet
 *   --runs <n>         turns of each; default 3
 *   --rules <5|12|40>  --no-unique
 *   --only <text>      contestants whose name has it
 */
const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '10,100' },
    formats: { type: 'string', default: FORMATS.join(',') },
    runs: { type: 'string', default: '3' },
    rules: { type: 'string', default: '12' },
    'no-unique': { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
/** Of the CSV; the others hold the same records. */
const RECORDS_PER_MB = 15_000;
const ROOT = path.resolve(__dirname, '..', '..');

async function main(): Promise<void> {
  const world = await World.start();
  try {
    const cpu = cpus()[0]?.model ?? 'unknown';
    console.log(
      `${cpu}, one core, Node ${process.versions.node}; ${values.rules} rules${values['no-unique'] ? '' : ' and a unique key'}; medians of ${values.runs}`,
    );
    for (const megabytes of values.megabytes.split(',').map(Number))
      for (const format of FORMATS.filter((one) => values.formats.split(',').includes(one)))
        await compare(world, format, megabytes);
  } finally {
    await world.stop();
  }
}

async function compare(world: World, format: Format, megabytes: number): Promise<void> {
  const rules = Number(values.rules) as 5 | 12 | 40;
  const file = await world.make(format, megabytes * RECORDS_PER_MB);
  const names = Object.keys(CONTESTANTS).filter(
    (name) => CONTESTANTS[name]?.formats.includes(format) === true && name.includes(values.only),
  );
  const measured = new Map<string, Measured[]>(names.map((name) => [name, []]));
  for (let run = 0; run < Number(values.runs); run += 1) {
    for (const name of names) {
      const dataset = datasetOf(format, {
        rules,
        unique: !values['no-unique'],
        transform: name.includes('ProcessBatch'),
      });
      const bundle = bundleFor({
        target: 'host',
        root: ROOT,
        datasets: [dataset],
        datasetsDir: path.join(ROOT, 'datasets'),
      });
      const turn = { file, bundle: bundle.folderOf('validate-batch'), event: world.turn(dataset, file) };
      measured.get(name)?.push(await measure(name, turn, world.environment));
    }
  }
  refuseDisagreement(measured, file.records);
  report(
    measured,
    `${format}, ${file.records.toLocaleString('en')} records, ${(file.bytes / 1e6).toFixed(0)} MB before compression`,
  );
}

/** Speed counts only for whoever finds what is wrong. */
function refuseDisagreement(measured: ReadonlyMap<string, readonly Measured[]>, records: number): void {
  const truth = truthOf(records);
  for (const [name, runs] of measured) {
    const expected =
      CONTESTANTS[name]?.checks === true && values.rules !== '5' && !values['no-unique'] ? truth : undefined;
    for (const { accepted, rejected } of runs) {
      const right =
        expected === undefined
          ? accepted + rejected === records
          : accepted === expected.accepted && rejected === expected.rejected;
      if (!right)
        throw new Error(
          `${name} accepted ${accepted} and rejected ${rejected} of ${records}; the truth is ${JSON.stringify(truth)}`,
        );
    }
  }
}

function report(measured: ReadonlyMap<string, readonly Measured[]>, title: string): void {
  const median = (runs: readonly Measured[], of: (one: Measured) => number): number =>
    runs.map(of).toSorted((a, b) => a - b)[Math.floor(runs.length / 2)] ?? Number.NaN;
  const floor = median(measured.get('DuckDB copy, no check') ?? [], ({ seconds }) => seconds);
  console.log(`\n${title}\n`);
  console.log('| | seconds | of the floor | processor seconds | peak MB |\n|---|---|---|---|---|');
  for (const [name, runs] of measured) {
    const seconds = median(runs, (one) => one.seconds);
    const ratio = Number.isNaN(floor) ? '' : `${(seconds / floor).toFixed(2)} ×`;
    const cpu = median(runs, ({ cpuSeconds }) => cpuSeconds).toFixed(2);
    console.log(`| ${name} | ${seconds.toFixed(2)} | ${ratio} | ${cpu} | ${median(runs, ({ peakMb }) => peakMb)} |`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
