import { z } from 'zod';
import {
  planBackfillOutputSchema,
  summarizeBackfillOutputSchema,
  type BackfillStepName,
} from '../core/contracts/backfill/backfill';
import { recordBackfillOutputSchema } from '../core/contracts/backfill/backfill-manifest';
import {
  batchOutputSchema,
  checkDependenciesOutputSchema,
  checkOutputSchema,
  claimOutputSchema,
  loadOutputSchema,
  publishOutputSchema,
  recordOutputSchema,
  usageSchema,
  type StepName,
} from '../core/contracts/run/steps';
import { unionOf } from './flow/union';
import { object, type ObjectValue } from './flow/value';
import { shapeOf, type Shape } from './shapes';

/** What the steps of both machines answer, from the contracts that the handlers are compiled against. */
const OUTPUTS = {
  ClaimPartition: claimOutputSchema,
  CheckDependencies: checkDependenciesOutputSchema,
  LoadPartition: loadOutputSchema,
  ValidateBatch: batchOutputSchema,
  ProcessBatch: batchOutputSchema,
  CheckPartition: checkOutputSchema,
  PublishPartition: publishOutputSchema,
  PlanBackfill: planBackfillOutputSchema,
  SummarizeBackfill: summarizeBackfillOutputSchema,
  // Of a run or of a backfill.
  RecordRun: z.union([recordOutputSchema, recordBackfillOutputSchema]),
} as const satisfies Record<StepName | BackfillStepName, z.ZodType>;

/** Pass as `shapes` to lint PartitionRun or Backfill: results of their Tasks by state name, `usage` included. */
export const STEP_SHAPES: Readonly<Record<StepName | BackfillStepName, Shape>> = Object.fromEntries(
  Object.entries(OUTPUTS).map(([step, schema]) => [step, withUsage(shapeOf(schema))]),
) as Record<StepName | BackfillStepName, Shape>;

/** Every step's output carries what the invocation took. */
function withUsage(shape: Shape): Shape {
  if (shape.kind === 'union') return unionOf(shape.of.map(withUsage)) ?? shape;
  if (shape.kind !== 'object') return shape;
  const usage = object({ usage: shapeOf(usageSchema) }).fields;
  const whole: ObjectValue = { ...shape, fields: { ...shape.fields, ...usage } };
  return whole;
}
