import { functionsOf, functionTable, labelOf, type FunctionName } from '../../contracts/function-table';
import { isReasonCode, type ReasonCode } from '../../contracts/run/endings';
import {
  claimOutputSchema,
  publishOutputSchema,
  runSchema,
  usageSchema,
  type Run,
  type Usage,
} from '../../contracts/run/steps';
import { partitionSchema } from '../../contracts/partition';
import type { EndingRef } from '../../contracts/run/partition-record';
import type { InputProblem } from '../../domain/partition/run-input';

/** An error as a Catch kept it. */
export interface Failure {
  /** Undefined where the payload does not say. */
  readonly state: string | undefined;
  readonly error: string;
  readonly cause: string;
}

/** What could be read in the state of an execution; every part may be missing. */
export interface PayloadReading {
  /** The claim of this run. */
  readonly run: Run | undefined;
  readonly refusal:
    { readonly code: ReasonCode; readonly detail: string; readonly problems: readonly InputProblem[] } | undefined;
  readonly failure: Failure | undefined;
  /** What PublishPartition returned. */
  readonly published: EndingRef | undefined;
  /** Usage of the steps whose output is in the state, by state name. */
  readonly usage: readonly { readonly name: string; readonly usage: Usage }[];
}

/**
 * The partition that ClaimPartition found the execution to be about, whether it claimed it or not; null where it found none, undefined
 * where the state does not have its answer.
 */
export function claimedPartitionIn(state: unknown): string | null | undefined {
  const fields = fieldsOf(state);
  const { partition } = fields['claimed'] === false ? fields : fieldsOf(fields['run']);
  return claimedPartitionSchema.safeParse(partition).data;
}

const claimedPartitionSchema = partitionSchema.nullable();

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the state of PartitionRun (`lib/machines/partition-run-definition.ts`): `$.run`, outputs of steps where `function-table.ts` says that
 * they are kept, and `$.failed.<State>`, or what ClaimPartition said instead of a run, or a bare error. Takes anything: what does not
 * fit is as good as missing.
 */
export function readPayload(state: unknown, runId: string): PayloadReading {
  const fields = fieldsOf(state);
  const run = runSchema.safeParse(fields['run']).data;
  return {
    // A claim of another run in this run's state is no claim.
    run: run?.runId === runId ? run : undefined,
    refusal: refusalIn(fields),
    failure: failureIn(fields),
    published: publishOutputSchema.safeParse(outputIn(fields, 'publish-partition')).data?.ending,
    usage: usageIn(fields),
  };
}

function refusalIn(fields: Fields): PayloadReading['refusal'] {
  if (fields['claimed'] !== false) return undefined;
  const whole = claimOutputSchema.options[1].safeParse(fields).data;
  if (whole !== undefined) return { code: whole.code, detail: whole.detail, problems: whole.problems };
  const { code, detail } = fields;
  // A half-empty refusal still has a reason, where its code is one.
  if (typeof code !== 'string' || !isReasonCode(code)) return undefined;
  return { code, detail: typeof detail === 'string' ? detail : '', problems: [] };
}

function failureIn(fields: Fields): Failure | undefined {
  const byState = Object.entries(fieldsOf(fields['failed']));
  for (const [state, caught] of byState.reverse()) {
    const failure = caughtIn(caught, state);
    if (failure !== undefined) return failure;
  }
  return caughtIn(fields['failed'], undefined) ?? caughtIn(fields, undefined);
}

function caughtIn(caught: unknown, state: string | undefined): Failure | undefined {
  const { Error: error, Cause: cause } = fieldsOf(caught);
  if (typeof error !== 'string' || error === '') return undefined;
  return { state, error, cause: typeof cause === 'string' ? cause : '' };
}

function usageIn(fields: Fields): PayloadReading['usage'] {
  return functionsOf('PartitionRun').flatMap((name) => {
    // RecordRun is who reads; nothing is kept of it.
    const output = name === 'record-run' ? undefined : outputIn(fields, name);
    const usage = usageSchema.safeParse(fieldsOf(output)['usage']).data;
    return usage === undefined ? [] : [{ name: labelOf(name), usage }];
  });
}

/** What a step answered, where the machine keeps it. */
function outputIn(fields: Fields, name: FunctionName): unknown {
  const { keptAt } = functionTable[name];
  if (keptAt === null) return undefined;
  return keptAt === '$' ? fields : fieldsOf(fields[keptAt.slice('$.'.length)])['Payload'];
}
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
