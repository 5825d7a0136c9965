import type { S3Client } from '@aws-sdk/client-s3';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { createLogger } from '../../core/runtime/aws/logger';
import { Store } from '../../core/runtime/store/store';
import type { LocalS3 } from '../../local/aws/s3/local-s3';
import { ACCOUNT, clientOf } from './http-s3';
import { CODE_VERSION } from './runs';

/** S3 over HTTP, and what steps are given that work with it: the worlds of single steps are made of it. */
export class HttpWorld {
  readonly client: S3Client;
  readonly ledger: Store;
  readonly env = {
    ACCOUNT_ID: ACCOUNT,
    LEDGER_BUCKET: 'ledger',
    CODE_VERSION,
    LOG_LEVEL: 'ERROR',
    POWERTOOLS_SERVICE_NAME: 'test',
  } as const;
  readonly logger = createLogger();

  constructor(
    readonly s3: LocalS3,
    private readonly buckets: readonly string[],
  ) {
    this.client = clientOf(s3);
    this.ledger = new Store(this.client, 'ledger');
    this.logger.setLogLevel('SILENT');
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.s3.stop();
  }

  /** Empty buckets, nothing denied, no faults. */
  protected empty(): void {
    this.s3.reset();
    for (const bucket of this.buckets) this.s3.store.createBucket(bucket);
  }

  /** What every step is given, with these datasets deployed. */
  protected deployedTo(datasets: readonly Dataset[]) {
    const registry = new Map(datasets.map((dataset) => [dataset.name, dataset]));
    return { datasets: registry, s3: this.client, ledger: this.ledger, logger: this.logger };
  }
}
