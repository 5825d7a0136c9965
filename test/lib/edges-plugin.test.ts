import { App, CfnResource, Validations } from 'aws-cdk-lib';
import { CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
import { stubBundle } from '../../lib/build/bundle';
import { ProvenEdges } from '../../lib/edges-plugin';
import { RollcallStack } from '../../lib/rollcall-stack';
import { parseSettings } from '../../lib/settings';

/** Synthesizes the app with the plugin, after a change of the stack. */
function synth(change: (stack: RollcallStack) => unknown): void {
  const app = new App();
  Validations.of(app).addPlugins(new ProvenEdges());
  const stack = new RollcallStack(app, 'Rollcall', {
    datasets: [],
    settings: parseSettings({}),
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

  it('is not failed for a kind of resource that it does not know', () => {
    expect(() => synth((stack) => new CfnResource(stack, 'Table', { type: 'AWS::DynamoDB::Table' }))).not.toThrow();
  });
});
