import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadDatasets } from '../lib/datasets';
import type { Dataset } from '../core/contracts/dataset/dataset';
import type { Say } from './narrator';
import { ROOT } from './template/synthesize';
import { synthesizedApp } from './template/synthesized';
import { World } from './world';

/** Where a session leaves everything: buckets, logs, the clock. */
export const DATA_DIR = path.join(ROOT, '.local');
/** The user's own definitions. */
export const DATASETS_DIR = path.join(ROOT, 'datasets');

export interface SessionOptions {
  /** Begin with empty buckets: what an earlier session left in the data folder is removed. */
  readonly fresh: boolean;
  /** When the clock starts: at this instant … */
  readonly start?: Date;
  /** … or not before this one, and not before an earlier session's end. */
  readonly notBefore?: Date;
  /** Absolute path of the folder of the datasets' declarations; default {@link DATASETS_DIR}. */
  readonly datasetsDir?: string;
  /** The datasets declared there, where they are known already. */
  readonly datasets?: readonly Dataset[];
  /** Where the session leaves everything; default {@link DATA_DIR}. */
  readonly dataDir?: string;
  /** Whether the buckets that definitions name are there without anything having been put into them. Default true. */
  readonly withBuckets?: boolean;
  readonly ports?: { readonly s3: number; readonly aws: number };
  readonly say?: Say;
}

/** A world over the real app and the user's datasets, with its state in a data folder. */
export interface Session {
  readonly world: World;
  readonly datasets: readonly Dataset[];
  readonly dataDir: string;
  /** Saves buckets and clock, and stops everything. */
  close(): Promise<void>;
}

/**
 * Synthesizes the app, starts the world and takes up what an earlier session left.
 * @throws InvalidDataset, SynthesisFailed when the app can't be synthesized
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { dataDir = DATA_DIR, datasetsDir = DATASETS_DIR, withBuckets = true } = options;
  const datasets = options.datasets ?? loadDatasets(datasetsDir);
  if (options.fresh) removeSession(dataDir);
  const logDir = path.join(dataDir, 'logs');
  mkdirSync(logDir, { recursive: true });
  const notBefore = options.notBefore ?? new Date(0);
  const start = options.start ?? new Date(Math.max(notBefore.getTime(), savedClock(dataDir)));
  const assemblyDir = await synthesizedApp(datasets, datasetsDir, options.say);
  const world = await World.start({
    assemblyDir,
    clock: { start },
    handlers: 'processes',
    dataDir: path.join(dataDir, 'buckets'),
    buckets: withBuckets
      ? [...new Set(datasets.flatMap(({ source, fallback }) => [source.bucket, fallback?.bucket ?? source.bucket]))]
      : [],
    log: (line) => appendFileSync(path.join(logDir, `${line.functionName}.log`), `${line.line}\n`),
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
    dataDir,
    async close() {
      await world.save();
      writeFileSync(clockFile(dataDir), JSON.stringify({ now: world.clock.date().toISOString() }));
      const buckets = { ledger: world.bucket('Ledger'), lake: world.bucket('Lake') };
      writeFileSync(path.join(dataDir, 'world.json'), JSON.stringify(buckets));
      await world.stop();
    },
  };
}

/** Whether an earlier session has left something in a data folder. */
export function hasSession(dataDir: string): boolean {
  return existsSync(path.join(dataDir, 'buckets'));
}

/** Removes what sessions leave in a data folder, and nothing else. */
function removeSession(dataDir: string): void {
  for (const name of ['buckets', 'logs', 'clock.json', 'world.json'])
    rmSync(path.join(dataDir, name), { recursive: true, force: true });
}

const clockFile = (dataDir: string): string => path.join(dataDir, 'clock.json');

function savedClock(dataDir: string): number {
  try {
    const saved = JSON.parse(readFileSync(clockFile(dataDir), 'utf8')) as { now: string };
    return Date.parse(saved.now);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
