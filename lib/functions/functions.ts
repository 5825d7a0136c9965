import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import type { FunctionName } from '../../core/contracts/environment';
import { sourceOf } from '../../core/domain/source/fallback';
import { allowDependencies, allowSourceListing, allowSourceReading } from '../access/outside-grants';
import { announceWidened } from '../access/widened';
import type { Bundle } from '../build/bundle';
import { functionSpecs } from './function-specs';
import {
  allowExecutions,
  allowListing,
  allowMachine,
  allowObjects,
  allowVersions,
  stateMachineArn,
  type Area,
} from '../access/grants';
import { metricsNamespace } from '../operations/metrics';
import { RollcallFunction, type RollcallFunctionProps } from './rollcall-function';
import { engineBufferMb, engineSpillMb, type Settings } from '../settings';
import type { Storage } from '../storage';
import { placeInVpc } from '../vpc';

export interface FunctionsProps {
  readonly storage: Storage;
  readonly slackSecret: Secret;
  /** Key under which sensitive values are hashed; none where no dataset declares any. */
  readonly sampleKey: Secret | undefined;
  readonly datasets: readonly Dataset[];
  readonly bundle: Bundle;
  readonly settings: Settings;
  /** Name of the PartitionRun machine, whose executions are asked about. */
  readonly partitionRunName: string;
  /** Name of the Backfill machine; its endings are recorded too. */
  readonly backfillName: string;
  /** Where the sweep escalates to. */
  readonly escalations: ITopic;
}

/** Every function, its environment and everything it may do. */
export class Functions extends Construct {
  readonly claimPartition: RollcallFunction<'claim-partition'>;
  readonly checkDependencies: RollcallFunction<'check-dependencies'>;
  readonly loadPartition: RollcallFunction<'load-partition'>;
  readonly validateBatch: RollcallFunction<'validate-batch'>;
  readonly processBatch: RollcallFunction<'process-batch'>;
  readonly checkPartition: RollcallFunction<'check-partition'>;
  readonly publishPartition: RollcallFunction<'publish-partition'>;
  readonly recordRun: RollcallFunction<'record-run'>;
  readonly executionEnded: RollcallFunction<'execution-ended'>;
  readonly planBackfill: RollcallFunction<'plan-backfill'>;
  readonly summarizeBackfill: RollcallFunction<'summarize-backfill'>;
  readonly sweep: RollcallFunction<'sweep'>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { storage, slackSecret, datasets, bundle, settings, partitionRunName, backfillName, escalations } = props;
    const { ledger, lake } = storage;
    const primaries = datasets.map((dataset) => sourceOf(dataset, 'primary'));
    const fallbacks = datasets.filter(({ fallback }) => fallback !== undefined);
    const sources = [...primaries, ...fallbacks.map((dataset) => sourceOf(dataset, 'fallback'))];

    const base = (name: FunctionName) => ({
      ACCOUNT_ID: Stack.of(this).account,
      LEDGER_BUCKET: ledger.bucketName,
      CODE_VERSION: bundle.codeVersion,
      LOG_LEVEL: settings.logLevel,
      POWERTOOLS_SERVICE_NAME: name,
    });
    const engine = (name: FunctionName) => ({
      ...base(name),
      LAKE_BUCKET: lake.bucketName,
      ENGINE_MEMORY_MB: String(engineBufferMb(settings)),
      ENGINE_SPILL_MB: String(engineSpillMb(settings)),
    });
    const create = <N extends FunctionName>(
      functionName: N,
      environment: RollcallFunctionProps<N>['environment'],
    ): RollcallFunction<N> => new RollcallFunction(this, { functionName, environment, bundle, settings });

    this.claimPartition = create('claim-partition', base('claim-partition'));
    allowListing(this.claimPartition, ledger);
    allowObjects(this.claimPartition, ledger, ['read', 'write'], ['partitions', 'circuits', 'identities']);
    // Was there an execution of this name before?
    allowObjects(this.claimPartition, ledger, ['read'], ['runs']);
    // Is the run that holds the partition still going?
    allowExecutions(this.claimPartition, partitionRunName, ['states:DescribeExecution']);

