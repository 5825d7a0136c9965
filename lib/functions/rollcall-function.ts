import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import {
  ApplicationLogLevel,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import {
  functionTable,
  labelOf,
  type EnvironmentVariables,
  type FunctionName,
} from '../../core/contracts/function-table';
import type { Bundle } from '../build/bundle';
import { functionSpecs } from './function-specs';
import type { AppSettings } from '../app-settings';

export interface RollcallFunctionProps {
  readonly functionName: FunctionName;
  /** Every variable that the function's contract names. */
  readonly environment: EnvironmentVariables<FunctionName>;
  readonly bundle: Bundle;
  readonly settings: AppSettings;
}

/**
 * A Lambda function of Rollcall. Callers invoke `currentVersion`: a deployment then never changes the code of a run that is going.
 * No reserved concurrency: it would take its share from the account's even while nothing runs, and throttled calls are retried.
 */
export class RollcallFunction extends LambdaFunction {
  readonly timeoutSeconds: number;
  /** As `role`, which CDK calls optional. */
  readonly executionRole: Role;

  constructor(scope: Construct, props: RollcallFunctionProps) {
    const { functionName: name, bundle, settings } = props;
    const spec = functionSpecs(settings)[name];
    const id = labelOf(name);
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: settings.logRetentionDays,
      // What happened is in the ledger, which stays; logs go with the stack.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // CDK's own role has AWS's managed policy, which allows to write every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      role,
      description: `Rollcall: ${spec.description}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: bundle.architecture,
      code: Code.fromAsset(bundle.folderOf(name)),
      handler: bundle.handlerOf(name),
      memorySize: spec.memoryMb,
      timeout: Duration.seconds(spec.timeoutSeconds),
      ...(functionTable[name].engine ? { ephemeralStorageSize: Size.mebibytes(settings.engineTmpMb) } : {}),
      environment: {
        ...props.environment,
        // Stack traces name lines of the TypeScript source; the map is read only when an error is printed.
        NODE_OPTIONS: '--enable-source-maps',
      },
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel[settings.logLevel],
      // INFO keeps Lambda's report of memory and duration.
      systemLogLevelV2: SystemLogLevel.INFO,
      logGroup,
      // A run that began before a deployment goes on with the version it began with.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    this.timeoutSeconds = spec.timeoutSeconds;
    this.executionRole = role;
  }
}
