import { FUNCTION_NAMES, functionTable, labelOf, type StepName } from '../core/contracts/function-table';
import { usageSchema } from '../core/contracts/run/steps';
import { unionOf } from './flow/union';
import { object, type ObjectValue } from './flow/value';
import { shapeOf, type Shape } from './shapes';

/**
 * Pass as `shapes` to lint PartitionRun or Backfill: results of their Tasks by state name, `usage` included, from the contracts that the
 * handlers are compiled against.
 */
export const STEP_SHAPES = Object.fromEntries(
  FUNCTION_NAMES.filter((name) => functionTable[name].machines.length > 0).map((name) => [
    labelOf(name),
    withUsage(shapeOf(functionTable[name].output)),
  ]),
) as Readonly<Record<StepName, Shape>>;

/** Every step's output carries what the invocation took. */
function withUsage(shape: Shape): Shape {
  if (shape.kind === 'union') return unionOf(shape.of.map(withUsage)) ?? shape;
  if (shape.kind !== 'object') return shape;
  const usage = object({ usage: shapeOf(usageSchema) }).fields;
  const whole: ObjectValue = { ...shape, fields: { ...shape.fields, ...usage } };
  return whole;
}
