import type { ClaimOutput, Run } from '../../core/contracts/run/steps';
import { MemoryS3 } from '../kit/memory-s3';
import { checkOf, historyOf, planOf, publicationOf } from './evidence';
import { releases, type Release } from './release';

/** Ledger, Step Functions and Slack in memory, for a week in which one release takes over from another. */

const MINUTE = 60_000;
type Machine = 'PartitionRun' | 'Backfill';

/** An execution as Step Functions has it; plain JSON, so that it can be kept. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: Machine;
  readonly input: unknown;
  readonly startTime: string;
  /** The release whose functions the execution calls to its end: a machine calls pinned versions. */
  readonly pinned: string;
  /** What RecordRun is given. */
  state: Record<string, unknown>;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  stopTime: string | null;
}

export interface Posted {
  readonly at: string;
  readonly channel: string;
  readonly text: string;
  readonly blocks: string;
}

/** What becomes of a run that has claimed its partition. */
export type Fate =
  | { readonly is: 'publishes'; readonly as?: 'COMPLETE' | 'WITHIN_TOLERANCE' | 'EMPTY_AS_DECLARED' }
  | { readonly is: 'fails'; readonly error: string }
  /** Published, and RecordRun did not come to its end. */
  | { readonly is: 'dies' }
  /** Nothing more happens for now. */
  | { readonly is: 'hangs' };

export class UpgradeWorld {
  readonly s3 = new MemoryS3();
  readonly posts: Posted[] = [];
  readonly executions: Execution[] = [];
  /** Sweeps that complained, with what of. */
  readonly complaints: string[] = [];
  now = new Date(0);
  slackIsUp = true;
  /** A partition whose schedule does not fire. */
  unscheduled = '';
  /** Whether status-change events arrive. */
  eventsArrive = true;
  /** Definitions as they are declared. */
  definitions: readonly { readonly name: string }[] = [];
  /** Started by a sweep, and not played yet. */
  readonly started: Execution[] = [];
  private invocations = 0;

  /** What every function of a release is given. */
  private context(release: Release) {
    const { code } = release;
    this.invocations += 1;
    this.s3.now = this.now;
    const { s3 } = this.s3.client();
    const note = (_text: unknown, _details?: unknown) => undefined;
    return {
      env: { CODE_VERSION: release.name },
      codeVersion: release.name,
      ledger: new code.Store(s3, 'ledger'),
      lake: new code.Store(s3, 'lake'),
      datasets: new Map(this.definitions.map((one) => [one.name, code.parseDataset(one)])),
      now: () => this.now,
      remainingMs: () => 480_000,
      memoryMb: {},
      logger: { info: note, warn: note, error: note },
      isRunning: async ({ executionArn }: { executionArn: string }) =>
        this.executions.some(({ arn, status }) => arn === executionArn && status === 'RUNNING'),
      isRedriven: async () => false,
      source: { objects: async () => [] },
      readHistory: async (arn: string) => this.history(arn),
      ...release.slack((post) => {
        if (this.slackIsUp) this.posts.push({ at: this.now.toISOString(), ...post });
        return this.slackIsUp;
      }, `invocation-${release.name}-${this.invocations}`),
    };
  }

  private history(arn: string) {
    const execution = this.executions.find((one) => one.arn === arn);
    return historyOf(execution?.state ?? {}, execution?.status !== 'ABORTED');
  }

  start(release: Release, machine: Machine, name: string, input: unknown): Execution {
    const arn = `arn:aws:states:us-east-1:123456789012:execution:Rollcall-${machine}:${name}`;
    const startTime = this.now.toISOString();
    const execution: Execution = {
      arn,
      name,
      machine,
      input,
      startTime,
      pinned: release.name,
      state: {},
      status: 'RUNNING',
      stopTime: null,
    };
    this.executions.push(execution);
    return execution;
  }

  /** A run from its claim to its recording. */
  async run(release: Release, execution: Execution, fate: Fate): Promise<void> {
    const { input, arn, name, startTime } = execution;
    const context = this.context(release);
    const claimed = await release.code.claimPartition(context, { input, execution: { arn, name, startTime } });
    execution.state = await this.work(release, claimed, fate);
    if (claimed.claimed && fate.is === 'hangs') return;
    if (claimed.claimed && fate.is === 'dies') return this.close(release, execution, 'FAILED');
    await this.record(release, execution);
  }

  private async work(release: Release, claimed: ClaimOutput, fate: Fate): Promise<Record<string, unknown>> {
    if (!claimed.claimed) return { ...claimed };
    const { run } = claimed;
    if (fate.is === 'hangs') return { run };
    if (fate.is === 'fails') return { run, failed: { LoadPartition: { Error: fate.error, Cause: '' } } };
    const { dataset, partition, fence } = run;
    const code = fate.is === 'publishes' ? (fate.as ?? 'COMPLETE') : 'COMPLETE';
    const mine = publicationOf(run, code, this.now);
    // What the steps in between leave behind, of one run: more would only be more of the same.
    if (code === 'WITHIN_TOLERANCE') this.leaveWork(release, run);
    await release.code.publish(this.context(release).ledger, { dataset, partition }, fence, mine);
    const { ending, files, records } = mine;
    return { run, publish: { Payload: { ending, files: files.length, published: records.published } } };
  }

  private leaveWork({ code }: Release, run: Run): void {
    const key = `plans/${run.dataset}/${run.partition}/${run.runId}`;
    this.s3.put('ledger', `${key}.json`, code.SCHEMAS['plan']?.parse(planOf(run)));
    this.s3.put('ledger', `${key}.check.json`, code.SCHEMAS['check']?.parse(checkOf(run)));
  }