    this.checkDependencies = create('check-dependencies', base('check-dependencies'));
    allowListing(this.checkDependencies, ledger);
    // The settings that a database answered.
    allowObjects(this.checkDependencies, ledger, ['read', 'write'], ['plans']);
    const dependencies = allowDependencies(this.checkDependencies, datasets, settings.secretKeyArns);
    if (settings.vpc !== undefined) placeInVpc(this.checkDependencies, settings.vpc);

    this.loadPartition = create('load-partition', {
      ...base('load-partition'),
      BATCH_BYTES: String(settings.batchBytes),
    });
    allowListing(this.loadPartition, ledger);
    allowObjects(this.loadPartition, ledger, ['read'], ['partitions']);
    allowObjects(this.loadPartition, ledger, ['read', 'write'], ['plans']);
    const listing = allowSourceListing(this.loadPartition, sources);

    this.validateBatch = create('validate-batch', {
      ...engine('validate-batch'),
      SAMPLE_KEY_SECRET_ARN: props.sampleKey?.secretArn ?? '',
    });
    props.sampleKey?.grantRead(this.validateBatch);
    this.allowBatchWork(this.validateBatch, storage, ['data', 'quarantine']);
    const reading = allowSourceReading(this.validateBatch, sources, settings.sourceKeyArns);

    this.processBatch = create('process-batch', engine('process-batch'));
    this.allowBatchWork(this.processBatch, storage, ['data']);

    this.checkPartition = create('check-partition', engine('check-partition'));
    allowListing(this.checkPartition, ledger);
    allowListing(this.checkPartition, lake);
    // Reads what the batches left; writes its result, the plan of the second round and the records to omit.
    allowObjects(this.checkPartition, ledger, ['read', 'write'], ['plans']);
    // Figures of former partitions.
    allowObjects(this.checkPartition, ledger, ['read'], ['partitions']);
    allowObjects(this.checkPartition, lake, ['read'], ['data']);

    this.publishPartition = create('publish-partition', {
      ...base('publish-partition'),
      LAKE_BUCKET: lake.bucketName,
    });
    allowListing(this.publishPartition, ledger);
    allowListing(this.publishPartition, lake);
    allowObjects(this.publishPartition, ledger, ['read', 'write'], ['partitions']);
    allowObjects(this.publishPartition, ledger, ['read'], ['plans']);
    // HEAD: is every file there?
    allowObjects(this.publishPartition, lake, ['read'], ['data', 'quarantine']);

    const recorder = (name: 'record-run' | 'execution-ended' | 'sweep') => ({
      ...base(name),
      LAKE_BUCKET: lake.bucketName,
      SLACK_SECRET_ARN: slackSecret.secretArn,
      SLACK_TIMEOUT_MS: String(settings.slackTimeoutMs),
      FUNCTION_MEMORY_MB: JSON.stringify(memoryByFunction(settings)),
    });
    this.recordRun = create('record-run', recorder('record-run'));
    this.allowRecording(this.recordRun, props);
    this.executionEnded = create('execution-ended', recorder('execution-ended'));
    this.allowRecording(this.executionEnded, props);

    this.planBackfill = create('plan-backfill', base('plan-backfill'));
    allowListing(this.planBackfill, ledger);
    allowObjects(this.planBackfill, ledger, ['read'], ['partitions']);
    allowObjects(this.planBackfill, ledger, ['read', 'write'], ['backfills']);
    // Is the source still what was published? Never the fallback: it recovers nothing.
    const planning = allowSourceListing(this.planBackfill, primaries);
    // Is the run that holds a partition still going? Then it is left to it.
    allowExecutions(this.planBackfill, partitionRunName, ['states:DescribeExecution']);

