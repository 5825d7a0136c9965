import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleFor } from '../../lib/build/bundle-for-target';
import { available, type Available } from './alternatives';
import { CONTESTANTS, FLOOR, VALIDATE_AND_PROCESS } from './contestants';
import {
  columnsOf,
  datasetOf,
  FORMATS,
  ORIGINS,
  OUTPUT,
  RULE_COUNTS,
  rowRulesOf,
  SOURCE,
  type Format,
  type Job,
  type Origin,
  type RuleCount,
} from './job';
import { measure, onOneCore, type Limits, type Turned } from './measure';
import { caseTable, writeReport } from './report';
import { median, readResults, withRows, writeResults, type Row } from './results';
import { World, type Made } from './world';
import { describeProblem } from '../../core/contracts/problems';

/*
 * The same job on the same files by our steps as bundled, by DuckDB's plain copy without a check, and by what a user would take instead:
 * `npm run bench:validate`. Each turn is a process of its own on one core; turns are interleaved, the figures are medians. Fails where
 * those that check do not agree with the known truth. What was measured goes to `bench/results/validate.json`, in place of what was
 * measured of the same job before, and from there to `docs/benchmarks.md` and its chart.
 */
const HELP = `npm run bench:validate -- [options]
  --origins <…>      ${ORIGINS.join(',')}; default generated
  --megabytes <n,…>  sizes of the CSV before compression; default 10,100
  --formats <…>      default ${FORMATS.join(',')}
  --rules <n,…>      of ${RULE_COUNTS.join(', ')}; default 12
  --no-unique        without the unique key
  --runs <n>         turns of each; default 3
  --only <text,…>    contestants whose name has one of these, and the floor
  --limit-seconds <n>, --limit-mb <n>  when a contestant is given up on; default 900 and 16000
  --quick            instead of all that: 1 MB, one turn, those that need no bench:install; writes no results
  --report           measures nothing; writes docs/benchmarks.md and its chart from the results`;

