import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { FUNCTION_NAMES, forEachFunction, labelOf, type FunctionName } from '../../core/contracts/function-table';
import { announceWidened } from '../access/widened';
import type { Bundle } from '../build/bundle';
import type { AppSettings } from '../app-settings';
import type { Storage } from '../storage';
import { functionEnvironments } from './function-environments';
import { GRANTS } from './function-grants';
import { RollcallFunction } from './rollcall-function';

export interface FunctionsProps {
  readonly storage: Storage;
  readonly slackSecret: Secret;
  /** Key under which sensitive values are hashed; none where no dataset declares any. */
  readonly sampleKey: Secret | undefined;
  readonly datasets: readonly Dataset[];
  readonly bundle: Bundle;
  readonly settings: AppSettings;
  /** Name of the PartitionRun machine, whose executions are asked about. */
  readonly partitionRunName: string;
  /** Name of the Backfill machine; its endings are recorded too. */
  readonly backfillName: string;
  /** Where the sweep escalates to. */
  readonly escalations: ITopic;
}

/** Every function of the table, with its environment and everything that it may do. */
export class Functions extends Construct {
  readonly #byName: Readonly<Record<FunctionName, RollcallFunction>>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { bundle, settings } = props;
    const environments = functionEnvironments(this, props);
    this.#byName = forEachFunction(
      (functionName) =>
        new RollcallFunction(this, { functionName, environment: environments[functionName], bundle, settings }),
    );
    const widened = FUNCTION_NAMES.map((name) => [labelOf(name), GRANTS[name](this.of(name), props) ?? []] as const);
    announceWidened(this, Object.fromEntries(widened));
  }

  /** The function of a folder of `lambdas/`. */
  of(name: FunctionName): RollcallFunction {
    return this.#byName[name];
  }
}
