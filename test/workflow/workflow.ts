import { parseKey } from '../../core/contracts/keys';
import { manifestSchema, type Manifest } from '../../core/contracts/run/manifest';
import { partitionRecordSchema, type PartitionRecord } from '../../core/contracts/run/partition-record';
import type { Execution } from '../../local/aws/states/local-executions';
import type { LogLine } from '../../local/aws/lambda/process-invoker';
import { World } from '../../local/world';
import { synthesizedOnce } from '../kit/synthesized-once';
import { CANARIES, leaksOf, plantWebhook } from './canaries';

/** The hour that the tests run, and a time at which it is available and not yet past its deadline. */
export const HOUR = '2026-01-20T05';
export const NOW = new Date('2026-01-20T06:15:00Z');
export const SOURCES = [
  'readings-source',
  'strict-source',
  'marked-source',
  'summed-source',
  'backed-source',
  'backed-copy',
  'watched-source',
  'dependent-source',
  'reference-data',
] as const;

/** What a run left behind. */
export interface Ending {
  readonly execution: Execution;
  readonly manifest: Manifest;
  /** Messages that Slack took since the run began. */
  readonly messages: readonly string[];
}

/** The synthesized app with the test's datasets, its functions in warm processes; reset between tests. */
export class Workflow {
  private constructor(
    readonly world: World,
    /** What the functions wrote since the last reset. */
    readonly lines: LogLine[],
  ) {
    plantWebhook(world);
  }

  /** `context`: what else the app is synthesized with; other datasets need other buckets. */
  static async start(
    context: Readonly<Record<string, string>> = {},
    buckets: readonly string[] = SOURCES,
  ): Promise<Workflow> {
    const lines: LogLine[] = [];
    const world = await World.start({
      assemblyDir: await synthesizedOnce({ datasetsDir: 'test/workflow/datasets', now: NOW.toISOString(), ...context }),
      clock: { start: NOW, flow: 'frozen' },
      handlers: 'processes',
      buckets,
      log: (line) => lines.push(line),
    });
    return new Workflow(world, lines);
  }

  async reset(): Promise<void> {
    await this.world.reset(NOW);
    this.lines.length = 0;
    plantWebhook(this.world);
  }

  /** For after each test. */
  mustNotLeak(): void {
    const leaks = this.leaks();
    if (leaks.length > 0) throw new Error(`secrets are where they must not be:\n${leaks.join('\n')}`);
  }

  /** Secrets of the app in what it has written since the last reset; it must have logged something, or nothing would be looked at. */
  leaks(): string[] {
    if (this.lines.length === 0) return ['nothing was logged'];
    return leaksOf(
      this.world,
      this.lines.map(({ line }) => line),
    );
  }

  async stop(): Promise<void> {
    await this.world.stop();
  }

  /** Puts an object into a source bucket, as if it had come long ago or at `at`. */
  put(
    bucket: (typeof SOURCES)[number],
    key: string,
    body: string | Buffer,
    at = new Date('2026-01-20T06:00:00Z'),
  ): void {
    this.world.s3.store.put(bucket, key, Buffer.from(body), {}, {}, { lastModified: at.getTime() });
  }

  /** Runs one execution to its end and reads what it left. Fails unless it left exactly one manifest. */
  async run(input: unknown, name = `run-${Math.random().toString(36).slice(2)}`): Promise<Ending> {
    const before = this.world.slack.messages.length;
    const execution = await this.world.run('PartitionRun', input, name);
    await this.world.settle();
    const manifests = this.manifests().filter((manifest) => manifest.executionArn === execution.arn);
    if (manifests[0] === undefined || manifests.length > 1)
      throw new Error(`${name} left ${manifests.length} manifests`);
    return {
      execution,
      manifest: manifests[0],
      messages: this.world.slack.messages.slice(before).map(({ text }) => text),
    };
  }

  manifests(): Manifest[] {
    const ledger = this.world.bucket('Ledger');
    return this.keys('Ledger')
      .filter((key) => ['manifest', 'unassignedManifest'].includes(parseKey(key)?.kind ?? ''))
      .map((key) => manifestSchema.parse(JSON.parse(this.world.s3.store.get(ledger, key).body.toString())));
  }

  record(dataset: string, partition: string): PartitionRecord | undefined {
    const key = `partitions/${dataset}/${partition}.json`;
    if (!this.keys('Ledger').includes(key)) return undefined;
    return partitionRecordSchema.parse(
      JSON.parse(this.world.s3.store.get(this.world.bucket('Ledger'), key).body.toString()),
    );
  }

  keys(bucket: 'Ledger' | 'Lake'): readonly string[] {
    return this.world.s3.store.keys(this.world.bucket(bucket));
  }
}

/** CSV with a header and so many good records, whose ids must not be shown; the first `bad` of them break a rule. */
export function csv(records: number, bad = 0, first = 0): string {
  const lines = Array.from({ length: records }, (_, i) => `${CANARIES.value}${first + i},${i < bad ? 'x' : i}`);
  return ['id,value', ...lines, ''].join('\n');
}
