import type { Incident } from '../../core/contracts/sweep/sweep-state';
import type { EndingReport } from '../../core/runtime/recording/report';
import { sweep } from '../../lambdas/sweep/sweep';
import type { SweepDependencies, Tally } from '../../lambdas/sweep/sweep-context';
import { Killed } from './memory-s3';
import { Mortal, RecordingWorld } from './recording';
import { arnOf, execution } from './runs';

/** An execution as Step Functions knows it; `closed` undefined while it runs. */
interface Known {
  readonly arn: string;
  readonly startedAt: Date;
  readonly report: EndingReport | undefined;
}

const MINUTE = 60_000;

/** A recording world with Step Functions to list and start, and a person to call. */
export class SweepWorld extends RecordingWorld {
  readonly executions = new Map<string, Known>();
  readonly started: { readonly name: string; readonly input: object }[] = [];
  readonly backfills: { readonly name: string; readonly input: object }[] = [];
  readonly calls: { readonly incident: Incident; readonly over: boolean }[] = [];
  readonly outboxAges: number[] = [];
  readonly channelAges: number[] = [];

  minutesLater(minutes: number): void {
    this.now = new Date(this.now.getTime() + minutes * MINUTE);
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
    const startedAt = new Date(this.now.getTime() - how.startedAgo * MINUTE);
    const arn = arnOf(name);
    const closed =
      how.endedAgo === undefined
        ? undefined
        : {
            status: how.status ?? 'ABORTED',
            error: undefined,
            cause: undefined,
            at: new Date(this.now.getTime() - how.endedAgo * MINUTE),
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
