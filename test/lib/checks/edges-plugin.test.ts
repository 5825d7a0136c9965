import { App, CfnResource, NestedStack, Validations } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import { CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
import type { Dataset } from '../../../core/contracts/dataset/dataset';
import { stubBundle } from '../../../lib/build/bundle';
import { ProvenEdges } from '../../../lib/checks/edges-plugin';
import { RollcallStack } from '../../../lib/rollcall-stack';
import { parseAppSettings } from '../../../lib/app-settings';
import { manyDatasets } from '../many-datasets';

/** Synthesizes the app with the plugin, after a change of the stack. */
function synth(change: (stack: RollcallStack) => unknown, datasets: readonly Dataset[] = []): void {
  const app = new App();
  Validations.of(app).addPlugins(new ProvenEdges());
  const stack = new RollcallStack(app, 'Rollcall', {
    datasets,
    settings: parseAppSettings({}),
    bundle: stubBundle(),
    now: new Date('2026-01-20T00:00:00Z'),
  });
  change(stack);
  app.synth();
}

const policies = (stack: RollcallStack) => stack.node.findAll().filter((one) => one instanceof CfnTopicPolicy);

describe('what AWS does by itself, at synth', () => {
  beforeAll(() => {
    // The framework prints its report.
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  });
  afterAll(() => jest.restoreAllMocks());

  it('is allowed in our own template', () => {
    expect(() => synth(() => undefined)).not.toThrow();
  });

  it('fails the synth where nothing allows it', () => {
    const lose = (stack: RollcallStack) => {
      for (const policy of policies(stack)) policy.addPropertyOverride('PolicyDocument.Statement.1.Effect', 'Deny');
    };
    expect(() => synth(lose)).toThrow(/alarm action: cloudwatch.amazonaws.com sns:Publish .*DENIED/s);
  });

  it('fails the synth also where it is in a nested stack', () => {
    const many = manyDatasets({ count: 260 });
    const deny = (stack: RollcallStack) => {
      const nested = stack.node.findAll().find((one) => one instanceof NestedStack);
      const policies = nested?.node.findAll().filter((one) => one instanceof CfnPolicy) ?? [];
      for (const policy of policies) policy.addPropertyOverride('PolicyDocument.Statement.0.Effect', 'Deny');
    };
    expect(() => synth(deny, many)).toThrow(/schedule target: .* states:StartExecution .*DENIED/s);
  });

  it('is not failed for a kind of resource that it does not know', () => {
    expect(() => synth((stack) => new CfnResource(stack, 'Table', { type: 'AWS::DynamoDB::Table' }))).not.toThrow();
  });
});
