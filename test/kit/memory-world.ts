import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { MINUTE_MS } from '../../core/contracts/partition';
import { manifestSchema, type Manifest } from '../../core/contracts/run/manifest';
import type { Incident } from '../../core/contracts/sweep/sweep-state';
import { deliverOutbox, type DeliverContext, type Delivered } from '../../core/runtime/delivery/deliver-outbox';
import type { Answer, Notifier } from '../../core/runtime/delivery/notifier';
import { render, type SlackMessage } from '../../core/runtime/notifiers/slack/render';
import type { RecordingContext } from '../../core/runtime/recording/record-ending';
import type { EndingReport } from '../../core/runtime/recording/report';
import type { SweepDependencies, Tally } from '../../lambdas/sweep/sweep-context';
import { sweep } from '../../lambdas/sweep/sweep';
import { taken } from './answers';
import { registry } from './datasets';
import { MemoryS3, type Fault } from './memory-s3';
import { Killed, Mortal } from './mortal';
import { arnOf, CODE_VERSION, execution, NOW } from './runs';

export interface Post {
  readonly channel: string;
  readonly text: string;
}

/** An execution as Step Functions knows it; `closed` undefined while it runs. */
interface Known {
  readonly arn: string;
  readonly startedAt: Date;
  readonly report: EndingReport | undefined;
}

/** Ledger, lake, Slack, Step Functions and a person to call, in memory: what all recorders and sweeps of a test share. */
export class MemoryWorld {
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
  readonly executions = new Map<string, Known>();
  readonly started: { readonly name: string; readonly input: object }[] = [];
  readonly backfills: { readonly name: string; readonly input: object }[] = [];
  readonly calls: { readonly incident: Incident; readonly over: boolean }[] = [];
  readonly outboxAges: number[] = [];
  readonly channelAges: number[] = [];
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
    this.now = new Date(this.now.getTime() + minutesLater * MINUTE_MS);
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

  minutesLater(minutes: number): void {
    this.now = new Date(this.now.getTime() + minutes * MINUTE_MS);
    this.s3.now = this.now;
  }

  /** An execution that runs since some minutes ago, or ended some minutes ago. */
  executed(
    name: string,
    input: unknown,
    how: {
      readonly startedAgo: number;
      readonly endedAgo?: number;
      readonly status?: 'SUCCEEDED' | 'ABORTED' | 'FAILED';
    },
  ): void {
    const startedAt = new Date(this.now.getTime() - how.startedAgo * MINUTE_MS);
    const arn = arnOf(name);
    const closed =
      how.endedAgo === undefined
        ? undefined
        : {
            status: how.status ?? 'ABORTED',
            error: undefined,
            cause: undefined,
            at: new Date(this.now.getTime() - how.endedAgo * MINUTE_MS),
          };
    const ref = { ...execution(name, input), startTime: startedAt.toISOString() };
    const report = closed === undefined ? undefined : { execution: ref, state: undefined, closed };
    this.executions.set(arn, { arn, startedAt, report });
  }

  sweeper(mortal = new Mortal()): SweepDependencies {
    const { executions, started, calls } = this;
    const live = (): 'lose response' | undefined => {
      const fate = mortal.next();
      if (fate instanceof Error) throw fate;
      return fate;
    };
    const startIn = (list: typeof started) => async (name: string, input: object) => {
      const fate = live();
      const exists = list.some((one) => one.name === name);
      if (!exists) list.push({ name, input });
      if (fate !== undefined) throw new Killed('after');
      return exists ? ('exists' as const) : ('started' as const);
    };
    const list = async function* () {
      live();
      const newestFirst = [...executions.values()].sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
      for (const { arn, startedAt, report } of newestFirst) yield { arn, startedAt, running: report === undefined };
    };
    return {
      ...this.recorder(mortal),
      remainingMs: () => 480_000,
      lake: this.s3.store('lake', () => mortal.next()),
      executions: {
        lists: () => [list()],
        describe: async (arn) => {
          live();
          const known = executions.get(arn);
          if (known === undefined) throw Object.assign(new Error(arn), { name: 'ExecutionDoesNotExist' });
          return known.report;
        },
        startOnce: startIn(started),
        startBackfillOnce: startIn(this.backfills),
      },
      escalate: async (incident, over) => {
        const fate = live();
        calls.push({ incident, over });
        if (fate !== undefined) throw new Killed('after');
      },
      onOutbox: (age) => this.outboxAges.push(age),
      onChannels: (age) => this.channelAges.push(age),
    };
  }

  sweep(mortal?: Mortal): Promise<Tally> {
    return sweep(this.sweeper(mortal));
  }
}