const { values } = parseArgs({
  options: {
    origins: { type: 'string', default: 'generated' },
    megabytes: { type: 'string', default: '10,100' },
    formats: { type: 'string', default: FORMATS.join(',') },
    rules: { type: 'string', default: '12' },
    'no-unique': { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    'limit-seconds': { type: 'string', default: '900' },
    'limit-mb': { type: 'string', default: '16000' },
    quick: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
/** Of the CSV, about; the other formats hold the same records. */
const RECORDS_PER_MB: Readonly<Record<Origin, number>> = { generated: 15_000, flights: 22_000 };
const ROOT = path.resolve(__dirname, '..', '..');

/** What is measured together: one file, one set of rules. */
interface Comparison {
  readonly job: Job;
  readonly megabytes: number;
}

async function main(): Promise<void> {
  if (values.help) return console.log(HELP);
  if (values.report) return writeReport(readResults());
  const limits = { seconds: positive('limit-seconds'), memoryMb: positive('limit-mb') };
  const comparisons = values.quick ? quick() : asked();
  const runs = values.quick ? 1 : positive('runs');
  const contestants = available();
  const world = await World.start();
  console.log(
    `${cpuModel()}, ${onOneCore ? 'one core' : 'ALL CORES: no taskset here'}, Node ${process.versions.node}; medians of ${runs}`,
  );
  try {
    for (const comparison of comparisons) {
      const rows = await compare(world, comparison, { runs, limits, contestants });
      console.log(`\n${caseTable(rows)}`);
      if (values.quick) continue;
      const all = withRows(readResults(), rows);
      writeResults(all);
      writeReport(all);
    }
  } finally {
    await world.stop();
  }
}

function positive(option: 'runs' | 'limit-seconds' | 'limit-mb'): number {
  const number = Number(values[option]);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(
      describeProblem({ field: `--${option}`, value: values[option], expected: 'a whole number from 1' }),
    );
  return number;
}

/** Those of a list that are named, in its order. */
function chosen<T extends string | number>(
  option: 'origins' | 'formats' | 'rules' | 'megabytes',
  all: readonly T[],
): T[] {
  const named = values[option].split(',');
  const wrong = named.find((one) => !all.map(String).includes(one));
  if (wrong !== undefined)
    throw new Error(describeProblem({ field: `--${option}`, value: wrong, expected: `of ${all.join(', ')}` }));
  return all.filter((one) => named.includes(String(one)));
}

function asked(): Comparison[] {
  const sizes = values.megabytes.split(',').map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size >= 1))
    throw new Error(
      describeProblem({ field: '--megabytes', value: values.megabytes, expected: 'whole numbers from 1' }),
    );
  return chosen('origins', ORIGINS).flatMap((origin) =>
    chosen('rules', RULE_COUNTS).flatMap((rules) =>
      sizes.flatMap((megabytes) =>
        chosen('formats', FORMATS).map((format) => ({
          job: { origin, format, rules, unique: !values['no-unique'] },
          megabytes,
        })),
      ),
    ),
  );
}

/** Every format, every origin, every set of rules once. */
function quick(): Comparison[] {
  const one = (format: Format, rules: RuleCount, unique: boolean, origin: Origin = 'generated') => ({
    job: { origin, format, rules, unique },
    megabytes: 1,
  });
  return [one('csv', 12, true), one('jsonl', 40, true), one('parquet', 5, false), one('csv', 40, false, 'flights')];
}

async function compare(
  world: World,
  { job, megabytes }: Comparison,
  { runs, limits, contestants }: { runs: number; limits: Limits; contestants: ReadonlyMap<string, Available> },
): Promise<Row[]> {
  const only = values.only.split(',');
  const names = Object.entries(CONTESTANTS)
    .filter(([, { formats }]) => formats.includes(job.format))
    .filter(([, { does }]) => !values.quick || typeof does === 'function')
    .map(([name]) => name)
    .filter((name) => name === FLOOR || only.some((text) => name.includes(text)));
  const file = await world.make(job.origin, job.format, megabytes * RECORDS_PER_MB[job.origin]);
  const turned = new Map<string, Turned[]>();
  for (let run = 0; run < runs; run += 1) {
    for (const name of names) {
      const how = contestants.get(name);
      const before = turned.get(name) ?? [];
      // A contestant that was given up on once has had its chance.
      if (how === undefined || 'missing' in how || before.some(({ done }) => !done)) continue;
      const one = await turn(world, { name, job, file, command: how.command, limits });
      refuseDisagreement(name, one, job, file);
      turned.set(name, [...before, one]);
    }
  }
  world.forget(file);
  const costs = (name: string) => (turned.get(name) ?? []).flatMap((one) => (one.done ? [one.cost] : []));
  const floorSeconds = median(costs(FLOOR).map(({ seconds }) => seconds));
  return names.map((name): Row => {
    const how = contestants.get(name);
    const givenUp = turned.get(name)?.find((one) => !one.done);
    const why = how !== undefined && 'missing' in how ? how.missing : givenUp?.done === false ? givenUp.why : undefined;
    return {
      ...job,
      megabytes,
      contestant: name,
      records: file.records,
      bytes: file.bytes,
      runs: why === undefined ? costs(name).map(rounded) : [],
      ...(Number.isNaN(floorSeconds) ? {} : { floorSeconds: round(floorSeconds, 3) }),
      ...(why === undefined ? {} : { why }),
      versions: how !== undefined && 'versions' in how ? how.versions : {},
      date: new Date().toISOString().slice(0, 10),
      cpu: cpuModel(),
      oneCore: onOneCore,
      node: process.versions.node,
    };
  });
}

/** One turn of one contestant; what turns before left behind is gone. */
async function turn(
  world: World,
  of: { name: string; job: Job; file: Made; command: readonly string[]; limits: Limits },
): Promise<Turned> {
  const { name, job, file, command, limits } = of;
  const plain = datasetOf(job, { transform: false });
  const processed = datasetOf(job, { transform: true });
  const bundle = bundleFor({
    target: 'host',
    root: ROOT,
    datasets: [plain, processed],
    datasetsDir: path.join(ROOT, 'datasets'),
  });
  const event = world.turn(name === VALIDATE_AND_PROCESS ? processed : plain, file);
  const { environment, folder } = world;
  const { url } = world.s3;
  return measure(
    command,
    {
      job,
      file,
      columns: columnsOf(job),
      rowRules: rowRulesOf(job),
      source: `${url}/${SOURCE}/${file.key}`,
      output: `${url}/${OUTPUT}`,
      bundle: bundle.folderOf('validate-batch'),
      event,
    },
    { env: environment, folder, limits },
  );
}

/** Speed counts only for a contestant that finds what is wrong. */
function refuseDisagreement(name: string, one: Turned, job: Job, file: Made): void {
  if (!one.done) return;
  const { accepted, rejected } = one.counts;
  const truth = CONTESTANTS[name]?.checks === true ? file.truth(job) : { accepted: file.records, rejected: 0 };
  if (accepted !== truth.accepted || rejected !== truth.rejected)
    throw new Error(
      `${name} accepted ${accepted} and rejected ${rejected} of ${file.records}; the truth is ${JSON.stringify(truth)}`,
    );
}

function cpuModel(): string {
  return (cpus()[0]?.model ?? 'unknown').replaceAll(/\((R|TM)\)/g, '').replace(/ CPU.*$/, '');
}

function rounded<T extends object>(of: T): T {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, round(value as number, 3)])) as T;
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