  private async record(release: Release, execution: Execution): Promise<void> {
    const { arn, name, startTime, input, state } = execution;
    const answer = await release.code.recordRun(this.context(release), {
      execution: { arn, name, startTime, input },
      state,
    });
    await this.close(release, execution, answer.succeeded ? 'SUCCEEDED' : 'FAILED');
  }

  /** Ends an execution; its event, if there is one, comes to what is deployed. */
  async close(deployed: Release, execution: Execution, status: Exclude<Execution['status'], 'RUNNING'>): Promise<void> {
    execution.status = status;
    execution.stopTime = this.now.toISOString();
    if (status === 'SUCCEEDED' || !this.eventsArrive) return;
    const { arn, name, startTime, input } = execution;
    const times = { startDate: Date.parse(startTime), stopDate: this.now.getTime() };
    const detail = { executionArn: arn, name, status, ...times, input: JSON.stringify(input) };
    const describe = async () => this.describe(arn);
    await deployed.code.executionEnded({ ...this.context(deployed), describe }, { detail });
  }

  private describe(arn: string) {
    const found = this.executions.find((one) => one.arn === arn);
    if (found === undefined) throw Object.assign(new Error(arn), { name: 'ExecutionDoesNotExist' });
    const { name, startTime, input, status, stopTime } = found;
    if (status === 'RUNNING' || stopTime === null) return undefined;
    const closed = { status, error: undefined, cause: undefined, at: new Date(stopTime) };
    return { execution: { arn, name, startTime, input }, state: undefined, closed };
  }

  /** The plan of a backfill: the first of its three acts. */
  async planBackfill(release: Release, execution: Execution): Promise<void> {
    const { arn, name, startTime, input } = execution;
    const planned = await release.code.planBackfill(this.context(release), {
      input,
      execution: { arn, name, startTime },
      retryCount: 0,
    });
    execution.state = { ...planned };
  }

  /** Its runs, which are of the release that is deployed by then, and its end, which is of its own. */
  async finishBackfill(deployed: Release, execution: Execution, fate: (partition: string) => Fate): Promise<void> {
    const own = releases[execution.pinned] ?? deployed;
    const { planned, waves, backfillId, childPrefix, planKey } = execution.state as {
      planned: boolean;
      waves: { reprocess: boolean; publications: number; items: { dataset: string; partition: string }[] }[];
      backfillId: string;
      childPrefix: string;
      planKey: string;
    };
    for (const { reprocess, publications, items } of planned ? waves : []) {
      for (const of of items) {
        const input = { ...of, trigger: 'backfill', backfillId, reprocess, publications };
        const child = this.start(deployed, 'PartitionRun', `${childPrefix}-${of.dataset}-${of.partition}`, input);
        await this.run(deployed, child, fate(of.partition));
      }
    }
    const { arn, name, startTime } = execution;
    if (planned) {
      const context = this.context(own);
      const summary = await own.code.summarizeBackfill(context, { execution: { arn, name, startTime }, planKey });
      execution.state = { ...execution.state, summary: { Payload: summary } };
    }
    await this.record(own, execution);
  }

  /** A sweep, and what it has started. */
  async sweep(release: Release): Promise<void> {
    const startIn = (machine: Machine) => async (name: string, input: unknown) => {
      if (this.executions.some((one) => one.machine === machine && one.name === name)) return 'exists';
      this.started.push(this.start(release, machine, name, input));
      return 'started';
    };
    const list = async function* (executions: readonly Execution[]) {
      for (const { arn, startTime, status } of executions.toReversed())
        yield { arn, startedAt: new Date(startTime), running: status === 'RUNNING' };
    };
    const of = (machine: Machine) => this.executions.filter((one) => one.machine === machine);
    try {
      await release.code.sweep({
        ...this.context(release),
        executions: {
          lists: () => [list(of('PartitionRun')), list(of('Backfill'))],
          describe: async (arn: string) => this.describe(arn),
          startOnce: startIn('PartitionRun'),
          startBackfillOnce: startIn('Backfill'),
        },
        escalate: async () => undefined,
        onOutbox: () => undefined,
        onChannels: () => undefined,
      });
    } catch (error) {
      this.complaints.push(`${this.now.toISOString()} ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  json(key: string): Readonly<Record<string, unknown>> {
    return this.s3.json('ledger', key) as Readonly<Record<string, unknown>>;
  }

  keys(prefix = ''): string[] {
    return this.s3.keys('ledger', prefix);
  }

  later(minutes: number): void {
    this.now = new Date(this.now.getTime() + minutes * MINUTE);
  }

  /** Everything, so that another release can go on with it: one line for each document. */
  toJson(): string {
    const { now, slackIsUp, posts, executions, definitions } = this;
    const documents = this.keys().map((key) => `  ${JSON.stringify(key)}: ${JSON.stringify(this.json(key))}`);
    const rest = Object.entries({ now, slackIsUp, definitions, executions, posts });
    const lines = rest.map(([name, value]) => ` ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    return `{\n${lines.join(',\n')},\n "ledger": {\n${documents.join(',\n')}\n }\n}`;
  }

  static fromJson(text: string): UpgradeWorld {
    const kept = JSON.parse(text) as Pick<UpgradeWorld, 'slackIsUp' | 'definitions'> & {
      now: string;
      executions: Execution[];
      posts: Posted[];
      ledger: Record<string, unknown>;
    };
    const world = new UpgradeWorld();
    world.now = new Date(kept.now);
    world.s3.now = world.now;
    world.slackIsUp = kept.slackIsUp;
    world.definitions = kept.definitions;
    world.executions.push(...kept.executions);
    world.posts.push(...kept.posts);
    for (const [key, value] of Object.entries(kept.ledger)) world.s3.put('ledger', key, value);
    return world;
  }
}
