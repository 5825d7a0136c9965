import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { manifestSchema, type Manifest } from '../../core/contracts/run/manifest';
import { deliverOutbox, type DeliverContext, type Delivered } from '../../core/runtime/delivery/deliver-outbox';
import type { Answer, Notifier } from '../../core/runtime/delivery/notifier';
import { render, type SlackMessage } from '../../core/runtime/notifiers/slack/render';
import type { RecordingContext } from '../../core/runtime/recording/record-ending';
import { taken } from './answers';
import { Killed, MemoryS3, type Fault } from './memory-s3';
import { CODE_VERSION, NOW, registry } from './runs';

/** A process that dies at its n-th call to the outside: before the call has an effect, or after it and before the answer. */
export class Mortal {
  private calls = 0;
  private dead = false;
  constructor(
    private readonly at = Infinity,
    private readonly mode: 'before' | 'after' = 'before',
  ) {}

  get count(): number {
    return this.calls;
  }

  /** What becomes of the next call. */
  next(): Killed | 'lose response' | undefined {
    if (this.dead) return new Killed('dead');
    const mine = this.calls++ === this.at;
    this.dead ||= mine;
    if (!mine) return undefined;
    return this.mode === 'before' ? new Killed('killed before') : 'lose response';
  }
}

export interface Post {
  readonly channel: string;
  readonly text: string;
}

/** Ledger, Slack and Step Functions in memory, shared by all recorders of a test. */
export class RecordingWorld {
  readonly s3 = new MemoryS3();
  /** What Slack took, also where no caller learned of it. */
  readonly posts: Post[] = [];
  /** Everything that was posted, taken or not. */
  readonly requests: Post[] = [];
  readonly logs: string[] = [];
  history: HistoryEvent[] | Error = [];
  /** What Slack answers to a message; see `answers.ts`. A promise lets a test keep the post waiting. */
  slack: (message: SlackMessage, channel: string) => Answer | Promise<Answer> = () => taken;
  /** Posts in place of Slack. */
  otherNotifier: Notifier | undefined;
  datasets = registry();
  now = NOW;
  private invocations = 0;

  /** A recorder in a process of its own. */
  recorder(mortal = new Mortal(), fault?: Fault): RecordingContext {
    const log = (level: string) => (message: unknown, more?: unknown) => {
      this.logs.push(`${level} ${String(message)} ${JSON.stringify(more, Object.getOwnPropertyNames(more ?? {}))}`);
    };
    return {
      ledger: this.s3.store('ledger', (call, index) => mortal.next() ?? fault?.(call, index)),
      datasets: this.datasets,
      codeVersion: CODE_VERSION,
      memoryMb: { 'claim-partition': 512, 'load-partition': 512, 'record-run': 512 },
      now: () => this.now,
      remainingMs: () => 60_000,
      logger: { info: log('info'), warn: log('warn'), error: log('error') } as unknown as RecordingContext['logger'],
      readHistory: async () => {
        const fate = mortal.next();
        if (fate !== undefined) throw fate === 'lose response' ? new Killed('after') : fate;
        if (this.history instanceof Error) throw this.history;
        return this.history;
      },
      token: `invocation-${(this.invocations += 1)}`,
      notifier: this.otherNotifier ?? this.notifier(mortal),
    };
  }

  /** Some minutes later: what a sweep does about the outbox, and nothing else of it. */
  async deliver(minutesLater = 10, mortal = new Mortal(), fault?: Fault): Promise<Delivered> {
    this.now = new Date(this.now.getTime() + minutesLater * 60_000);
    const attempt: DeliverContext['attempt'] = (_what, _details, work) => work();
    const onUnreadable: DeliverContext['onUnreadable'] = ({ why }) => this.logs.push(`error unreadable ${why}`);
    return deliverOutbox({ ...this.recorder(mortal, fault), attempt, onUnreadable }, () => true);
  }

  private notifier(mortal: Mortal): Notifier<SlackMessage> {
    return {
      render,
      post: async (channel, message) => {
        const fate = mortal.next();
        if (fate instanceof Error) throw fate;
        const post: Post = { channel, text: message.text };
        this.requests.push(post);
        const answer = await this.slack(message, channel);
        if (answer.is === 'taken' || (answer.is === 'unknown' && answer.mayHaveTaken)) this.posts.push(post);
        if (fate === 'lose response') throw new Killed('after');
        return answer;
      },
    };
  }

  manifestKeys(): string[] {
    return this.s3.keys('ledger', 'runs/');
  }

  /** The one manifest, valid. */
  manifest(): Manifest {
    const [key = 'none', ...more] = this.manifestKeys();
    if (more.length > 0) throw new Error(`several manifests: ${[key, ...more].join(', ')}`);
    return manifestSchema.parse(this.s3.json('ledger', key));
  }
}
