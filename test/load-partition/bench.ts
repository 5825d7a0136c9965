import type { S3Client } from '@aws-sdk/client-s3';
import { LocalS3 } from '../../local/aws/s3/s3';
import { VirtualClock } from '../../local/clock';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { planSchema, type Plan } from '../../core/contracts/batch/plan';
import type { LoadOutput, Run } from '../../core/contracts/run/steps';
import { loadPartition } from '../../lambdas/load-partition/load-partition';
import { createLogger } from '../../core/runtime/aws/logger';
import { Store } from '../../core/runtime/store/store';
import { PARTITION, runOf, START } from './definition';
import { clientOf } from '../helpers/local-client';

export const ACCOUNT = '111122223333';

/** A local S3 with a ledger and a vendor's bucket, and LoadPartition before it. */
export class Bench {
  readonly client: S3Client;
  readonly ledger: Store;

  private constructor(readonly s3: LocalS3) {
    this.client = clientOf(s3);
    this.ledger = new Store(this.client, 'ledger');
    this.reset();
  }

  static async open(): Promise<Bench> {
    return new Bench(
      await LocalS3.start({ clock: new VirtualClock({ start: START, flow: 'frozen' }), account: ACCOUNT }),
    );
  }

  /** Two empty buckets, nothing denied, no faults. */
  reset(): void {
    this.s3.before = undefined;
    for (const bucket of ['ledger', 'vendor']) {
      this.s3.store.dropBucket(bucket);
      this.s3.store.createBucket(bucket);
    }
    this.s3.setOwner('vendor', ACCOUNT);
    this.s3.counts.clear();
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.s3.stop();
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
    const env = {
      ACCOUNT_ID: ACCOUNT,
      LEDGER_BUCKET: 'ledger',
      CODE_VERSION: 'code-1',
      LOG_LEVEL: 'ERROR' as const,
      POWERTOOLS_SERVICE_NAME: 'test',
      BATCH_BYTES: 1_000,
    };
    const logger = createLogger();
    logger.setLogLevel('SILENT');
    const datasets = new Map([dataset, ...others].map((one) => [one.name, one]));
    const context = { env, datasets, s3: this.client, ledger: this.ledger, logger, now: () => new Date(at) };
    return loadPartition(context, { run: runOf(dataset, run), retryCount });
  }

  async plan(dataset: Dataset, runId = 'run-1'): Promise<Plan> {
    const stored = await this.ledger.getJson(keys.plan(dataset.name, PARTITION, runId, 1), planSchema);
    if (stored === undefined) throw new Error('there is no plan');
    return stored.value;
  }
}
