import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadDatasets } from '../lib/datasets';
import type { Dataset } from '../core/contracts/dataset/dataset';
import { ROOT, synthesize } from './template/synthesize';
import { World } from './world';

/** Where a session leaves everything: buckets, logs, the synthesized app, the clock. */
export const DATA_DIR = path.join(ROOT, '.local');
export const DATASETS_DIR = 'datasets';

export interface SessionOptions {
  /** Begin with empty buckets; otherwise go on from what an earlier session left. */
  readonly fresh: boolean;
  /** The earliest instant at which the clock may start; an earlier session's end, if later, overrules it. */
  readonly notBefore: Date;
  /** Folder of the datasets' declarations, absolute or relative to the project; default the user's own. */
  readonly datasetsDir?: string;
  /** Where the session leaves everything; default {@link DATA_DIR}. */
  readonly dataDir?: string;
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
  const { dataDir = DATA_DIR, datasetsDir = DATASETS_DIR } = options;
  if (options.fresh) rmSync(dataDir, { recursive: true, force: true });
  const [assemblyDir, logDir] = [path.join(dataDir, 'cdk.out'), path.join(dataDir, 'logs')];
  mkdirSync(logDir, { recursive: true });
  const start = new Date(Math.max(options.notBefore.getTime(), savedClock(dataDir)));
  await synthesize(assemblyDir, { now: start.toISOString(), datasetsDir });
  const datasets = loadDatasets(path.resolve(ROOT, datasetsDir));
  const world = await World.start({
    assemblyDir,
    clock: { start },
    handlers: 'processes',
    dataDir: path.join(dataDir, 'buckets'),
    buckets: [
      ...new Set(datasets.flatMap(({ source, fallback }) => [source.bucket, fallback?.bucket ?? source.bucket])),
    ],
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
    async close() {
      await world.save();
      writeFileSync(clockFile(dataDir), JSON.stringify({ now: world.clock.date().toISOString() }));
      await world.stop();
    },
  };
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
