import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProcessInvoker } from '../../local/aws/lambda/process-invoker';
import { functionByLabel } from '../../local/aws/lambda/invoker';
import type { StoredObject } from '../../local/aws/s3/s3-store';
import { synthesize } from '../../local/template/synthesize';
import { World } from '../../local/world';
import { SPOILT, type SpoiltForm, type SpoiltName } from './case';
import { releaseOf, type Change } from './deployments';
import { ACTORS, type Actor } from './points';
import { HOUR, situations, situationOf, SOURCE, type SituationName } from './situations';

/** When the schedule of the hour under test comes: a quarter past its end. */
export const SCHEDULED = new Date('2026-01-20T06:15:00Z');
export const FORMER_RUN = 'former-run';
/** When a backfill under test begins: 20 minutes after the deadline of the hour. */
export const BACKFILL_START = new Date('2026-01-20T08:20:00Z');
export const DATASETS = [...new Set(Object.values(situations).map(({ dataset }) => dataset))];

interface Kept {
  readonly bucket: 'Ledger' | 'Lake';
  readonly object: StoredObject;
}

/** The synthesized app with the datasets of these tests: its functions in warm processes, its clock frozen, empty for every case. */
export class Lab {
  /** What a run leaves that published a dataset's hour before a case: the other datasets are settled by it, and reprocessing replaces it. */
  readonly #published = new Map<string, readonly Kept[]>();
  /** What a sweep leaves that found nothing to do before a case: without it, the first sweep of a case would be the first of a deployment. */
  #swept: readonly Kept[] = [];
  /** What a backfill under test begins with: see `backfill/case.ts`. */
  #missing: readonly Kept[] = [];
  readonly #actors = new Map<string, Actor>();
  /** The dataset of the situation. */
  #dataset = '';

  private constructor(
    readonly world: World,
    readonly processes: ProcessInvoker,
    /** Seconds after which Lambda ends an actor's invocation. */
    readonly timeouts: ReadonlyMap<Actor, number>,
  ) {
    for (const actor of ACTORS) this.#actors.set(functionByLabel(world.assembly.functions, actor).name, actor);
  }

