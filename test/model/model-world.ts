import type { SFNClient } from '@aws-sdk/client-sfn';
import type { S3Client } from '@aws-sdk/client-s3';
import { isExecutionRunning } from '../../core/runtime/aws/executions';
import type { Registry } from '../../core/runtime/step/dataset-registry';
import type { RecordingContext } from '../../core/runtime/recording/record-ending';
import type { About } from '../../core/domain/messages/about';
import type { Answer, Notifier } from '../../core/runtime/delivery/notifier';
import { parseKey } from '../../core/contracts/keys';
import { Store } from '../../core/runtime/store/store';
import { MemoryS3 } from '../kit/memory-s3';
import { CODE_VERSION } from '../kit/runs';
import { daily, dataset, registry } from '../kit/datasets';
import { FORMS } from '../kit/spoiling';
import type { Random } from './random';
import { Witness } from './witness';

const before = dataset();
/** Each is another answer to which partition a schedule means, and whether it is expected. */
const RELEASES: readonly Registry[] = [
  registry(before),
  registry(dataset({ availableMinutes: 75, deadlineMinutes: 180 })),
  registry(
    dataset({
      cadence: 'daily',
      calendar: { firstPartition: '2026-01-01' },
      source: { ...before.source, prefix: 'flights/{yyyy}/{MM}/{dd}/' },
      deadlineMinutes: 600,
    }),
  ),
  registry(dataset({ name: 'flights-eu' })),
  registry(dataset({ calendar: { firstPartition: '2026-01-20T12' } })),
  registry(daily()),
];

/** What may be made unreadable here: what has to heal by itself, whichever recorder comes first. */
const SPOILT = ['partitions/', 'troubles/'];
const UNREADABLE = ['truncated', 'empty', 'garbage', 'other JSON', 'a bare number'] as const;

/** One invocation of a Lambda. Every request it makes waits until the scheduler lets it through. */
export interface Invocation {
  readonly name: string;
  /** Whose ending it records, or for whom it claims and publishes. */
  runId: string;
  /** The fence under which it may publish. */
  fence: number;
  /** Requests that it makes before it dies without a word; most live on. */
  left: number;
  dead: boolean;
  /** How many posts there were of a run's message when it found no receipt of it. */
  readonly looked: Map<string, number>;
  /** Called when it dies, so that its machine notices. */
  onDeath: () => void;
}

type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
export interface SimulatedExecution {
  readonly name: string;
  readonly arn: string;
  readonly startTime: string;
  readonly input: {
    readonly dataset: string;
    readonly partition?: string;
    readonly scheduledTime?: string;
    readonly cadence?: string;
    readonly availableMinutes?: number;
    readonly reprocess: boolean;
  };
  /** The definitions of the release that it was started under: its Lambdas are pinned versions. */
  readonly pinned: Registry;
  status: Status;
  closedAt: Date | undefined;
}

interface Waiting {
  readonly invocation: Invocation;
  readonly go: () => void;
}

/**
 * AWS around the real code of the protocol: S3, Step Functions' answers, Slack and the clock. No request is answered before the
 * scheduler picks it, and the scheduler picks by a seeded random number: one seed is one interleaving.
 */
export class ModelWorld {
  readonly memory = new MemoryS3();
  readonly executions = new Map<string, SimulatedExecution>();
  readonly witness = new Witness(this);
  readonly log: string[] = [];
  waiting: Waiting[] = [];
  requests = 0;
  /** While true, nothing goes wrong any more. */
  calm = false;
  private clock = Date.parse('2026-01-20T06:15:00Z');

  /** What is deployed now: what records from outside has these definitions. */
  datasets: Registry;

  constructor(
    readonly random: Random,
    /** What is deployed from time to time; at first, and in the end, the first of them. */
    readonly releases: readonly Registry[] = RELEASES,
  ) {
    this.datasets = releases[0]!;
  }

  readonly now = (): Date => new Date(this.clock);

  pass(seconds: number): void {
    this.clock += seconds * 1000;
  }

  invocation(name: string, runId: string): Invocation {
    const dies = !this.calm && this.random.chance(0.1);
    const left = dies ? this.random.int(0, 12) : Infinity;
    return { name, runId, fence: 0, left, dead: false, looked: new Map(), onDeath: () => undefined };
  }

  /** Between any two requests: what else may happen. */
  meanwhile(): void {}

  /** What must hold when a history is over, apart from what the witness knows. */
  atEnd(): void {}

  deploy(release: Registry): void {
    this.datasets = release;
    this.log.push(`deployed: ${[...release.values()].map(({ name, cadence }) => `${name} (${cadence})`).join(', ')}`);
  }

  /** A person or a program makes a document unreadable, which must not cost more than its own subject. */
  spoil(): boolean {
    const keys = SPOILT.flatMap((area) => this.memory.keys('ledger', area));
    if (keys.length === 0) return false;
    const key = this.random.pick(keys);
    const form = this.random.pick(UNREADABLE);
    this.memory.put('ledger', key, FORMS[form](this.memory.text('ledger', key) ?? ''));
    this.log.push(`${key} is made ${form}`);
    return true;
  }

