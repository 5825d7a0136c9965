import { z } from 'zod';

/**
 * What the environments of the functions are made of (`function-table.ts`): they type the function constructs (a missing variable does not
 * compile), and each function parses `process.env` when it starts.
 */

export const bucket = z.string().min(3);
export const wholeNumber = z.coerce.number().int().positive();

/** JSON. What a transform throws would leave `safeParse` as it is, with the value in its text: report an issue instead. */
const json = <T>(schema: z.ZodType<T>, expected: string) =>
  z.string().transform((text, context): T => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: `expected JSON of ${expected}` });
    return z.NEVER;
  });

/** What every function needs. */
export const baseEnvironment = {
  /** AWS account of the app: who has to own the buckets that requests go to, unless a definition names another account. */
  ACCOUNT_ID: z.string().regex(/^\d{12}$/, { error: 'expected 12 digits' }),
  /** Bucket of what happened. */
  LEDGER_BUCKET: bucket,
  /** Version of the code and the definitions of this deployment; 16 hex digits. */
  CODE_VERSION: z.string().min(1),
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  POWERTOOLS_SERVICE_NAME: z.string().min(1),
};
/** What the functions with DuckDB need. */
export const engineEnvironment = {
  ...baseEnvironment,
  /** Bucket of the data. */
  LAKE_BUCKET: bucket,
  /** DuckDB's buffer pool in MB; the process takes 300–570 MB more. */
  ENGINE_MEMORY_MB: wholeNumber,
  /** Most that DuckDB may spill to /tmp, in MB. */
  ENGINE_SPILL_MB: wholeNumber,
};
/** What every function that records endings needs. */
export const recorderEnvironment = {
  ...baseEnvironment,
  LAKE_BUCKET: bucket,
  /** Secret with `{"<channel>": "<webhook URL>"}`, or one webhook URL for all channels. */
  SLACK_SECRET_ARN: z.string().min(1),
  /** JSON: channel → address, of the channels that have one (`runtime/notifiers/registry.ts`). */
  CHANNELS: json(z.record(z.string(), z.string()), 'channels and addresses'),
  /** How long a post to Slack may take, in milliseconds. */
  SLACK_TIMEOUT_MS: wholeNumber,
  /** JSON: function folder → MB of memory, for the cost in the manifest. */
  FUNCTION_MEMORY_MB: json(z.record(z.string(), z.number().positive()), 'function names and MB'),
};

/** Thrown when a function starts with an environment that is not what it declares. */
export class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';
}

/**
 * An environment, parsed.
 * @param name of the function, for the error
 * @throws InvalidEnvironment naming each variable that is missing or malformed (never its value)
 */
export function parseEnvironment<E>(
  name: string,
  schema: z.ZodType<E>,
  env: Readonly<Record<string, string | undefined>>,
): E {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const variables = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new InvalidEnvironment(`environment of ${name}: ${variables.join('; ')}`);
}
