import { FUNCTION_NAMES, labelOf, type FunctionLabel } from '../../core/contracts/function-table';
import type { S3Operation } from '../../local/aws/s3/local-s3';

/** Who makes requests: the Tasks of both machines and the two nets. */
export type Actor = FunctionLabel;
export const ACTORS: readonly Actor[] = FUNCTION_NAMES.map(labelOf);
export const isActor = (name: string): name is Actor => ACTORS.some((actor) => actor === name);

/** Those that have to do with a run. */
export type RunActor = Exclude<Actor, 'PlanBackfill' | 'SummarizeBackfill'>;

/** A request that a step makes: the moment at which a case strikes. */
export interface Point {
  /** For the id of a case. */
  readonly name: string;
  readonly operation: S3Operation | 'api';
  /** The key matches this; for `api`, `<service>:<Operation>` does. */
  readonly on: RegExp;
  /** 1: the first such request. */
  readonly nth: number;
  readonly writes: boolean;
  /** Reached by new processes only: all are ended before. */
  readonly cold?: boolean;
  /** Reached only where Slack has taken the message. */
  readonly afterPost?: boolean;
}

export const get = (name: string, on: RegExp, nth = 1): Point => ({
  name: `get-${name}`,
  operation: 'GetObject',
  on,
  nth,
  writes: false,
});
export const head = (name: string, on: RegExp): Point => ({
  name: `head-${name}`,
  operation: 'HeadObject',
  on,
  nth: 1,
  writes: false,
});
export const put = (name: string, on: RegExp, nth = 1): Point => ({
  name: `put-${name}`,
  operation: 'PutObject',
  on,
  nth,
  writes: true,
});
export const api = (name: string): Point => ({
  name: name.replace(/^.*:/, ''),
  operation: 'api',
  on: new RegExp(`^${name}$`),
  nth: 1,
  writes: false,
});

const RECORD = /^partitions\//;
const PLAN = /^plans\/.*\.json$/;
const CHECK = /\.check\.json$/;
const BATCH = /^data\/.*[0-9a-f]{32}\.json$/;
const DATA = /^data\/.*[0-9a-f]{32}\.parquet$/;

/** What recording does, in its order, whichever recorder does it. */
const recording: readonly Point[] = [
  get('manifest', /^runs\//),
  api('states:GetExecutionHistory'),
  get('record', RECORD),
  put('record', RECORD),
  put('outbox', /^outbox\//),
  put('manifest', /^runs\//),
  head('receipt', /^receipts\//),
  // Made by a process that is new: warm ones keep the secret.
  { ...api('secretsmanager:GetSecretValue'), cold: true },
  { ...put('receipt', /^receipts\//), afterPost: true },
  { name: 'delete-outbox', operation: 'DeleteObject', on: /^outbox\//, nth: 1, writes: true, afterPost: true },
];

/**
 * The requests of each step at which a case may strike, by name and not by number: a step that makes another request less or more keeps
 * its cases, and a point that is never reached fails its case.
 */
export const POINTS: Readonly<Record<RunActor, readonly Point[]>> = {
  ClaimPartition: [get('manifest', /^runs\//), get('record', RECORD), put('record', RECORD)],
  CheckDependencies: [],
  LoadPartition: [
    get('plan', PLAN),
    { name: 'list-source', operation: 'ListObjectsV2', on: /^$/, nth: 1, writes: false },
    put('plan', PLAN),
  ],
  ValidateBatch: [
    get('plan', PLAN),
    get('batch', BATCH),
    get('source', /\.(csv|jsonl)(\.gz)?$/),
    put('data', DATA),
    put('batch', BATCH),
  ],
  ProcessBatch: [
    get('plan', PLAN),
    get('batch', BATCH),
    get('batch-2', BATCH, 2),
    get('data', DATA),
    put('data', DATA),
    put('batch', BATCH),
  ],
  CheckPartition: [get('plan', PLAN), get('batch', BATCH), put('check', CHECK), put('check-2', CHECK, 2)],
  PublishPartition: [
    get('check', CHECK),
    get('plan', PLAN, 2),
    head('data', DATA),
    get('record', RECORD),
    put('record', RECORD),
  ],
  RecordRun: recording,
  ExecutionEnded: recording,
  // Records first, and delivers later: by then it has taken the pointer for itself.
  Sweep: [
    api('states:ListExecutions'),
    api('states:DescribeExecution'),
    ...recording.filter(({ cold }) => cold !== true),
    put('lease', /^outbox\//, 2),
  ],
};
