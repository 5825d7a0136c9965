import { numberOf } from '../asl';
import { hasCatchAll, isLambdaTask, mapAround, toleration, type StateNode } from '../machine';
import { problem, type Context, type Problem, type Rule } from '../rule';

const tasksOf = ({ states }: Context): StateNode[] => states.filter((node) => node.definition.Type === 'Task');

/** What Step Functions takes when a Task says nothing: three years. */
const DEFAULT_TIMEOUT = 99_999_999;

export const taskWithoutTimeout: Rule = {
  id: 'task-without-timeout',
  forbids: "a Task without TimeoutSeconds, or with one that is not shorter than the machine's",
  why: 'the default is three years; a hung call ends with the machine, by a time-out that no state can catch',
  check: (context) => {
    const whole = numberOf(context.machine.definition.TimeoutSeconds) ?? DEFAULT_TIMEOUT;
    return tasksOf(context).flatMap((node) => {
      const { TimeoutSeconds, TimeoutSecondsPath } = node.definition;
      if (TimeoutSeconds === undefined && TimeoutSecondsPath === undefined)
        return [problem(node, 'the Task has no time-out', 'add TimeoutSeconds, a little more than the call may take')];
      const seconds = numberOf(TimeoutSeconds);
      return seconds !== undefined && (seconds >= whole || seconds <= 0)
        ? [
            problem(
              node,
              `the Task's time-out of ${seconds} s never takes effect: the machine ends after ${whole} s`,
              'make it a little more than the call may take',
            ),
          ]
        : [];
    });
  },
};

export const taskTimeoutTooShort: Rule = {
  id: 'task-timeout-too-short',
  forbids:
    "a Task whose time-out is not longer than its Lambda function's (only where the functions' time-outs are given)",
  why: 'the function runs on after the Task gave up, and writes beside whatever comes next',
  check: (context) =>
    tasksOf(context).flatMap((node) => {
      const limit = context.options.functionTimeouts?.[node.name];
      const seconds = numberOf(node.definition.TimeoutSeconds);
      if (limit === undefined || seconds === undefined || seconds > limit) return [];
      const message = `the Task gives up after ${seconds} s, its function may run ${limit} s`;
      return [problem(node, message, `set TimeoutSeconds to more than ${limit}`)];
    }),
};

export const taskWithoutRetry: Rule = {
  id: 'task-without-retry',
  forbids: 'a Task that is never tried again',
  why: 'a single throttled call or lost connection then fails the run',
  check: (context) =>
    tasksOf(context)
      .filter((node) => !(node.definition.Retry ?? []).some((retrier) => numberOf(retrier.MaxAttempts) !== 0))
      .map((node) => problem(node, 'the Task has no Retry', 'add a Retry for the errors that pass by themselves')),
};

export const taskWithoutCatchAll: Rule = {
  id: 'task-without-catch-all',
  forbids:
    'a Task, or a Map or Parallel of the outermost states, without a Catch for States.ALL (a Task in a Parallel may leave it to the Parallel)',
  why: 'an error that no state catches ends the machine at once, past the terminal state; inside a Map it ends all other items',
  check: ({ states }) =>
    states
      .filter((node) => node.definition.Type === 'Task' || (isGroup(node) && node.scope.kind === 'machine'))
      .filter((node) => !isCaught(node) && !isTolerated(node))
      .map((node) => problem(node, `no Catch takes States.ALL${consequence(node)}`, hint(node))),
};

const isGroup = (node: StateNode): boolean => node.definition.Type === 'Map' || node.definition.Type === 'Parallel';

/** By the state itself, or by a Parallel around it. A Map's own Catch is no help: by then the other items are lost. */
function isCaught(node: StateNode): boolean {
  if (hasCatchAll(node)) return true;
  return node.scope.kind === 'branch' && node.scope.owner !== undefined && isCaught(node.scope.owner);
}

/** A Map that tolerates failed items is judged as a whole, by `map-swallows-failures`. */
function isTolerated(node: StateNode): boolean {
  const map = mapAround(node);
  return map !== undefined && toleration(map) !== undefined;
}

function consequence(node: StateNode): string {
  const map = mapAround(node);
  return map === undefined ? ': an error ends the machine' : `: one failed item ends all of "${map.path}"`;
}

function hint(node: StateNode): string {
  return mapAround(node) === undefined
    ? 'add a Catch for States.ALL, last, that leads to the terminal state and keeps the error at a ResultPath of its own'
    : 'add a Catch for States.ALL that leads to a Pass which keeps the item and the error';
}

export const mapWithoutCatch: Rule = {
  id: 'map-without-catch',
  allowable: true,
  forbids: 'a Map inside a Map or Parallel without a Catch of its own for States.ALL',
  why: 'a Map fails of itself, too (too many items failed, what it reads, the size of its results), and then ends what is around it: all other items',
  check: ({ states }) =>
    states
      .filter((node) => node.definition.Type === 'Map' && node.scope.kind !== 'machine' && !hasCatchAll(node))
      .map((node) =>
        problem(
          node,
          `no Catch of its own takes States.ALL: when it fails, it ends "${node.scope.owner?.path ?? ''}"`,
          'add a Catch for States.ALL, or say in its Comment why not: "asl-lint allows map-without-catch: <reason>"',
        ),
      ),
};

export const throttledLambdaNotRetried: Rule = {
  id: 'throttled-lambda-not-retried',
  forbids: 'a Task on a Lambda function whose Retry lacks Lambda.TooManyRequestsException',
  why: "when the account's concurrency is used up, the step fails although nothing is wrong with it",
  check: (context) =>
    tasksOf(context)
      .filter(isLambdaTask)
      .filter(
        (node) =>
          !(node.definition.Retry ?? []).some(
            (retrier) =>
              numberOf(retrier.MaxAttempts) !== 0 &&
              ['Lambda.TooManyRequestsException', 'States.ALL', 'States.TaskFailed'].some((name) =>
                retrier.ErrorEquals.includes(name),
              ),
          ),
      )
      .map((node) =>
        problem(node, 'a throttled invocation is not tried again', 'retry Lambda.TooManyRequestsException'),
      ),
};

export const machineWithoutTimeout: Rule = {
  id: 'machine-without-timeout',
  forbids: 'a machine without TimeoutSeconds',
  why: 'a run that hangs stays RUNNING for up to a year, and holds its partition',
  check: ({ machine }): Problem[] => {
    const { TimeoutSeconds } = machine.definition;
    const seconds = numberOf(TimeoutSeconds);
    if (TimeoutSeconds !== undefined && (seconds === undefined || (seconds > 0 && seconds < DEFAULT_TIMEOUT)))
      return [];
    return [problem('(machine)', 'the machine has no time-out', 'add TimeoutSeconds beside StartAt')];
  },
};
