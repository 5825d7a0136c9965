import { Stack } from 'aws-cdk-lib';
import type { EnvironmentVariables, FunctionName } from '../../core/contracts/function-table';
import { stateMachineArn } from '../access/grants';
import { metricsNamespace } from '../operations/own-metrics';
import { engineBufferMb, engineSpillMb } from '../app-settings';
import { functionSpecs } from './function-specs';
import type { Functions, FunctionsProps } from './functions';

/** What every function is given as its environment: each variable that `contracts/function-table.ts` declares. */
export function functionEnvironments(
  scope: Functions,
  props: FunctionsProps,
): { readonly [N in FunctionName]: EnvironmentVariables<N> } {
  const { storage, slackSecret, bundle, settings } = props;
  const base = (name: FunctionName) => ({
    ACCOUNT_ID: Stack.of(scope).account,
    LEDGER_BUCKET: storage.ledger.bucketName,
    CODE_VERSION: bundle.codeVersion,
    LOG_LEVEL: settings.logLevel,
    POWERTOOLS_SERVICE_NAME: name,
  });
  const lake = { LAKE_BUCKET: storage.lake.bucketName };
  const engine = {
    ...lake,
    ENGINE_MEMORY_MB: String(engineBufferMb(settings)),
    ENGINE_SPILL_MB: String(engineSpillMb(settings)),
  };
  // Of every function, from which the manifest computes what a run cost.
  const memory = Object.entries(functionSpecs(settings)).map(([name, { memoryMb }]) => [name, memoryMb]);
  const recorder = {
    ...lake,
    SLACK_SECRET_ARN: slackSecret.secretArn,
    CHANNELS: JSON.stringify(settings.channels),
    SLACK_TIMEOUT_MS: String(settings.slackTimeoutMs),
    FUNCTION_MEMORY_MB: JSON.stringify(Object.fromEntries(memory)),
  };
  return {
    'claim-partition': base('claim-partition'),
    'check-dependencies': base('check-dependencies'),
    'load-partition': { ...base('load-partition'), BATCH_BYTES: String(settings.batchBytes) },
    'validate-batch': {
      ...base('validate-batch'),
      ...engine,
      SAMPLE_KEY_SECRET_ARN: props.sampleKey?.secretArn ?? '',
    },
    'process-batch': { ...base('process-batch'), ...engine },
    'check-partition': { ...base('check-partition'), ...engine },
    'publish-partition': { ...base('publish-partition'), ...lake },
    'record-run': { ...base('record-run'), ...recorder },
    'execution-ended': { ...base('execution-ended'), ...recorder },
    'plan-backfill': base('plan-backfill'),
    'summarize-backfill': base('summarize-backfill'),
    sweep: {
      ...base('sweep'),
      ...recorder,
      PARTITION_RUN_ARN: stateMachineArn(scope, props.partitionRunName),
      BACKFILL_ARN: stateMachineArn(scope, props.backfillName),
      ESCALATION_TOPIC_ARN: props.escalations.topicArn,
      METRICS_NAMESPACE: metricsNamespace(scope),
    },
  };
}
