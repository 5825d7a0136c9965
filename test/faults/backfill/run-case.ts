import { childNameOf } from '../../../core/domain/backfill/backfill-plan';
import type { Execution } from '../../../local/aws/states/local-executions';
import { awaitsTry } from '../again';
import { Injector } from '../inject';
import { BACKFILL_START, type FaultWorld } from '../fault-world';
import { documents, keysOf, rowsInFiles, type SeenManifest } from '../observe';
import { HOUR } from '../situations';
import { dispose, SWEEP_MS, sweepUntilQuiet } from '../surroundings';
import { Trace } from '../trace';
import { AWAY_FROM, BACKFILL, stories, type BackfillCase } from './case';

/** A backfill's manifest, as far as it is judged. */
export interface SeenBackfill {
  readonly key: string;
  readonly writtenAt: number;
  readonly executionArn: string;
  readonly status: string;
  readonly hoursPlanned: number;
  readonly hoursRecovered: number;
  readonly totalRecords: number;
  readonly recovered: readonly { readonly dataset: string; readonly runId: string; readonly records: number }[];
  readonly stillMissing: Readonly<
    Record<string, readonly { readonly dataset: string; readonly runId: string | null; readonly code: string | null }[]>
  >;
}

/** All that a case left behind. */
export interface SeenAll {
  readonly backfill: Execution;
  /** The runs of the backfill, and any other. */
  readonly runs: readonly Execution[];
  readonly backfills: readonly SeenBackfill[];
  /** Manifests of runs, those from before the case left out. */
  readonly manifests: readonly SeenManifest[];
  readonly planned: boolean;
  /** Partition records by dataset. */
  readonly records: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly outbox: readonly string[];
  readonly files: ReadonlyMap<string, readonly string[]>;
}

export interface BackfillOutcome {
  readonly one: BackfillCase;
  readonly seen: SeenAll;
  readonly trace: Pick<Trace, 'happenings'>;
  readonly missed: readonly string[];
  readonly backAt: number | undefined;
}

/** Runs one case from beginning to end in simulated time. */
export async function runBackfillCase(
  world: FaultWorld,
  one: BackfillCase,
  say?: (line: string) => void,
): Promise<BackfillOutcome> {
  const { app } = world;
  await world.furnishBackfill();
  const trace = new Trace(app, say);
  const name = one.target === 'backfill' ? BACKFILL : childNameOf(BACKFILL, { dataset: 'plain', partition: HOUR });
  const run = (): Execution | undefined => app.sfn.list().find((execution) => execution.name === name);
  const injector = new Injector(world, one, trace, { name, awayFrom: AWAY_FROM, run });
  injector.arm();
  const how = { route: one.route, slack: one.slack, start: BACKFILL_START, about: BACKFILL };
  const stopListening = dispose(world, how, trace);

  const { arn } = app.sfn.start('Backfill', stories[one.situation].input, BACKFILL);
  const first = Math.ceil((BACKFILL_START.getTime() + 1) / SWEEP_MS) * SWEEP_MS;
  const isRecorded = () => injector.holds.count === 0 && !awaitsTry(app, one) && isOnRecord(world);
  await app.clock.waiting(app.clock.busy(() => sweepUntilQuiet(world, { ...how, first }, trace, isRecorded)));
  await app.settle();
  stopListening();
  injector.stopWatching();
  return {
    one,
    seen: await observe(world, app.sfn.get(arn)),
    trace,
    missed: injector.missed().map(({ at, kind }) => `${at} ${kind}`),
    backAt: injector.backAt,
  };
}

/** Whether nothing is left to happen but telling, as far as can be seen from outside. */
function isOnRecord({ app }: FaultWorld): boolean {
  const manifests = [...keysOf(app, 'runs/'), ...keysOf(app, 'backfills/')].filter((key) => !isPlan(key));
  const isThere = (name: string) => manifests.some((key) => key.includes(name));
  return (
    app.sfn.list().every(({ status, name }) => status !== 'RUNNING' && isThere(name)) &&
    documents(app, 'partitions/').every(({ json }) => json['holder'] === null)
  );
}

const isPlan = (key: string) => /\/(plan|summary)\.json$/.test(key);

async function observe({ app }: FaultWorld, backfill: Execution): Promise<SeenAll> {
  const runs = app.sfn.list('PartitionRun');
  const manifests = documents(app, 'runs/').filter(({ key }) => !/\/(never-started|former-run)\.json$/.test(key));
  return {
    backfill,
    runs,
    backfills: documents(app, 'backfills/')
      .filter(({ key }) => key.endsWith('/manifest.json'))
      .map(({ json, ...rest }) => ({ ...(json as unknown as SeenBackfill), ...rest })),
    manifests: manifests.map(({ key, writtenAt, json }) => {
      const { code } = json['reason'] as { code: string };
      return { ...(json as unknown as SeenManifest), key, writtenAt, code };
    }),
    planned: keysOf(app, 'backfills/').some((key) => key.endsWith('/plan.json')),
    records: new Map(documents(app, 'partitions/').map(({ key, json }) => [key.split('/')[1] ?? '', json])),
    outbox: keysOf(app, 'outbox/'),
    files: await rowsInFiles(app, ['plain', 'split', 'shaped']),
  };
}
