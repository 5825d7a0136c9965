import { z } from 'zod';

/**
 * The environment of each function, declared once: it types the function construct (a missing variable does not compile), and the
 * function parses `process.env` with it when it starts.
 */

const bucket = z.string().min(3);
const wholeNumber = z.coerce.number().int().positive();

/** What a transform throws would leave `safeParse` as it is, with the value in its text: report an issue instead. */
function memoryByFunction(text: string, context: z.RefinementCtx): Record<string, number> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const parsed = z.record(z.string(), z.number().positive()).safeParse(json);
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'expected JSON of function names and MB' });
  return z.NEVER;
}

const base = {
  /** AWS account of the app: who has to own the buckets that requests go to, unless a definition names another account. */
  ACCOUNT_ID: z.string().regex(/^\d{12}$/, { error: 'expected 12 digits' }),
  /** Bucket of what happened. */
  LEDGER_BUCKET: bucket,
  /** Version of the code and the definitions of this deployment; 16 hex digits. */
  CODE_VERSION: z.string().min(1),
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  POWERTOOLS_SERVICE_NAME: z.string().min(1),
};
const engine = {
  ...base,
  /** Bucket of the data. */
  LAKE_BUCKET: bucket,
  /** DuckDB's buffer pool in MB; the process takes 300–570 MB more. */
  ENGINE_MEMORY_MB: wholeNumber,
  /** Most that DuckDB may spill to /tmp, in MB. */
  ENGINE_SPILL_MB: wholeNumber,
};
/** What every function that records endings needs. */
const recorder = {
  ...base,
  LAKE_BUCKET: bucket,
  /** Secret with `{"<channel>": "<webhook URL>"}`, or one webhook URL for all channels. */
  SLACK_SECRET_ARN: z.string().min(1),
  /** How long a post to Slack may take, in milliseconds. */
  SLACK_TIMEOUT_MS: wholeNumber,
  /** JSON: function folder → MB of memory, for the cost in the manifest. */
  FUNCTION_MEMORY_MB: z.string().transform(memoryByFunction),
};

export const environments = {
  'claim-partition': z.object(base),
  'check-dependencies': z.object(base),
  'load-partition': z.object({
    ...base,
    /** Most bytes that a batch may have after inflating. */
    BATCH_BYTES: wholeNumber,
  }),
  'validate-batch': z.object({
    ...engine,
    /** Secret with the key under which sensitive values are hashed; empty where no dataset declares any. */
    SAMPLE_KEY_SECRET_ARN: z.string(),
  }),
  'process-batch': z.object(engine),
  'check-partition': z.object(engine),
  'publish-partition': z.object({ ...base, LAKE_BUCKET: bucket }),
  'record-run': z.object(recorder),
  'execution-ended': z.object(recorder),
  'plan-backfill': z.object(base),
  'summarize-backfill': z.object(base),
  sweep: z.object({
    ...recorder,
    /** The machine whose executions are looked through, and which is started for partitions that no run has claimed. */
    PARTITION_RUN_ARN: z.string().min(1),
    BACKFILL_ARN: z.string().min(1),
    /** Topic for what a person has to look at and Slack may not have. */
    ESCALATION_TOPIC_ARN: z.string().min(1),
    /** CloudWatch namespace of the app's own metrics (`contracts/metrics.ts`). */
    METRICS_NAMESPACE: z.string().min(1),
  }),
} as const;

/** A function's name: its folder under `lambdas/`. */
export type FunctionName = keyof typeof environments;
/** What the function sees after parsing. */
export type EnvironmentOf<N extends FunctionName> = z.output<(typeof environments)[N]>;
/** What infrastructure has to provide: every variable, as text. */
export type EnvironmentVariables<N extends FunctionName> = { readonly [K in keyof EnvironmentOf<N>]: string };

/** Thrown when a function starts with an environment that is not what it declares. */
export class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';
}

/**
 * The environment of a function, parsed.
 * @throws InvalidEnvironment naming each variable that is missing or malformed (never its value)
 */
export function parseEnvironment<N extends FunctionName>(
  name: N,
  env: Readonly<Record<string, string | undefined>>,
): EnvironmentOf<N> {
  const parsed = environments[name].safeParse(env);
  if (parsed.success) return parsed.data as EnvironmentOf<N>;
  const variables = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new InvalidEnvironment(`environment of ${name}: ${variables.join('; ')}`);
}
