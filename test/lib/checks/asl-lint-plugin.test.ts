import { App, Stack, Validations } from 'aws-cdk-lib';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { AslLint } from '../../../lib/checks/asl-lint-plugin';
import { partitionRun, type Json } from '../../asl-lint/own-machine';

const machine = partitionRun();

/** Synthesizes a stack of our machine alone, changed, with the plugin. */
function synth(change: (definition: Json) => void): void {
  const app = new App();
  Validations.of(app).addPlugins(new AslLint());
  const definition = structuredClone(machine);
  change(definition);
  new CfnStateMachine(new Stack(app, 'Rollcall'), 'PartitionRun', {
    roleArn: 'arn:aws:iam::123456789012:role/runs',
    definitionString: JSON.stringify(definition),
  });
  app.synth();
}

describe('asl-lint at synth', () => {
  beforeAll(() => {
    // The framework prints its report.
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  });
  afterAll(() => jest.restoreAllMocks());

  it('lets our own machine pass', () => {
    expect(() => synth(() => undefined)).not.toThrow();
  });

  it.each<[string, string, (definition: Json) => void]>([
    [
      'a Task loses its Catch',
      'LoadPartition: .*task-without-catch-all',
      ({ States }) => delete States.LoadPartition.Catch,
    ],
    [
      'a Task loses its Retry',
      'PublishPartition: .*task-without-retry',
      ({ States }) => delete States.PublishPartition.Retry,
    ],
    [
      'a path ends without RecordRun',
      'PartitionClaimed\\?: .*path-without-terminal',
      ({ States }) => (States['PartitionClaimed?'].Default = 'RunSucceeded'),
    ],
    [
      'a Choice reads what may be missing',
      'RunFailed: .*path-may-be-missing',
      ({ States }) => (States['RunOutcome?'].Default = 'RunFailed'),
    ],
    ['the machine has no time-out', 'machine-without-timeout', (definition) => delete definition.TimeoutSeconds],
  ])('fails when %s', (_what, finding, change) => {
    expect(() => synth(change)).toThrow(new RegExp(finding, 's'));
  });
});
