import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Dataset, DatasetInput } from '../../core/contracts/dataset/dataset';
import { RollcallError } from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import { runSettingsSchema, type RunSettings } from '../../core/contracts/run/run-settings';
import { checkDependenciesOutputSchema, type CheckDependenciesOutput } from '../../core/contracts/run/steps';
import { checkDependencies } from '../../lambdas/check-dependencies/check-dependencies';
import { dataset } from '../kit/datasets';
import { PARTITION, runOf } from '../kit/runs';
import { httpS3 } from '../kit/http-s3';
import { HttpWorld } from '../kit/http-world';

const BUCKETS = ['ledger', 'reference'];

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
export class DependencyWorld extends HttpWorld {
  readonly secrets = new Map<string, string | SecretError>();
  /** Names of the secrets in the order in which they were read. */
  readonly reads: string[] = [];
  deployed: Dataset = dataset();
  remainingMs = 150_000;

  static async open(): Promise<DependencyWorld> {
    return new DependencyWorld(await httpS3(BUCKETS), BUCKETS);
  }

  reset(): void {
    this.empty();
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
    const secrets = { send: (command: { input: { SecretId: string } }) => this.read(command.input.SecretId) };
    const output = await checkDependencies(
      {
        ...this.deployedTo([this.deployed]),
        env: this.env,
        remainingMs: () => this.remainingMs,
        secrets: secrets as unknown as SecretsManagerClient,
      },
      { run: runOf(this.deployed) },
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
