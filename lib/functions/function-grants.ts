import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { FunctionName } from '../../core/contracts/function-table';
import type { KeyArea } from '../../core/contracts/keys';
import { sourceOf } from '../../core/domain/source/judge-fallback';
import { grantsFor } from '../../core/runtime/notifiers/registry';
import { allowExecutions, allowListing, allowMachine, allowObjects, allowVersions } from '../access/grants';
import { allowDependencies, allowSourceListing, allowSourceReading, type Widened } from '../access/outside-grants';
import type { Storage } from '../storage';
import { placeInVpc } from '../vpc';
import type { FunctionsProps } from './functions';
import type { RollcallFunction } from './rollcall-function';

/** Gives a function all that it may do; answers how access to buckets outside had to be widened, where it has any. */
type Grant = (fn: RollcallFunction, props: FunctionsProps) => readonly Widened[] | void;

/** Everything that each function may do. */
export const GRANTS: Readonly<Record<FunctionName, Grant>> = {
  'claim-partition': (fn, { storage: { ledger }, partitionRunName }) => {
    allowListing(fn, ledger);
    allowObjects(fn, ledger, ['read', 'write'], ['partitions', 'circuits', 'identities']);
    // Was there an execution of this name before?
    allowObjects(fn, ledger, ['read'], ['runs']);
    // Is the run that holds the partition still going?
    allowExecutions(fn, partitionRunName, ['states:DescribeExecution']);
  },
  'check-dependencies': (fn, { storage: { ledger }, datasets, settings }) => {
    allowListing(fn, ledger);
    // The settings that a database answered.
    allowObjects(fn, ledger, ['read', 'write'], ['plans']);
    const widened = allowDependencies(fn, datasets, settings.secretKeyArns);
    if (settings.vpc !== undefined) placeInVpc(fn, settings.vpc);
    return widened;
  },
  'load-partition': (fn, props) => {
    const { ledger } = props.storage;
    allowListing(fn, ledger);
    allowObjects(fn, ledger, ['read'], ['partitions']);
    allowObjects(fn, ledger, ['read', 'write'], ['plans']);
    return allowSourceListing(fn, sources(props));
  },
  'validate-batch': (fn, props) => {
    props.sampleKey?.grantRead(fn);
    allowBatchWork(fn, props.storage, ['data', 'quarantine']);
    return allowSourceReading(fn, sources(props), props.settings.sourceKeyArns);
  },
  'process-batch': (fn, { storage }) => {
    allowBatchWork(fn, storage, ['data']);
  },
  'check-partition': (fn, { storage: { ledger, lake } }) => {
    allowListing(fn, ledger);
    allowListing(fn, lake);
    // Reads what the batches left; writes its result, the plan of the second round and the records to omit.
    allowObjects(fn, ledger, ['read', 'write'], ['plans']);
    // Figures of former partitions.
    allowObjects(fn, ledger, ['read'], ['partitions']);
    allowObjects(fn, lake, ['read'], ['data']);
  },
  'publish-partition': (fn, { storage: { ledger, lake } }) => {
    allowListing(fn, ledger);
    allowListing(fn, lake);
    allowObjects(fn, ledger, ['read', 'write'], ['partitions']);
    allowObjects(fn, ledger, ['read'], ['plans']);
    // HEAD: is every file there?
    allowObjects(fn, lake, ['read'], ['data', 'quarantine']);
  },
  'record-run': allowRecording,
  'execution-ended': allowRecording,
  'plan-backfill': (fn, props) => {
    const { ledger } = props.storage;
    allowListing(fn, ledger);
    allowObjects(fn, ledger, ['read'], ['partitions']);
    allowObjects(fn, ledger, ['read', 'write'], ['backfills']);
    // Is the source still what was published? Never the fallback: it recovers nothing.
    const widened = allowSourceListing(fn, primaries(props));
    // Is the run that holds a partition still going? Then it is left to it.
    allowExecutions(fn, props.partitionRunName, ['states:DescribeExecution']);
    return widened;
  },
  'summarize-backfill': (fn, { storage: { ledger } }) => {
    allowListing(fn, ledger);
    allowObjects(fn, ledger, ['read'], ['partitions']);
    allowObjects(fn, ledger, ['read', 'write'], ['backfills']);
  },
  sweep: (fn, props) => {
    const { storage, partitionRunName, backfillName, escalations } = props;
    const { ledger, lake } = storage;
    allowRecording(fn, props);
    // What it remembers from one time to the next, what definitions leave out, and the definitions for people and tools.
    allowObjects(fn, ledger, ['read', 'write'], ['sweeps', 'roll-calls', 'unlisted']);
    allowObjects(fn, ledger, ['write'], ['datasets']);
    // What it remembers, and circuits, where they cannot be read any more.
    allowVersions(fn, ledger, ['circuits', 'datasets', 'sweeps', 'troubles']);
    // What was started again needs its note no more.
    allowObjects(fn, ledger, ['delete'], ['restarts']);
    // Files that no publication refers to.
    allowObjects(fn, lake, ['delete'], ['data', 'quarantine']);
    storage.tidiedBy(fn.executionRole);
    allowMachine(fn, partitionRunName, ['states:ListExecutions', 'states:StartExecution']);
    // A circuit that closed leaves partitions to recover.
    allowMachine(fn, backfillName, ['states:ListExecutions', 'states:StartExecution']);
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [escalations.topicArn] }));
  },
};

const primaries = ({ datasets }: FunctionsProps) => datasets.map((dataset) => sourceOf(dataset, 'primary'));

function sources(props: FunctionsProps) {
  const fallbacks = props.datasets.filter(({ fallback }) => fallback !== undefined);
  return [...primaries(props), ...fallbacks.map((dataset) => sourceOf(dataset, 'fallback'))];
}

/** What every function that records endings does. */
function allowRecording(fn: RollcallFunction, props: FunctionsProps): void {
  const { storage, slackSecret, settings, partitionRunName, backfillName } = props;
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
  for (const { actions, resources } of grantsFor(settings.channels))
    fn.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}

/** What both batch steps do: read the plan, leave a note when they fail, write files of the lake. */
function allowBatchWork(fn: RollcallFunction, { ledger, lake }: Storage, areas: readonly KeyArea[]): void {
  allowListing(fn, ledger);
  allowListing(fn, lake);
  allowObjects(fn, ledger, ['read', 'write'], ['plans']);
  // Large files go up in parts.
  allowObjects(fn, lake, ['read', 'write', 'abort'], areas);
}
