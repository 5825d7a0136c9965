import { claimPartition } from '../../lambdas/claim-partition/claim-partition';
import { recordRun } from '../../lambdas/record-run/record-run';
import { classify } from '../../lambdas/runtime/classify';
import { publish } from '../../lambdas/runtime/partition-record';
import { CODE_VERSION, PARTITION, publication } from '../helpers/runs';
import type { Invocation, SimulatedExecution, World } from './simulated-world';

/** Attempts of each task: Retry's MaxAttempts and one. */
const ATTEMPTS = 3;

/** What a Catch keeps. */
class Caught extends Error {
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
  /** Ends the attempt that is under way as a time-out: its Lambda runs on. */
  timeOut: (() => void) | undefined;

  constructor(
    private readonly world: World,
    private readonly execution: SimulatedExecution,
    /** Called once, when the execution is closed. */
    private readonly onClosed: () => void,
  ) {}

  /** Somebody stops it, or its time is over. Whatever Lambda is running runs on. */
  cut(status: 'ABORTED' | 'TIMED_OUT'): void {
    this.close(status);
  }

  async run(): Promise<void> {
    const { world, execution } = this;
    const state: Record<string, unknown> = {};
    try {
      const claimed = await this.task('ClaimPartition', (invocation) => {
        const isRunning = (holder: Parameters<World['isRunning']>[1]) => world.isRunning(invocation, holder);
        const context = {
          env: { CODE_VERSION },
          datasets: world.datasets,
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
        if (world.random.chance(0.3)) throw new Caught('SourceCorrupt', false, 'a batch could not be read');
        const { fence } = claimed.run;
        await this.task('PublishPartition', (invocation) => {
          Object.assign(invocation, { fence });
          const mine = publication(execution.name);
          return publish(world.ledger(invocation), { dataset: 'flights', partition: PARTITION }, fence, mine);
        });
        state['publish'] = { Payload: { ending: { status: 'PUBLISHED', code: 'COMPLETE' }, files: 1, published: 1 } };
      }
    } catch (error) {
      if (!(error instanceof Caught)) throw error;
      state['failed'] = { SomeState: { Error: error.name, Cause: JSON.stringify({ errorMessage: error.message }) } };
    }
    try {
      const recorded = await this.task('RecordRun', (invocation) =>
        recordRun(world.recording(invocation), { execution, state }),
      );
      this.close(recorded.succeeded ? 'SUCCEEDED' : 'FAILED');
    } catch (error) {
      if (!(error instanceof Caught)) throw error;
      this.close('FAILED');
    }
  }

  private async task<T>(name: string, invoke: (invocation: Invocation) => Promise<T>): Promise<T> {
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
      const ifRunning = (act: () => void) => (): void => {
        if (execution.status === 'RUNNING') act();
      };
      const fail = (caught: Caught) => ifRunning(() => reject(caught));
      this.timeOut = () => {
        world.log.push(`${name} times out, and its Lambda runs on`);
        fail(new Caught('States.Timeout', true, ''))();
      };
      invocation.onDeath = fail(new Caught('Lambda.Unknown', true, 'died'));
      invoke(invocation).then(
        (value) => ifRunning(() => resolve(value))(),
        (error: unknown) => {
          const { name: errorName, retryable, message } = classify(error);
          fail(new Caught(errorName, retryable, message))();
        },
      );
    });
  }

  private close(status: SimulatedExecution['status']): void {
    if (this.execution.status !== 'RUNNING') return;
    this.execution.status = status;
    this.execution.closedAt = this.world.now();
    this.timeOut = undefined;
    this.world.log.push(`${this.execution.name} is ${status}`);
    this.onClosed();
  }
}