  /** Deploys the app with the dataset of the situation changed; until the next case. */
  deploy(change: Change): void {
    this.processes.deploy(releaseOf(this.world, this.#dataset, change));
  }

  /** Spoils every document of a kind that there is of the dataset of the situation, or of the app as a whole. */
  spoil(what: SpoiltName, form: SpoiltForm): void {
    const { store } = this.world.s3;
    const bucket = this.world.bucket(what === 'batch' ? 'Lake' : 'Ledger');
    const isMeant = (key: string) => SPOILT[what].test(key) && (what === 'executions' || key.includes(this.#dataset));
    for (const key of store.keys(bucket).filter(isMeant)) {
      const { body, headers } = store.get(bucket, key);
      store.put(bucket, key, spoilt(body, form), headers, {});
    }
  }

  /** Synthesizes the app; several labs can share what it gives. */
  static async synthesize(): Promise<string> {
    const assembly = mkdtempSync(path.join(tmpdir(), 'rollcall-faults-'));
    const context = {
      datasetsDir: 'test/faults/datasets',
      now: SCHEDULED.toISOString(),
      batchBytes: String(1024 * 1024),
    };
    try {
      await synthesize(assembly, context);
    } catch (error) {
      rmSync(assembly, { recursive: true, force: true });
      throw error;
    }
    return assembly;
  }

  static async start(assemblyDir: string, log?: (line: string) => void): Promise<Lab> {
    const world = await World.start({
      assemblyDir,
      clock: { start: SCHEDULED, flow: 'frozen' },
      handlers: 'processes',
      buckets: [SOURCE],
      ...(log === undefined
        ? {}
        : { log: ({ functionName, line }) => log(`${functionName.replace(/^.*?-(?=[A-Z])/, '')}: ${line}`) }),
    });
    const processes = world.functions;
    if (!(processes instanceof ProcessInvoker)) throw new Error('the lab needs functions in processes');
    const timeouts = ACTORS.map((actor) => {
      return [actor, functionByLabel(world.assembly.functions, actor).timeoutSeconds] as const;
    });
    const lab = new Lab(world, processes, new Map(timeouts));
    for (const [name, { dataset }] of [
      ['good', situations.good],
      ['two', situations.two],
      ['shaped', situations.shaped],
    ] as const)
      await lab.#publishBefore(name, dataset);
    await lab.#sweepBefore();
    await lab.#missBefore();
    return lab;
  }

  async stop(): Promise<void> {
    await this.world.stop();
  }

  /** Which step or net a process with this access key works for. */
  actorOf(caller: string | undefined): Actor | undefined {
    const found = caller === undefined ? undefined : this.processes.callerOf(caller);
    return found === undefined ? undefined : this.#actors.get(found.functionName);
  }

  functionNameOf(actor: Actor): string {
    return functionByLabel(this.world.assembly.functions, actor).name;
  }

  /** Empty, at `start`; the sources hold what the situation says, and no dataset but that of the situation lacks its hour. */
  async furnish(name: SituationName, start: Date): Promise<void> {
    const { world } = this;
    const { dataset, objects, reprocess, later } = situationOf(name);
    this.#dataset = dataset;
    await world.reset(start);
    const lastModified = Date.parse('2026-01-20T06:02:00Z');
    for (const { key, body } of objects) world.s3.store.put(SOURCE, key, body, {}, {}, { lastModified });
    if (later !== undefined)
      world.clock.timer(new Date(later.at), () => world.s3.store.put(SOURCE, later.key, Buffer.alloc(0)));
    const others = DATASETS.filter((other) => other !== dataset || reprocess);
    for (const { bucket, object } of [...this.#swept, ...others.flatMap((other) => this.#published.get(other) ?? [])])
      world.s3.store.put(world.bucket(bucket), object.key, object.body, object.headers, {}, { lastModified });
  }

  /** Empty, at the start of a backfill: two datasets were never started and are on record so, the third is published. */
  async furnishBackfill(): Promise<void> {
    const { world } = this;
    await world.reset(BACKFILL_START);
    this.#fill();
    const lastModified = Date.parse('2026-01-20T08:10:00Z');
    for (const { bucket, object } of this.#missing)
      world.s3.store.put(world.bucket(bucket), object.key, object.body, object.headers, {}, { lastModified });
  }

  /** The sources of a backfill: what the run of `shaped` has read, a good hour of `plain`, and a damaged one of `split`. */
  #fill(): void {
    const lastModified = Date.parse('2026-01-20T06:02:00Z');
    for (const { objects } of [situations.shaped, situations.good, situations.corrupt])
      for (const { key, body } of objects) this.world.s3.store.put(SOURCE, key, body, {}, {}, { lastModified });
  }

  /** The sweep of 08:10 finds that no run was started for `plain` and `split`. */
  async #missBefore(): Promise<void> {
    const { world } = this;
    await world.reset(new Date('2026-01-20T08:10:00Z'));
    this.#fill();
    for (const { bucket, object } of [...this.#swept, ...(this.#published.get('shaped') ?? [])])
      world.s3.store.put(world.bucket(bucket), object.key, object.body, object.headers, {});
    await world.runSchedule('Sweep');
    await world.settle();
    this.#missing = (['Ledger', 'Lake'] as const).flatMap((bucket) =>
      world.s3.store
        .keys(world.bucket(bucket))
        .map((key): Kept => ({ bucket, object: world.s3.store.get(world.bucket(bucket), key) })),
    );
    const missed = this.#missing.filter(({ object: { key } }) => key.endsWith('/never-started.json'));
    if (missed.length !== 2 || world.sfn.list().length > 0)
      throw new Error(
        `two hours should be on record as never started: ${missed.map(({ object }) => object.key).join()}`,
      );
  }

  /** The sweep of 06:10, when the hour is not due yet. */
  async #sweepBefore(): Promise<void> {
    const { world } = this;
    await world.reset(new Date('2026-01-20T06:10:00Z'));
    const firing = await world.runSchedule('Sweep');
    if (!('result' in firing) || !firing.result.ok)
      throw new Error(`the lab's own sweep failed: ${JSON.stringify(firing)}`);
    const ledger = world.bucket('Ledger');
    this.#swept = world.s3.store
      .keys(ledger)
      .map((key) => ({ bucket: 'Ledger', object: world.s3.store.get(ledger, key) }));
  }

  async #publishBefore(name: SituationName, dataset: string): Promise<void> {
    const { world } = this;
    await this.furnish(name, new Date('2026-01-20T06:05:00Z'));
    const { status } = await world.run('PartitionRun', { dataset, partition: HOUR }, FORMER_RUN);
    await world.settle();
    if (status !== 'SUCCEEDED') throw new Error(`the lab's own run of ${dataset} ended ${status}`);
    const kept = (['Ledger', 'Lake'] as const).flatMap((bucket) =>
      world.s3.store.keys(world.bucket(bucket)).flatMap((key): Kept[] => {
        const object = world.s3.store.get(world.bucket(bucket), key);
        return key.includes(dataset) ? [{ bucket, object }] : [];
      }),
    );
    this.#published.set(dataset, kept);
  }
}

function spoilt(body: Buffer, form: SpoiltForm): Buffer {
  switch (form) {
    case 'truncated':
      return body.subarray(0, Math.floor(body.length / 2));
    case 'empty':
      return Buffer.alloc(0);
    case 'garbage':
      return Buffer.from('\u0000\u0001 not JSON');
    case 'other-json':
      return Buffer.from('{"of":"another program"}');
    case 'future':
      return Buffer.from(JSON.stringify({ ...(JSON.parse(body.toString()) as object), schemaVersion: 99, later: {} }));
  }
}
