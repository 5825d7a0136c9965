import type { ChoiceRule } from '../asl';
import { evaluate, type OnRead, type Surroundings } from './expression';
import { parsePath } from './json-path';
import { narrow, type ScalarType, type Test } from './narrow';
import { unionOf } from './union';
import { type Literal, type Value } from './value';

/** A condition: the rule of a Choice, or one inside `And`, `Or`, `Not`. */
type Condition = Readonly<Record<string, unknown>>;

/** What goes through each rule of a Choice, in order, and what is left for `Default`. */
export function splitByChoice(
  rules: readonly ChoiceRule[],
  input: Value,
  inMap: boolean,
  onRead: OnRead,
): { chosen: readonly (Value | undefined)[]; otherwise: Value | undefined } {
  let left: Value | undefined = input;
  const chosen = rules.map((rule, i) => {
    if (left === undefined) return undefined;
    const field = `Choices[${i}]`;
    const yes = assume(rule, true, left, { inMap, field, onRead });
    left = assume(rule, false, left, { inMap, field, onRead: () => undefined });
    return yes;
  });
  return { chosen, otherwise: left };
}

interface Here {
  readonly inMap: boolean;
  readonly field: string;
  readonly onRead: OnRead;
}

/** What a condition that came out as `truth` says about the input. Conditions are evaluated left to right and no further than needed. */
function assume(condition: Condition, truth: boolean, input: Value, here: Here): Value | undefined {
  const { And: and, Or: or, Not: not } = condition;
  if (Array.isArray(and)) return every(and as Condition[], truth, input, { ...here, field: `${here.field}.And` });
  // By De Morgan: (a or b) is not (not a and not b).
  if (Array.isArray(or)) {
    const negated = (or as Condition[]).map((c) => ({ Not: c }));
    return every(negated, !truth, input, { ...here, field: `${here.field}.Or` });
  }
  if (typeof not === 'object' && not !== null) return assume(not as Condition, !truth, input, here);
  return compare(condition, truth, input, here);
}

function every(conditions: readonly Condition[], truth: boolean, input: Value, here: Here): Value | undefined {
  let left: Value | undefined = input;
  const failed: Value[] = [];
  conditions.forEach((condition, i) => {
    if (left === undefined) return;
    const at = { ...here, field: `${here.field}[${i}]` };
    const no = assume(condition, false, left, { ...at, onRead: () => undefined });
    if (no !== undefined) failed.push(no);
    left = assume(condition, true, left, at);
  });
  return truth ? left : unionOf(failed);
}

function compare(condition: Condition, truth: boolean, input: Value, here: Here): Value | undefined {
  const variable = condition['Variable'];
  if (typeof variable !== 'string') return input;
  const at: Surroundings = { input, inMap: here.inMap };
  const { IsPresent: present } = condition;
  // IsPresent is the one operator for which a missing path is an answer; for all others it ends the execution.
  if (present === undefined) evaluate(variable, at, `${here.field}.Variable`, here.onRead);
  for (const [operator, value] of Object.entries(condition))
    if (operator.endsWith('Path') && typeof value === 'string')
      evaluate(value, at, `${here.field}.${operator}`, here.onRead);
  const path = parsePath(variable);
  if (path === undefined || path.root !== '$') return input;
  if (typeof present === 'boolean') return narrow(input, path.segments, { op: 'present' }, present === truth);
  const test = equalityOf(condition) ?? typeTestOf(condition);
  if (test !== undefined) return narrow(input, path.segments, test.test, test.positive === truth);
  // Any other comparison at least proves that the path is there.
  return narrow(input, path.segments, { op: 'present' }, true);
}

function equalityOf(condition: Condition): { test: Test; positive: boolean } | undefined {
  for (const operator of ['StringEquals', 'NumericEquals', 'BooleanEquals']) {
    if (Object.hasOwn(condition, operator))
      return { test: { op: 'equals', to: condition[operator] as Literal }, positive: true };
  }
  const isNull = condition['IsNull'];
  return typeof isNull === 'boolean' ? { test: { op: 'equals', to: null }, positive: isNull } : undefined;
}

const TYPE_TESTS: Readonly<Record<string, ScalarType>> = {
  IsString: 'string',
  IsNumeric: 'number',
  IsBoolean: 'boolean',
  IsTimestamp: 'timestamp',
};

function typeTestOf(condition: Condition): { test: Test; positive: boolean } | undefined {
  for (const [operator, is] of Object.entries(TYPE_TESTS)) {
    const positive = condition[operator];
    if (typeof positive === 'boolean') return { test: { op: 'type', is }, positive };
  }
  return undefined;
}
