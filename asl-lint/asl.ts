import { z } from 'zod';

/**
 * Amazon States Language, read loosely: only what the rules look at, and no more than Step Functions itself insists on. Numbers may
 * be placeholders of a template (`${Timeout}`), so they may be strings too.
 */

const number = z.union([z.number(), z.string()]);
const path = z.string().nullable();

const retrierSchema = z.looseObject({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: number.optional(),
  MaxAttempts: number.optional(),
  BackoffRate: number.optional(),
  MaxDelaySeconds: number.optional(),
  JitterStrategy: z.string().optional(),
});
export type Retrier = z.output<typeof retrierSchema>;

const catcherSchema = z.looseObject({
  ErrorEquals: z.array(z.string()),
  Next: z.string(),
  ResultPath: path.optional(),
  Output: z.unknown().optional(),
  Assign: z.unknown().optional(),
});
export type Catcher = z.output<typeof catcherSchema>;

/** A rule of a Choice: `Next` stands on the outermost only; the operator is whatever key is left. */
const choiceRuleSchema = z.looseObject({ Next: z.string() });
export type ChoiceRule = z.output<typeof choiceRuleSchema>;

const STATE_TYPES = ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Map', 'Parallel'] as const;

const stateSchema = z.looseObject({
  Type: z.enum(STATE_TYPES),
  QueryLanguage: z.string().optional(),
  Next: z.string().optional(),
  End: z.boolean().optional(),
  Choices: z.array(choiceRuleSchema).optional(),
  Default: z.string().optional(),
  Retry: z.array(retrierSchema).optional(),
  Catch: z.array(catcherSchema).optional(),
  Resource: z.string().optional(),
  TimeoutSeconds: number.optional(),
  TimeoutSecondsPath: z.string().optional(),
  InputPath: path.optional(),
  OutputPath: path.optional(),
  ResultPath: path.optional(),
  ItemsPath: z.string().optional(),
  ErrorPath: z.string().optional(),
  CausePath: z.string().optional(),
  SecondsPath: z.string().optional(),
  TimestampPath: z.string().optional(),
  ToleratedFailurePercentage: number.optional(),
  ToleratedFailurePercentagePath: z.string().optional(),
  ToleratedFailureCount: number.optional(),
  ToleratedFailureCountPath: z.string().optional(),
  ItemProcessor: z.unknown().optional(),
  Iterator: z.unknown().optional(),
  Branches: z.array(z.unknown()).optional(),
});
export type StateDefinition = z.output<typeof stateSchema>;

const scopeSchema = z.looseObject({
  StartAt: z.string(),
  States: z.record(z.string(), z.unknown()),
  QueryLanguage: z.string().optional(),
  TimeoutSeconds: number.optional(),
  ProcessorConfig: z.looseObject({ Mode: z.string().optional() }).optional(),
});
export type ScopeDefinition = z.output<typeof scopeSchema>;

/** The definition is not a state machine at all: there is nothing to lint. */
export class NotAStateMachine extends Error {
  override readonly name = 'NotAStateMachine';
}

/** A machine, or the inside of a Map or a Parallel. `where` is for the error only. */
export function parseScope(value: unknown, where: string): ScopeDefinition {
  return parse(scopeSchema, value, where);
}

export function parseState(value: unknown, where: string): StateDefinition {
  return parse(stateSchema, value, `state "${where}"`);
}

function parse<T extends z.ZodType>(schema: T, value: unknown, where: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  throw new NotAStateMachine(`${where} is not valid Amazon States Language: ${problems.join('; ')}`);
}

/** A number, or undefined where it is absent or a placeholder of a template. */
export function numberOf(value: number | string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const parsed = typeof value === 'number' ? value : Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}
