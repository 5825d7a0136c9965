import { isBackfillExecution } from '../../contracts/backfill/backfill-endings';
import type { Dataset } from '../../contracts/dataset/dataset';
import { datasetNameSchema } from '../../contracts/dataset/dataset-name';
import { runIdOf } from '../../contracts/keys';
import { partitionSchema } from '../../contracts/partition';
import { identityOf, partitionBy } from '../partition/identity-of-run';

/** Whose a line of a log is. Every value has the shape that the app gives it: text from an input that has not is left out. */
export interface LogKeys {
  readonly dataset?: string;
  readonly partition?: string;
  readonly runId?: string;
  readonly executionArn?: string;
  /** Index of the batch in the plan of the run. */
  readonly batch?: number;
  readonly backfillId?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** At most what Step Functions makes: a machine's and an execution's name have 80 characters each. */
const EXECUTION_ARN = /^arn:[a-z-]+:states:[a-z0-9-]*:\d*:execution:[^:\s]{1,80}:[^:\s]{1,80}$/;
const RUN_ID = /^[A-Za-z0-9_-]{1,160}$/;

/**
 * The keys of the lines that a step writes, from what it was invoked with: the claim of a run, an execution and its input, or the event
 * that an execution ended. Takes anything; what is not there, or broken, is left out.
 */
export function logKeysOf(event: unknown, datasets: ReadonlyMap<string, Dataset>): LogKeys {
  const fields = fieldsOf(event);
  const { executionArn, name, input } = fieldsOf(fields['detail']);
  if (executionArn !== undefined)
    return logKeysOfExecution({ arn: executionArn, name, input: parsed(input) }, datasets);
  const execution = fieldsOf(fields['execution']);
  // RecordRun has its input in `execution`, ClaimPartition and PlanBackfill beside it.
  const given = execution['input'] ?? fields['input'];
  const ofExecution = logKeysOfExecution({ arn: execution['arn'], name: execution['name'], input: given }, datasets);
  const state = fields['state'] === undefined ? fields : fieldsOf(fields['state']);
  return { ...ofExecution, ...ofRun(state['run'], ofExecution), ...ofBatch(fields['index']) };
}

/** The keys of the lines about an execution. */
export function logKeysOfExecution(
  { arn, name, input }: { readonly arn: unknown; readonly name: unknown; readonly input?: unknown },
  datasets: ReadonlyMap<string, Dataset>,
): LogKeys {
  const isArn = typeof arn === 'string' && EXECUTION_ARN.test(arn);
  const named =
    typeof name === 'string' && name !== '' ? name : isArn ? arn.slice(arn.lastIndexOf(':') + 1) : undefined;
  const id = named === undefined ? undefined : runIdOf(named);
  const executionArn = isArn ? { executionArn: arn } : {};
  if (isArn && isBackfillExecution(arn)) {
    const dataset = datasetNameSchema.safeParse(fieldsOf(input)['dataset']).data;
    return { ...executionArn, ...defined({ dataset, backfillId: id }) };
  }
  const identity = identityOf({ arn: isArn ? arn : '', name: named ?? '', startTime: '', input });
  const { dataset, backfillId } = identity;
  // Where the input leaves it to a definition, the one of today is good enough for a log.
  const partition = identity.partition ?? partitionBy(datasets.get(dataset ?? ''), identity);
  return { ...executionArn, ...defined({ runId: id, dataset, partition, backfillId }) };
}

/** Of a run that holds its partition. One of another run in this run's state is no claim of it. */
function ofRun(run: unknown, execution: LogKeys): LogKeys {
  const { dataset, partition, runId, executionArn } = fieldsOf(run);
  if (typeof runId !== 'string' || !RUN_ID.test(runId)) return {};
  // A name that was used before has a run id of its own; the ARN is the same.
  const isOther = execution.runId !== undefined && execution.runId !== runId && execution.executionArn !== executionArn;
  if (isOther) return {};
  return defined({
    dataset: datasetNameSchema.safeParse(dataset).data,
    partition: partitionSchema.safeParse(partition).data,
    runId,
    executionArn: typeof executionArn === 'string' && EXECUTION_ARN.test(executionArn) ? executionArn : undefined,
  });
}

function ofBatch(index: unknown): LogKeys {
  return typeof index === 'number' && Number.isSafeInteger(index) && index >= 0 ? { batch: index } : {};
}

/** Without what is not known, so that it does not hide what is. */
function defined(keys: { readonly [K in keyof LogKeys]: LogKeys[K] | null | undefined }): LogKeys {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== null && value !== undefined));
}

/** The input in an event is JSON text; one that is none says nothing. */
function parsed(input: unknown): unknown {
  if (typeof input !== 'string') return undefined;
  try {
    return JSON.parse(input);
  } catch {
    return undefined;
  }
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
