import { checkPartition } from '../../lambdas/check-partition/check-partition';
import type { BatchResult, CheckOutput, LoadOutput, Loaded, PublishOutput, Run } from '../../core/contracts/run/steps';
import { loadPartition } from '../../lambdas/load-partition/load-partition';
import { publishPartition } from '../../lambdas/publish-partition/publish-partition';
import { Store } from '../../core/runtime/store/store';
import { validateBatch } from '../../lambdas/validate-batch/validate-batch';
import { Caught, Machine } from '../model/simulated-execution';
import type { Invocation } from '../model/model-world';
import type { FullWorld } from './full-world';

type Context = ReturnType<FullWorld['step']>;

/** An execution of PartitionRun with all its steps, each the real code; batches at the same time. */
export class FullMachine extends Machine {
  private get full(): FullWorld {
    return this.world as FullWorld;
  }

  protected override async work(run: Run, state: Record<string, unknown>): Promise<void> {
    const load = await this.step<LoadOutput>('LoadPartition', (context) =>
      loadPartition(context as never, { run, retryCount: 0 }),
    );
    if (!load.ready) throw new Error('a dataset whose objects are enough has nothing to wait for');
    const batches = await Promise.all(load.batches.map((index) => this.batch(run, load, index)));
    const check = await this.step<CheckOutput>('CheckPartition', (context) =>
      checkPartition(context as never, { run, load, batches }),
    );
    if (check.duplicatesAcross) throw new Error('a dataset without unique key has no duplicates');
    const published = await this.step<PublishOutput>('PublishPartition', (context, invocation) => {
      Object.assign(invocation, { fence: run.fence });
      return publishPartition({ ...context, lake: new Store(context.s3, 'lake') } as never, { run, load, check });
    });
    this.full.promised.add(run.runId);
    state['publish'] = { Payload: published };
  }

  /** One iteration of ForEachBatch: a failure is data. */
  private async batch(run: Run, { planKey }: Loaded, index: number): Promise<BatchResult> {
    const { full } = this;
    try {
      const { reused } = await this.step('ValidateBatch', (context, invocation) =>
        full.computes(invocation, () => validateBatch(context as never, { run, planKey, index })),
      );
      full.counts[reused ? 'reused' : 'computed'] += 1;
      return { index };
    } catch (error) {
      if (!(error instanceof Caught)) throw error;
      return { index, state: 'ValidateBatch', error: error.name };
    }
  }

  private step<T>(name: string, invoke: (context: Context, invocation: Invocation) => Promise<T>): Promise<T> {
    return this.task(name, (invocation) => invoke(this.full.step(invocation, this.execution.pinned), invocation));
  }
}
