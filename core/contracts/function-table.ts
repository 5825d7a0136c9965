import { z } from 'zod';
import {
  planBackfillInputSchema,
  planBackfillOutputSchema,
  summarizeBackfillInputSchema,
  summarizeBackfillOutputSchema,
} from './backfill/backfill';
import { recordBackfillOutputSchema } from './backfill/backfill-manifest';
import { baseEnvironment, bucket, engineEnvironment, recorderEnvironment, wholeNumber } from './environment';
import {
  batchInputSchema,
  batchOutputSchema,
  checkDependenciesInputSchema,
  checkDependenciesOutputSchema,
  checkInputSchema,
  checkOutputSchema,
  claimInputSchema,
  claimOutputSchema,
  loadInputSchema,
  loadOutputSchema,
  publishInputSchema,
  publishOutputSchema,
  recordInputSchema,
  recordOutputSchema,
} from './run/steps';

/** The state machines. */
export type MachineName = 'PartitionRun' | 'Backfill';

/** What is declared of each Lambda function. */
interface FunctionDeclaration {
  /** The machines in which it is a step: a state of the function's name in PascalCase. None: a net outside of them. */
  readonly machines: readonly MachineName[];
  readonly input: z.ZodType;
  /** What it answers, but for the `usage` that every answer has besides. */
  readonly output: z.ZodType<object>;
  /**
   * Where the state of an execution has the output: `$` in place of all that was there, `$.<name>` under `<name>.Payload`, null nowhere.
   * Running executions and the reading of them (`runtime/recording/payload.ts`) rely on it: never change one.
   */
  readonly keptAt: '$' | `$.${string}` | null;
  /** Whether it is built on DuckDB: these functions share one asset. */
  readonly engine: boolean;
  /** What it reads from `process.env`. */
  readonly environment: z.ZodObject;
}

/** No caller reads what a net answers. */
const anything = z.custom<object>((value) => typeof value === 'object' && value !== null);

/**
 * Every Lambda function, declared once, by the name of its folder under `lambdas/`. Handlers, environments, bundles, states, the shapes that
 * asl-lint knows, and the fault points of the tests are typed by this table: what lacks a cell for one of them does not compile.
 */
export const functionTable = {
  'claim-partition': {
    machines: ['PartitionRun'],
    input: claimInputSchema,
    output: claimOutputSchema,
    keptAt: '$',
    engine: false,
    environment: z.object(baseEnvironment),
  },
  'check-dependencies': {
    machines: ['PartitionRun'],
    input: checkDependenciesInputSchema,
    output: checkDependenciesOutputSchema,
    keptAt: '$.dependencies',
    engine: false,
    environment: z.object(baseEnvironment),
  },
  'load-partition': {
    machines: ['PartitionRun'],
    input: loadInputSchema,
    output: loadOutputSchema,
    keptAt: '$.load',
    engine: false,
    environment: z.object({
      ...baseEnvironment,
      /** Most bytes that a batch may have after inflating. */
      BATCH_BYTES: wholeNumber,
    }),
  },
  'validate-batch': {
    machines: ['PartitionRun'],
    input: batchInputSchema,
    output: batchOutputSchema,
    // An iteration leaves its `batchResultSchema`, and nothing else has room.
    keptAt: null,
    engine: true,
    environment: z.object({
      ...engineEnvironment,
      /** Secret with the key under which sensitive values are hashed; empty where no dataset declares any. */
      SAMPLE_KEY_SECRET_ARN: z.string(),
    }),
  },
  'process-batch': {
    machines: ['PartitionRun'],
    input: batchInputSchema,
    output: batchOutputSchema,
    keptAt: null,
    engine: true,
    environment: z.object(engineEnvironment),
  },
  'check-partition': {
    machines: ['PartitionRun'],
    input: checkInputSchema,
    output: checkOutputSchema,
    keptAt: '$.check',
    engine: true,
    environment: z.object(engineEnvironment),
  },
  'publish-partition': {
    machines: ['PartitionRun'],
    input: publishInputSchema,
    output: publishOutputSchema,
    keptAt: '$.publish',
    engine: false,
    environment: z.object({ ...baseEnvironment, LAKE_BUCKET: bucket }),
  },
  'plan-backfill': {
    machines: ['Backfill'],
    input: planBackfillInputSchema,
    output: planBackfillOutputSchema,
    keptAt: '$',
    engine: false,
    environment: z.object(baseEnvironment),
  },
  'summarize-backfill': {
    machines: ['Backfill'],
    input: summarizeBackfillInputSchema,
    output: summarizeBackfillOutputSchema,
    keptAt: '$.summary',
    engine: false,
    environment: z.object(baseEnvironment),
  },
  'record-run': {
    machines: ['PartitionRun', 'Backfill'],
    input: recordInputSchema,
    // Of a run or of a backfill.
    output: z.union([recordOutputSchema, recordBackfillOutputSchema]),
    keptAt: '$',
    engine: false,
    environment: z.object(recorderEnvironment),
  },
  'execution-ended': {
    machines: [],
    // A raw event, also a broken one.
    input: z.unknown(),
    output: anything,
    keptAt: null,
    engine: false,
    environment: z.object(recorderEnvironment),
  },
  sweep: {
    machines: [],
    input: z.unknown(),
    output: anything,
    keptAt: null,
    engine: false,
    environment: z.object({
      ...recorderEnvironment,
      /** The machine whose executions are looked through, and which is started for partitions that no run has claimed. */
      PARTITION_RUN_ARN: z.string().min(1),
      BACKFILL_ARN: z.string().min(1),
      /** Topic for what a person has to look at and Slack may not have. */
      ESCALATION_TOPIC_ARN: z.string().min(1),
      /** CloudWatch namespace of the app's own metrics (`contracts/metrics.ts`). */
      METRICS_NAMESPACE: z.string().min(1),
    }),
  },
} as const satisfies Readonly<Record<string, FunctionDeclaration>>;

