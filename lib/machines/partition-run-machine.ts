import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, QueryLanguage, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { functionsOf } from '../../core/contracts/function-table';
import type { Functions } from '../functions/functions';
import { partitionRunDefinition } from './partition-run-definition';
import { machineLogs } from './machine-logs';
import { workOn } from './retry-policies';
import type { AppSettings } from '../app-settings';

/**
 * How long a run may work, waiting for its source not counted. 500 batches, 8 at a time, at the 2 minutes that 512 MB took at most in
 * the engine's measurements, validated and processed twice: 8.4 hours. A single task can't hang: each has its own time-out.
 */
export const WORK_LIMIT = Duration.hours(9);

/**
 * The machine's name, known before the machine is: grants to the functions it refers to need it. From the stack's name, so that several
 * deployments can live in one account.
 */
export function partitionRunName(scope: Construct): string {
  return `${Stack.of(scope).stackName}-PartitionRun`;
}

export interface PartitionRunProps {
  readonly functions: Functions;
  readonly datasets: readonly Dataset[];
  readonly settings: AppSettings;
}

/** The state machine that takes one partition from its source to an ending on record. */
export class PartitionRun extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { functions, datasets, settings }: PartitionRunProps) {
    super(scope, id);
    const stateMachineName = partitionRunName(this);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName,
      comment: 'Takes one partition of a dataset from its source to an ending on record',
      queryLanguage: QueryLanguage.JSON_PATH,
      definitionBody: DefinitionBody.fromChainable(
        partitionRunDefinition(this, {
          functions,
          batchConcurrency: settings.batchConcurrency,
          retry: workOn(datasets),
        }),
      ),
      timeout: WORK_LIMIT.plus(longestWait(datasets)),
      tracingEnabled: true,
      logs: machineLogs(this, stateMachineName, settings),
    });
    // A run that began before a deployment still calls the versions it began with; the role must allow more than the newest ones.
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: functionsOf('PartitionRun').map((name) => `${functions.of(name).functionArn}:*`),
      }),
    );
  }
}

/** A run that the schedule starts when its partition is available may wait until the deadline. */
function longestWait(datasets: readonly Dataset[]): Duration {
  return Duration.minutes(Math.max(0, ...datasets.map((d) => d.deadlineMinutes - d.availableMinutes)));
}
