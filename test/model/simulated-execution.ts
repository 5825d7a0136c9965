import { claimPartition } from '../../lambdas/claim-partition/claim-partition';
import type { Run } from '../../core/contracts/run/steps';
import { recordRun } from '../../lambdas/record-run/record-run';
import { classify } from '../../core/runtime/aws/classify';
import { publish } from '../../core/runtime/ledger/partition-record';
import { CODE_VERSION, PARTITION, publication } from '../kit/runs';
import type { Invocation, SimulatedExecution, ModelWorld } from './model-world';

/** Attempts of each task: Retry's MaxAttempts and one. */
const ATTEMPTS = 3;

/** What a Catch keeps. */
export class Caught extends Error {
  constructor(
    override readonly name: string,
    readonly retryable: boolean,
    message: string,
  ) {
    super(message);
  }
}

/** One execution of PartitionRun, cut down to the tasks that touch the protocol, with Retry and Catch; runs until it is closed. */
export class Machine {
  /** Each ends an attempt that is under way as a time-out: its Lambda runs on. */
  private readonly timeOuts = new Set<() => void>();

  /** Ends the attempt that began last, as a time-out; undefined while none is under way. */
  get timeOut(): (() => void) | undefined {
    return [...this.timeOuts].at(-1);
  }

  constructor(
    protected readonly world: ModelWorld,
    protected readonly execution: SimulatedExecution,
    /** Called once, when the execution is closed. */
    private readonly onClosed: () => void,
  ) {}

  /** An operator stops it, or its time is over. Whatever Lambda is running runs on. */
  cut(status: 'ABORTED' | 'TIMED_OUT'): void {
    this.close(status);
  }

  async run(): Promise<void> {
    const { world, execution } = this;
    const state: Record<string, unknown> = {};
    try {
      const claimed = await this.task('ClaimPartition', (invocation) => {
        const isRunning = (holder: Parameters<ModelWorld['isRunning']>[1]) => world.isRunning(invocation, holder);
        const context = {
          env: { CODE_VERSION },
          datasets: execution.pinned,
          ledger: world.ledger(invocation),
          now: world.now,
        };
        return claimPartition({ ...context, isRunning, isRedriven: async () => false } as never, {
          input: execution.input,
          execution,
        });
      });
      if (!claimed.claimed) Object.assign(state, claimed);
      else {
        state['run'] = claimed.run;
        await this.work(claimed.run, state);
      }
    } catch (error) {
      if (!(error instanceof Caught)) throw error;
      state['failed'] = { SomeState: { Error: error.name, Cause: JSON.stringify({ errorMessage: error.message }) } };
    }
    try {
      const recorded = await this.task('RecordRun', (invocation) =>
        recordRun(world.recording(invocation, execution.pinned), { execution, state }),
      );
      this.close(recorded.succeeded ? 'SUCCEEDED' : 'FAILED');
    } catch (error) {
      if (!(error instanceof Caught)) throw error;
      this.close('FAILED');
    }
  }

  /** What comes between claim and recording: fails at times, else publishes something. */
  protected async work({ fence }: Run, state: Record<string, unknown>): Promise<void> {
    const { world, execution } = this;
    if (world.random.chance(0.3)) throw new Caught('SourceCorrupt', false, 'a batch could not be read');
    await this.task('PublishPartition', (invocation) => {
      Object.assign(invocation, { fence });
      const mine = publication(execution.name);
      return publish(world.ledger(invocation), { dataset: 'flights', partition: PARTITION }, fence, mine);
    });
    state['publish'] = { Payload: { ending: { status: 'PUBLISHED', code: 'COMPLETE' }, files: 1, published: 1 } };
  }

  protected async task<T>(name: string, invoke: (invocation: Invocation) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(`${this.execution.name} ${name} ${attempt}`, invoke);
      } catch (error) {
        if (!(error instanceof Caught) || !error.retryable || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Neither resolves nor rejects once the execution is closed: nothing comes after. */
  private attempt<T>(name: string, invoke: (invocation: Invocation) => Promise<T>): Promise<T> {
    const { world, execution } = this;
    const invocation = world.invocation(name, execution.name);
    return new Promise<T>((resolve, reject) => {
      const timeOut = (): void => {
        world.log.push(`${name} times out, and its Lambda runs on`);
        over(() => reject(new Caught('States.Timeout', true, '')));
      };
      // Nothing comes of an execution that is closed, nor of an attempt that is over.
      const over = (act: () => void): void => {
        if (this.timeOuts.delete(timeOut) && execution.status === 'RUNNING') act();
      };
      this.timeOuts.add(timeOut);
      invocation.onDeath = () => over(() => reject(new Caught('Lambda.Unknown', true, 'died')));
      invoke(invocation).then(
        (value) => over(() => resolve(value)),
        (error: unknown) => {
          const { name: errorName, retryable, message } = classify(error);
          over(() => reject(new Caught(errorName, retryable, message)));
        },
      );
    });
  }

  private close(status: SimulatedExecution['status']): void {
    if (this.execution.status !== 'RUNNING') return;
    this.execution.status = status;
    this.execution.closedAt = this.world.now();
    this.timeOuts.clear();
    this.world.log.push(`${this.execution.name} is ${status}`);
    this.onClosed();
  }
}
