import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { planSchema, type Plan } from '../../core/contracts/batch/plan';
import type { LoadOutput, Run } from '../../core/contracts/run/steps';
import { loadPartition } from '../../lambdas/load-partition/load-partition';
import { PARTITION, runOf } from '../kit/runs';
import { httpS3, START } from '../kit/http-s3';
import { HttpWorld } from '../kit/http-world';

const BUCKETS = ['ledger', 'vendor'];

/** A local S3 with a ledger and a vendor's bucket, and LoadPartition before it. */
export class LoadWorld extends HttpWorld {
  static async open(): Promise<LoadWorld> {
    return new LoadWorld(await httpS3(BUCKETS), BUCKETS);
  }

  /** Two empty buckets, nothing denied, no faults. */
  reset(): void {
    this.empty();
  }

  /** Puts an object into the vendor's bucket. */
  deliver(key: string, body = 'id\n1\n', at = '2026-01-20T05:59:00.000Z'): void {
    this.s3.store.put('vendor', key, Buffer.from(body), {}, {}, { lastModified: Date.parse(at) });
  }

  /** Runs LoadPartition as the step does; `others` are deployed as well. */
  async load(
    dataset: Dataset,
    at = START,
    run: Partial<Run> = {},
    retryCount = 0,
    others: readonly Dataset[] = [],
  ): Promise<LoadOutput> {
    const env = { ...this.env, BATCH_BYTES: 1_000 };
    const context = { ...this.deployedTo([dataset, ...others]), env, now: () => new Date(at) };
    const started = runOf(dataset, { startedAt: START, trigger: 'schedule', ...run });
    return loadPartition(context, { run: started, retryCount });
  }

  async plan(dataset: Dataset, runId = 'run-1'): Promise<Plan> {
    const stored = await this.ledger.getJson(keys.plan(dataset.name, PARTITION, runId, 1), planSchema);
    if (stored === undefined) throw new Error('there is no plan');
    return stored.value;
  }
}
