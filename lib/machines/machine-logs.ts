import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { LogLevel, type LogOptions } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { AppSettings } from '../app-settings';

/** Where a state machine logs to, and what: the same for all of them. The log group belongs to `scope`. */
export function machineLogs(scope: Construct, stateMachineName: string, settings: AppSettings): LogOptions {
  return {
    destination: new LogGroup(scope, 'Logs', {
      // This prefix spares the account's resource policy for log deliveries, which has room for 5,120 characters.
      logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
      retention: settings.logRetentionDays,
      // The name is fixed: a log group that stayed would be in the way of the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    }),
    level: LogLevel.ALL,
    // The state carries keys, counts and error names, never a record; without them a log could not explain an ending.
    includeExecutionData: true,
  };
}