  /** Everything that can run on without an answer has done so. */
  settled(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Answers one waiting request; or its Lambda dies instead. */
  proceed(index: number): void {
    const [{ invocation, go }] = this.waiting.splice(index, 1) as [Waiting];
    if (invocation.left <= 0) {
      this.log.push(`${invocation.name} dies`);
      invocation.dead = true;
      return invocation.onDeath();
    }
    invocation.left -= 1;
    this.requests += 1;
    go();
  }

  ledger(invocation: Invocation): Store {
    return new Store(this.client(invocation), 'ledger');
  }

  /** S3 as an invocation has it: every request waits for its turn, and some go wrong. */
  client(invocation: Invocation): S3Client {
    const { s3 } = this.memory.client();
    const send = async (command: {
      input: { Bucket: string; Key?: string; Prefix?: string; Body?: Buffer };
    }): Promise<unknown> => {
      await this.turn(invocation);
      const { Bucket: bucket, Key, Prefix } = command.input;
      const key = Key ?? Prefix ?? '';
      const what = `${command.constructor.name.replace(/(Object)?Command$/, '')} ${key}`;
      const mishap = this.calm ? 1 : this.random.next();
      if (mishap < 0.01) {
        this.log.push(`${invocation.name}: ${what} → 503`);
        throw Object.assign(new Error('slow down'), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
      }
      const before = bucket === 'ledger' ? this.memory.text(bucket, key) : undefined;
      try {
        const answer: unknown = await (s3.send as (command: unknown) => Promise<unknown>)(command);
        this.log.push(`${invocation.name}: ${what}`);
        if (command.constructor.name === 'PutObjectCommand' && bucket === 'ledger')
          this.witness.wrote(invocation, key, before);
        // The SDK repeats a request whose response was lost, and meets its own write.
        if (mishap < 0.03 && 'IfMatch' in command.input) {
          this.log.push(`${invocation.name}: … its response is lost`);
          throw Object.assign(new Error('met itself'), {
            name: 'PreconditionFailed',
            $metadata: { httpStatusCode: 412 },
          });
        }
        return answer;
      } catch (error) {
        const { name } = error as Error;
        if (name !== 'PreconditionFailed' || mishap >= 0.03) this.log.push(`${invocation.name}: ${what} → ${name}`);
        if (key.startsWith('receipts/') && name === 'NotFound')
          invocation.looked.set(runOf(key), this.witness.posts(runOf(key)));
        throw error;
      }
    };
    return { send } as unknown as S3Client;
  }

  /** The real `isExecutionRunning`, over a DescribeExecution that may be stale. */
  isRunning(invocation: Invocation, holder: Parameters<typeof isExecutionRunning>[1]): Promise<boolean> {
    const send = async (): Promise<unknown> => {
      await this.turn(invocation);
      const execution = [...this.executions.values()].find(({ arn }) => arn === holder.executionArn);
      const young = this.clock - Date.parse(holder.since) < 200_000;
      if (execution === undefined || (young && this.random.chance(0.2))) {
        throw Object.assign(new Error('unknown'), { name: 'ExecutionDoesNotExist' });
      }
      const stale = young && this.random.chance(0.2);
      return { status: stale ? 'RUNNING' : execution.status };
    };
    return isExecutionRunning({ send } as unknown as SFNClient, holder, this.now());
  }

  /** What the recording code works with. */
  recording(invocation: Invocation, datasets = this.datasets): RecordingContext {
    const quiet = (): void => undefined;
    return {
      ledger: this.ledger(invocation),
      datasets,
      logger: { info: quiet, warn: quiet, error: quiet },
      now: this.now,
      remainingMs: () => 60_000,
      codeVersion: CODE_VERSION,
      memoryMb: {},
      readHistory: () => Promise.reject(new Error('no history')),
      token: invocation.name,
      notifier: this.notifier(invocation),
    };
  }

  private notifier(invocation: Invocation): Notifier<readonly string[]> {
    return {
      render: ({ about }) => runsIn(about),
      post: (_channel, runs, withinMs) => this.post(invocation, runs, withinMs),
    };
  }

  private async post(invocation: Invocation, runs: readonly string[], withinMs: number): Promise<Answer> {
    const until = this.clock + withinMs;
    await this.turn(invocation);
    // The sender has given up: what it had on its way comes to nothing.
    if (this.clock > until) return { is: 'unknown', reason: 'no answer in time', mayHaveTaken: true };
    const chance = this.calm ? 0 : this.random.next();
    if (chance > 0.95) return { is: 'unknown', reason: 'HTTP 503', mayHaveTaken: false };
    for (const run of runs) {
      this.log.push(`${invocation.name}: Slack takes the post about ${run}`);
      this.witness.posted(invocation, run);
    }
    // Slack has taken it, and that is not known.
    if (chance > 0.92) return { is: 'unknown', reason: 'no answer', mayHaveTaken: true };
    return { is: 'taken' };
  }

  protected turn(invocation: Invocation): Promise<void> {
    return new Promise((go) => this.waiting.push({ invocation, go }));
  }
}

/** The runs that a message is about. */
function runsIn(about: About): readonly string[] {
  switch (about.kind) {
    case 'ending':
      return [about.manifest.runId];
    case 'endings':
      return about.manifests.map(({ runId }) => runId);
    case 'untold':
      return about.messages.map(({ key }) => {
        const parsed = parseKey(key);
        if (parsed?.kind !== 'manifest') throw new Error(`a notice about ${key}`);
        return parsed.runId;
      });
    default:
      throw new Error(`no message about ${about.kind} is known here`);
  }
}

/** The run whose receipt this is. */
function runOf(receipt: string): string {
  return receipt.slice(receipt.lastIndexOf('~') + 1, -'.json'.length);
}
