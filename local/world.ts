import path from 'node:path';
import { Authority } from './aws/authority';
import { LocalAwsApi } from './aws/aws-api';
import { VirtualClock, type ClockOptions } from './clock';
import { LocalEvents, type Firing } from './aws/events';
import { Executions, type Execution } from './aws/states/local-executions';
import { ProcessInvoker, type LogLine } from './aws/lambda/process-invoker';
import { InProcessInvoker, type Handler, type Invoker } from './aws/lambda/invoker';
import { LocalS3 } from './aws/s3/local-s3';
import { dumpBuckets, loadBuckets } from './aws/s3/s3-disk';
import { LocalSlack } from './slack';
import { readAssembly, type Assembly, type Place } from './template/template';

export interface WorldOptions {
  /** A synthesized app: the folder with manifest.json. */
  readonly assemblyDir: string;
  readonly clock: ClockOptions;
  /** `processes` runs the bundles; otherwise handlers by function name, logical id or construct id. */
  readonly handlers: 'processes' | Readonly<Record<string, Handler>>;
  /** Where `save()` leaves the buckets and `load()` finds them. */
  readonly dataDir?: string;
  /** Buckets that the template only refers to: the sources of the data. */
  readonly buckets?: readonly string[];
  /** What functions write; by default it is dropped. */
  readonly log?: (line: LogLine) => void;
  readonly place?: Place;
  /** Processes that a function may have at once. */
  readonly concurrency?: number;
  /** Ports on 127.0.0.1, for who wants to find the world again; free ones otherwise. */
  readonly ports?: { readonly s3?: number; readonly aws?: number };
  /** Seed of the jitter: the same seed, the same waits. */
  readonly seed?: number;
}

/** A synthesized app at work on this machine: S3, Step Functions, Lambda, EventBridge, Slack, one clock. */
export class World {
  private constructor(
    readonly options: WorldOptions,
    readonly assembly: Assembly,
    readonly clock: VirtualClock,
    readonly s3: LocalS3,
    readonly aws: LocalAwsApi,
    readonly slack: LocalSlack,
    readonly functions: Invoker,
    readonly sfn: Executions,
    readonly events: LocalEvents,
    private readonly assumed: Map<string, string>,
  ) {}

  /** Starts everything, on loopback; the template's buckets are there and empty. */
  static async start(options: WorldOptions): Promise<World> {
    const assembly = readAssembly(options.assemblyDir, options.place);
    const { place } = assembly;
    const authority = new Authority(assembly.resources, place.account);
    const clock = new VirtualClock(options.clock);
    const s3 = await LocalS3.start({
      clock,
      account: place.account,
      ...(options.ports?.s3 === undefined ? {} : { port: options.ports.s3 }),
    });
    const aws = await LocalAwsApi.start({
      clock,
      secrets: assembly.secrets,
      place,
      ...(options.ports?.aws === undefined ? {} : { port: options.ports.aws }),
    });
    const slack = await LocalSlack.start(clock);
    let functions: Invoker;
    // Handlers in this process say nothing of who they are.
    let roleOf = (_caller: string): string | undefined => undefined;
    if (options.handlers === 'processes') {
      const processes = new ProcessInvoker({
        clock,
        functions: assembly.functions,
        endpoints: { AWS_ENDPOINT_URL: aws.url, AWS_ENDPOINT_URL_S3: s3.url },
        region: place.region,
        ...(options.log === undefined ? {} : { log: options.log }),
        ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      });
      s3.onKill = aws.onKill = (caller) => processes.kill(caller);
      roleOf = (caller) => {
        const name = processes.callerOf(caller)?.functionName;
        return assembly.functions.find((each) => each.name === name)?.roleArn;
      };
      functions = processes;
    } else {
      functions = new InProcessInvoker(clock, assembly.functions, options.handlers);
    }
    const assumed = new Map<string, string>();
    s3.mayDo = aws.mayDo = (caller, access) => {
      const role = caller === undefined ? undefined : (assumed.get(caller) ?? roleOf(caller));
      return role === undefined ? authority.person(access) : authority.role(role, access);
    };
    const publish = (parameters: Readonly<Record<string, unknown>>): string => aws.publish(parameters);
    const random = seeded(options.seed ?? 1);
    const sfn = new Executions({ clock, assembly, authority, invoker: functions, random, publish });
    const events = new LocalEvents(clock, assembly, authority, sfn, functions);
    aws.executions = sfn;
    aws.invoker = functions;
    const world = new World(options, assembly, clock, s3, aws, slack, functions, sfn, events, assumed);
    world.#furnish();
    return world;
  }