type Table = typeof functionTable;

/** A function's name: its folder under `lambdas/`. */
export type FunctionName = keyof Table;
/** Every function, in the order of the table. */
export const FUNCTION_NAMES = Object.keys(functionTable) as readonly FunctionName[];

type PascalCase<N extends string> = N extends `${infer First}-${infer Rest}`
  ? `${Capitalize<First>}${PascalCase<Rest>}`
  : Capitalize<N>;
/** `ClaimPartition` for `claim-partition`: the construct's id; of a step, also the name of its state. */
export type LabelOf<N extends FunctionName> = PascalCase<N>;
export type FunctionLabel = LabelOf<FunctionName>;

/** The label of a function. */
export function labelOf<N extends FunctionName>(name: N): LabelOf<N> {
  return name.replace(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase()) as LabelOf<N>;
}

/** The functions that are steps of a machine … */
export type FunctionOf<M extends MachineName> = {
  [N in FunctionName]: M extends Table[N]['machines'][number] ? N : never;
}[FunctionName];
/** … and the names of their states. */
export type StepOf<M extends MachineName> = LabelOf<FunctionOf<M>>;
export type StepName = StepOf<MachineName>;

/** The functions that are steps of a machine, in the order of the table. */
export function functionsOf<M extends MachineName>(machine: M): readonly FunctionOf<M>[] {
  const machines = (name: FunctionName): readonly MachineName[] => functionTable[name].machines;
  return FUNCTION_NAMES.filter((name): name is FunctionOf<M> => machines(name).includes(machine));
}

/** What a function takes, as it sees it after parsing. */
export type InputOf<N extends FunctionName> = z.output<Table[N]['input']>;
/** What a function answers. */
export type OutputOf<N extends FunctionName> = z.output<Table[N]['output']>;
/** The environment that a function sees after parsing. */
export type EnvironmentOf<N extends FunctionName> = z.output<Table[N]['environment']>;
/** What infrastructure has to provide: every variable, as text. */
export type EnvironmentVariables<N extends FunctionName> = { readonly [K in keyof EnvironmentOf<N>]: string };

/** A record with a cell for every function. */
export function forEachFunction<T>(make: (name: FunctionName) => T): Readonly<Record<FunctionName, T>> {
  return Object.fromEntries(FUNCTION_NAMES.map((name) => [name, make(name)])) as Record<FunctionName, T>;
}
