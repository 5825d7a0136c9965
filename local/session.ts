import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadDatasets } from '../lib/datasets';
import type { Dataset } from '../lambdas/contracts/dataset';
import type { LogLine } from './functions';
import { ROOT, synthesize } from './synthesize';
import { World } from './world';

/** Where a session leaves everything: buckets, logs, the synthesized app, the clock. */
export const DATA_DIR = path.join(ROOT, '.local');
const ASSEMBLY_DIR = path.join(DATA_DIR, 'cdk.out');
const LOG_DIR = path.join(DATA_DIR, 'logs');
const CLOCK_FILE = path.join(DATA_DIR, 'clock.json');

export interface SessionOptions {
  /** Begin with empty buckets; otherwise go on from what an earlier session left. */
  readonly fresh: boolean;
  /** The earliest instant at which the clock may start; an earlier session's end, if later, overrules it. */
  readonly notBefore: Date;
  readonly ports?: { readonly s3: number; readonly aws: number };
}

/** A world over the real app and the user's datasets, with its state in `.local/`. */
export interface Session {
  readonly world: World;
  readonly datasets: readonly Dataset[];
  /** Saves buckets and clock, and stops everything. */
  close(): Promise<void>;
}

/**
 * Synthesizes the app, starts the world and takes up what an earlier session left.
 * @throws SynthesisFailed when the app can't be synthesized
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  if (options.fresh) rmSync(DATA_DIR, { recursive: true, force: true });
  mkdirSync(LOG_DIR, { recursive: true });
  const start = new Date(Math.max(options.notBefore.getTime(), savedClock()));
  await synthesize(ASSEMBLY_DIR, { now: start.toISOString() });
  const datasets = loadDatasets(path.join(ROOT, 'datasets'));
  const world = await World.start({
    assemblyDir: ASSEMBLY_DIR,
    clock: { start },
    handlers: 'processes',
    dataDir: path.join(DATA_DIR, 'buckets'),
    buckets: [...new Set(datasets.map((dataset) => dataset.source.bucket))],
    log: writeLog,
    ...(options.ports === undefined ? {} : { ports: options.ports }),
  });
  try {
    if (!options.fresh) await world.load();
  } catch (error) {
    await world.stop();
    throw error;
  }
  return {
    world,
    datasets,
    async close() {
      await world.save();
      writeFileSync(CLOCK_FILE, JSON.stringify({ now: world.clock.date().toISOString() }));
      await world.stop();
    },
  };
}

/** Whether an earlier session left anything. */
export function hasSession(): boolean {
  return savedClock() > 0;
}

function savedClock(): number {
  try {
    const saved = JSON.parse(readFileSync(CLOCK_FILE, 'utf8')) as { now: string };
    return Date.parse(saved.now);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

function writeLog(line: LogLine): void {
  appendFileSync(path.join(LOG_DIR, `${line.functionName}.log`), `${line.line}\n`);
}