  /** What a process needs in its environment to use this world with any AWS SDK or CLI. */
  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: this.aws.url,
      AWS_ENDPOINT_URL_S3: this.s3.url,
      AWS_REGION: this.assembly.place.region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
  }

  /** The access key id of a person who has taken on a role: requests that it signs are ruled over as that role's. */
  assume(roleArn: string): string {
    const key = `ASSUMED${String(this.assumed.size + 1).padStart(9, '0')}`;
    this.assumed.set(key, roleArn);
    return key;
  }

  /** The bucket with that name, logical id or construct id. */
  bucket(label: string): string {
    const { buckets } = this.assembly;
    const exact = buckets.find((each) => each.name === label || each.logicalId === label);
    const found = exact ?? buckets.find((each) => new RegExp(`${label}(Bucket)?[0-9A-F]{8}$`).test(each.logicalId));
    if (found === undefined)
      throw new Error(`No bucket is called ${label}; there are ${buckets.map((each) => each.logicalId).join(', ')}`);
    return found.name;
  }

  /** Runs a machine to its end; it is named by ARN, name, logical id or construct id. */
  run(machine: string, input: unknown, name?: string): Promise<Execution> {
    return this.sfn.run(machine, input, name);
  }

  /** Fires a schedule once; see LocalEvents. */
  runSchedule(label: string, scheduledTime?: Date): Promise<Firing> {
    return this.events.runSchedule(label, scheduledTime);
  }

  /** Resolves once nothing goes on any more: no execution, no event on its way. */
  async settle(): Promise<void> {
    await this.clock.idle();
  }

  /** Writes the buckets' content as files to the data folder. */
  async save(): Promise<string> {
    const folder = this.#dataFolder();
    await dumpBuckets(this.s3.store, folder);
    return folder;
  }

  /** Takes up the buckets' content from the data folder; false where there is none. */
  async load(): Promise<boolean> {
    return loadBuckets(this.s3.store, this.#dataFolder());
  }

  /**
   * Back to the beginning, with the processes still warm: buckets empty, no executions, no messages,
   * no faults, no hooks, and the clock at the given instant.
   */
  async reset(start: Date | string | number): Promise<void> {
    this.sfn.reset();
    this.events.reset();
    await this.functions.reset();
    this.s3.reset();
    this.aws.reset();
    this.slack.reset();
    this.clock.restart(start);
    this.#furnish();
  }

  /** Ends every process and closes every port. */
  async stop(): Promise<void> {
    this.sfn.reset();
    this.clock.stop();
    await this.functions.stop();
    await Promise.all([this.s3.stop(), this.aws.stop(), this.slack.stop()]);
  }

  #furnish(): void {
    for (const { name } of this.assembly.buckets) this.s3.store.createBucket(name);
    for (const name of this.options.buckets ?? []) this.s3.store.createBucket(name);
    // Every other secret of the app is a Slack webhook's URL; each gets a path of its own.
    for (const { name, logicalId, generated } of this.assembly.secrets)
      this.aws.secrets.set(
        name,
        generated ? `made-up-for-${logicalId}` : this.slack.webhook(`/services/local/${logicalId}`),
      );
  }

  #dataFolder(): string {
    if (this.options.dataDir === undefined) throw new Error('This world has no data folder');
    return path.resolve(this.options.dataDir);
  }
}

/** A small seeded generator (mulberry32): two runs with the same seed wait alike. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
