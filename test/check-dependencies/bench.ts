import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Dataset, DatasetInput } from '../../core/contracts/dataset/dataset';
import { definitionHash } from '../../core/contracts/dataset/dataset';
import { RollcallError } from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import { runSettingsSchema, type RunSettings } from '../../core/contracts/run/run-settings';
import { checkDependenciesOutputSchema, type CheckDependenciesOutput } from '../../core/contracts/run/steps';
import { checkDependencies } from '../../lambdas/check-dependencies/check-dependencies';
import { createLogger } from '../../core/runtime/aws/logger';
import { Store } from '../../core/runtime/store/store';
import { VirtualClock } from '../../local/clock';
import { LocalS3 } from '../../local/aws/s3/s3';
import { dataset, PARTITION, run } from '../helpers/runs';
import { clientOf } from '../helpers/local-client';

const quiet = createLogger();
quiet.setLogLevel('ERROR');

export type DependencyInput = NonNullable<DatasetInput['dependencies']>[number];

/** What Secrets Manager answers instead of a value. */
export class SecretError extends Error {
  readonly $metadata: { httpStatusCode: number };
  constructor(
    override readonly name: string,
    status = 400,
  ) {
    super(`${name} as Secrets Manager says it`);
    this.$metadata = { httpStatusCode: status };
  }
}

/** A local S3 with the ledger and a bucket that a dataset depends on, secrets in memory, and the step. */
export class CheckBench {
  readonly client: S3Client;
  readonly secrets = new Map<string, string | SecretError>();
  /** Names of the secrets in the order in which they were read. */
  readonly reads: string[] = [];
  deployed: Dataset = dataset();
  remainingMs = 150_000;

  private constructor(readonly s3: LocalS3) {
    this.client = clientOf(s3);
  }

  static async open(): Promise<CheckBench> {
    const clock = new VirtualClock({ start: '2026-01-20T06:15:00.000Z', flow: 'frozen' });
    const bench = new CheckBench(await LocalS3.start({ clock, account: '111122223333' }));
    bench.reset();
    return bench;
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.s3.stop();
  }

  reset(): void {
    this.s3.reset();
    for (const bucket of ['ledger', 'reference']) this.s3.store.createBucket(bucket);
    this.secrets.clear();
    this.reads.length = 0;
    this.remainingMs = 150_000;
  }

  put(key: string, body: string): void {
    this.s3.store.put('reference', key, Buffer.from(body));
  }

  /** Runs the step for a dataset with these dependencies. */
  async check(...dependencies: DependencyInput[]): Promise<CheckDependenciesOutput> {
    this.deployed = dataset({ dependencies });
    const context = {
      env: {
        ACCOUNT_ID: '111122223333',
        LEDGER_BUCKET: 'ledger',
        CODE_VERSION: 'c0de',
        LOG_LEVEL: 'ERROR',
        POWERTOOLS_SERVICE_NAME: 't',
      } as const,
      datasets: new Map([[this.deployed.name, this.deployed]]),
      s3: this.client,
      ledger: new Store(this.client, 'ledger'),
      logger: quiet,
      remainingMs: () => this.remainingMs,
      secrets: { send: (command: { input: { SecretId: string } }) => this.read(command.input.SecretId) },
    };
    const output = await checkDependencies(
      { ...context, secrets: context.secrets as unknown as SecretsManagerClient },
      { run: run({ definitionHash: definitionHash(this.deployed), hasDependencies: true }) },
    );
    return checkDependenciesOutputSchema.parse(output);
  }

  /** How the step fails: name, whether it is tried again, message. Also makes sure that no message, cause or detail has a secret in it. */
  async failure(...dependencies: DependencyInput[]): Promise<[name: string, retryable: boolean, message: string]> {
    const error: unknown = await this.check(...dependencies).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof RollcallError)) throw new Error('expected an error of ours', { cause: error });
    const said = `${error.message} ${error.stack} ${JSON.stringify(error.details)} ${String(error.cause)}`;
    if (/hunter2/.test(said)) throw new Error(`a secret is told: ${said}`);
    return [error.name, error.retryable, error.message];
  }

  /** What was left for the other steps; undefined when nothing was. */
  left(): RunSettings | undefined {
    const key = keys.settings('flights', PARTITION, 'run-1');
    if (!this.s3.store.keys('ledger').includes(key)) return undefined;
    return runSettingsSchema.parse(JSON.parse(this.s3.store.get('ledger', key).body.toString()));
  }

  private async read(name: string): Promise<{ SecretString: string }> {
    this.reads.push(name);
    const value = this.secrets.get(name) ?? new SecretError('ResourceNotFoundException');
    if (typeof value !== 'string') throw value;
    return { SecretString: value };
  }
}