    this.summarizeBackfill = create('summarize-backfill', base('summarize-backfill'));
    allowListing(this.summarizeBackfill, ledger);
    allowObjects(this.summarizeBackfill, ledger, ['read'], ['partitions']);
    allowObjects(this.summarizeBackfill, ledger, ['read', 'write'], ['backfills']);

    this.sweep = create('sweep', {
      ...recorder('sweep'),
      PARTITION_RUN_ARN: stateMachineArn(this, partitionRunName),
      BACKFILL_ARN: stateMachineArn(this, backfillName),
      ESCALATION_TOPIC_ARN: escalations.topicArn,
      METRICS_NAMESPACE: metricsNamespace(this),
    });
    this.allowRecording(this.sweep, props);
    // What it remembers from one time to the next, what definitions leave out, and the definitions for people and tools.
    allowObjects(this.sweep, ledger, ['read', 'write'], ['sweeps', 'roll-calls', 'unlisted']);
    allowObjects(this.sweep, ledger, ['write'], ['datasets']);
    // What it remembers, and circuits, where they cannot be read any more.
    allowVersions(this.sweep, ledger, ['circuits', 'datasets', 'sweeps', 'troubles']);
    // What was started again needs its note no more.
    allowObjects(this.sweep, ledger, ['delete'], ['restarts']);
    // Files that no publication refers to.
    allowObjects(this.sweep, lake, ['delete'], ['data', 'quarantine']);
    storage.tidiedBy(this.sweep.executionRole);
    allowMachine(this.sweep, partitionRunName, ['states:ListExecutions', 'states:StartExecution']);
    // A circuit that closed leaves partitions to recover.
    allowMachine(this.sweep, backfillName, ['states:ListExecutions', 'states:StartExecution']);
    this.sweep.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [escalations.topicArn] }));

    announceWidened(this, {
      CheckDependencies: dependencies,
      LoadPartition: listing,
      ValidateBatch: reading,
      PlanBackfill: planning,
    });
  }

  /** What every function does that records endings. */
  private allowRecording(fn: RollcallFunction, props: FunctionsProps): void {
    const { storage, slackSecret, partitionRunName, backfillName } = props;
    const { ledger, lake } = storage;
    allowListing(fn, ledger);
    allowListing(fn, lake);
    const written = ['partitions', 'circuits', 'identities', 'troubles', 'runs', 'receipts', 'backfills'] as const;
    allowObjects(fn, ledger, ['read', 'write'], written);
    allowObjects(fn, ledger, ['read', 'write', 'delete'], ['outbox']);
    // A note that the partition may be started again.
    allowObjects(fn, ledger, ['write'], ['restarts']);
    // Of a dataset that is not deployed any more: who gets the message.
    allowObjects(fn, ledger, ['read'], ['plans', 'datasets']);
    // A partition record that cannot be read is recovered from what it was before.
    allowVersions(fn, ledger, ['partitions']);
    // Batch records: what each batch did and cost.
    allowObjects(fn, lake, ['read'], ['data']);
    for (const machine of [partitionRunName, backfillName])
      allowExecutions(fn, machine, ['states:DescribeExecution', 'states:GetExecutionHistory']);
    slackSecret.grantRead(fn);
  }

  /** What both batch steps do: read the plan, leave a note when they fail, write files of the lake. */
  private allowBatchWork(fn: RollcallFunction, { ledger, lake }: Storage, areas: readonly Area[]): void {
    allowListing(fn, ledger);
    allowListing(fn, lake);
    allowObjects(fn, ledger, ['read', 'write'], ['plans']);
    // Large files go up in parts.
    allowObjects(fn, lake, ['read', 'write', 'abort'], areas);
  }
}

/** Memory of every function, from which the manifest computes what a run cost. */
function memoryByFunction(settings: Settings): Record<string, number> {
  return Object.fromEntries(Object.entries(functionSpecs(settings)).map(([name, spec]) => [name, spec.memoryMb]));
}
