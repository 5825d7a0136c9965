import { Condition } from 'aws-cdk-lib/aws-stepfunctions';

/** Whether a flag is there and has this value: a Choice that reads a missing path kills the execution, and nothing can catch that. */
export function is(path: string, value: boolean): [Condition, Condition] {
  return [Condition.isPresent(path), Condition.booleanEquals(path, value)];
}

/** Whether a text is there: a Fail state that reads anything else dies of a States.Runtime error. */
export function isText(path: string): [Condition, Condition] {
  return [Condition.isPresent(path), Condition.isString(path)];
}
