import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import { run } from './children';
import { ACCOUNT, REGION } from './emulator';
import { FIRES_AT, type Firing } from './firing';

const outputsSchema = z.object({
  Rollcall: z.object({
    LedgerBucket: z.string(),
    LakeBucket: z.string(),
    PartitionRunArn: z.string(),
  }),
});
/** What the deployment tells its user. */
export type Outputs = z.output<typeof outputsSchema>['Rollcall'];

/** Calls the project's pinned CDK CLI against an emulator, never against an account. */
export class Cdk {
  /**
   * @param root the project's folder
   * @param endpoint the emulator's address
   * @param folder where the assembly and the CLI's own files go
   */
  constructor(
    private readonly root: string,
    private readonly endpoint: string,
    private readonly folder: string,
  ) {}

  /** Prepares the emulator's account for deployments, as one does once for an account on AWS. */
  async bootstrap(): Promise<void> {
    // Outside the project, where there is no cdk.json: the CLI would run the app, which bootstrapping does not need.
    await this.cdk(this.folder, ['bootstrap', `aws://${ACCOUNT}/${REGION}`], {});
  }

  /** Deploys the app for this machine's processor with the datasets of the test, due at `firing`. */
  async deploy(firing: Firing): Promise<Outputs> {
    const outputs = join(this.folder, 'outputs.json');
    await this.cdk(
      this.root,
      [
        'deploy',
        'Rollcall',
        '--require-approval=never',
        '--progress=events',
        '--context=target=host',
        '--context=datasetsDir=test/deploy/datasets',
        `--output=${join(this.folder, 'cdk.out')}`,
        `--outputs-file=${outputs}`,
      ],
      { [FIRES_AT]: firing.at.toISOString() },
    );
    return outputsSchema.parse(JSON.parse(readFileSync(outputs, 'utf8'))).Rollcall;
  }

  private async cdk(folder: string, args: readonly string[], extra: Readonly<Record<string, string>>): Promise<void> {
    const cli = join(this.root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    const { code, output } = await run(process.execPath, [cli, ...args, '--no-notices', '--no-color', '--ci'], {
      cwd: folder,
      env: { ...this.environment(), ...extra },
    });
    if (code !== 0) throw new Error(`cdk ${args.join(' ')} ended with ${code}:\n${output}`);
  }

  /** The user's environment without anything that could lead to a real account or through a proxy. */
  private environment(): Record<string, string> {
    const inherited = Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !/^(AWS_|CDK_)|_proxy$/i.test(entry[0]),
    );
    const none = join(this.folder, 'no-such-file');
    return {
      ...Object.fromEntries(inherited),
      PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ENDPOINT_URL_S3: this.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      AWS_CONFIG_FILE: none,
      AWS_SHARED_CREDENTIALS_FILE: none,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_HOME: join(this.folder, 'cdk-home'),
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    };
  }
}
