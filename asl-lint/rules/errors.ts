import { numberOf, type Catcher, type Retrier } from '../asl';
import { existsError, NEVER_RETRY, nearestError } from '../error-names';
import type { StateNode } from '../machine';
import { problem, type Context, type Problem, type Rule } from '../rule';

/** A retrier or a catcher, and how to name it. */
interface Handler {
  readonly node: StateNode;
  readonly label: string;
  readonly errors: readonly string[];
}

function handlersOf(node: StateNode): { retriers: Handler[]; catchers: Handler[] } {
  const named = (list: readonly (Retrier | Catcher)[] | undefined, kind: string): Handler[] =>
    (list ?? []).map((handler, i) => ({ node, label: `${kind}[${i}]`, errors: handler.ErrorEquals }));
  return { retriers: named(node.definition.Retry, 'Retry'), catchers: named(node.definition.Catch, 'Catch') };
}

export const unknownErrorName: Rule = {
  id: 'unknown-error-name',
  forbids: 'an ErrorEquals with a name that no step throws and AWS does not report',
  why: 'a misspelt name never matches: the retry or the catch silently does nothing',
  check: (context) => {
    const declared = [...(context.options.knownErrors ?? []), ...thrownByFails(context)];
    return context.states.flatMap((node) => {
      const { retriers, catchers } = handlersOf(node);
      return [...retriers, ...catchers].flatMap(({ label, errors }) =>
        errors
          .filter((name) => !existsError(name, declared))
          .map((name) => {
            const meant = nearestError(name, declared);
            const hint =
              meant === undefined
                ? 'name an error that exists, or declare it: --error <name>'
                : `did you mean ${meant}?`;
            return problem(node, `${label} names "${name}", which neither Rollcall nor AWS throws`, hint);
          }),
      );
    });
  },
};

/** Names that a Fail inside a Map or Parallel gives to its error. */
function thrownByFails({ states }: Context): string[] {
  return states.flatMap(({ definition: d }) =>
    d.Type === 'Fail' && typeof d['Error'] === 'string' ? [d['Error']] : [],
  );
}

export const retryOfFinalError: Rule = {
  id: 'retry-of-final-error',
  forbids:
    'a Retry for errors that the same call again cannot fix, or for States.ALL, States.TaskFailed, States.Timeout',
  why: 'it costs time and hides the cause; after a time-out the old invocation may still be running beside the new one',
  check: ({ states }) =>
    states.flatMap((node) =>
      (node.definition.Retry ?? []).flatMap((retrier, i) =>
        numberOf(retrier.MaxAttempts) === 0
          ? []
          : retrier.ErrorEquals.filter((name) => NEVER_RETRY.has(name)).map((name) =>
              problem(
                node,
                `Retry[${i}] repeats ${name}, ${/^States\.(ALL|TaskFailed)$/.test(name) ? 'which includes final errors' : 'a final error'}`,
                `take ${name} out of Retry; name the passing errors one by one`,
              ),
            ),
      ),
    ),
};

/** More retries than this are no longer a temporary error. */
const MAX_ATTEMPTS = 10;

export const retryWithoutCapOrJitter: Rule = {
  id: 'retry-without-cap-or-jitter',
  forbids:
    'a retrier without MaxDelaySeconds (where the delay grows), JitterStrategy FULL and 1–10 MaxAttempts, or that waits longer than the machine may run',
  why: 'runs that failed together come back together, and a growing delay eats the deadline',
  check: ({ states, machine }) => {
    const whole = numberOf(machine.definition.TimeoutSeconds);
    return states.flatMap((node) =>
      (node.definition.Retry ?? []).flatMap((retrier, i) =>
        retryProblems(retrier, whole).map(([message, hint]) => problem(node, `Retry[${i}] ${message}`, hint)),
      ),
    );
  },
};

function retryProblems(retrier: Retrier, whole: number | undefined): [string, string][] {
  const found: [string, string][] = [];
  const attempts = numberOf(retrier.MaxAttempts) ?? 3;
  if (attempts === 0) return found;
  const rate = numberOf(retrier.BackoffRate) ?? 2;
  if (retrier.MaxDelaySeconds === undefined && rate > 1)
    found.push(['has no cap: its delay grows without bound', 'add MaxDelaySeconds']);
  if (retrier.JitterStrategy !== 'FULL') found.push(['has no jitter', 'add "JitterStrategy": "FULL"']);
  if (attempts > MAX_ATTEMPTS || attempts < 0)
    found.push([`tries ${attempts} times more`, `set MaxAttempts to 1–${MAX_ATTEMPTS}`]);
  const wait = longestWait(retrier, Math.min(attempts, 1000), rate);
  if (whole !== undefined && wait >= whole)
    found.push([
      `may wait ${Math.round(wait)} s, the machine ends after ${whole} s`,
      'lower MaxAttempts or MaxDelaySeconds',
    ]);
  return found;
}

function longestWait(retrier: Retrier, attempts: number, rate: number): number {
  const first = numberOf(retrier.IntervalSeconds) ?? 1;
  const cap = numberOf(retrier.MaxDelaySeconds) ?? Number.POSITIVE_INFINITY;
  return Array.from({ length: attempts }, (_, i) => Math.min(cap, first * rate ** i)).reduce((a, b) => a + b, 0);
}

export const handlerOrder: Rule = {
  id: 'handler-order',
  forbids:
    'States.ALL that is not alone and last in Retry or Catch; an error that an earlier entry takes already; an empty ErrorEquals',
  why: 'Step Functions refuses the first when it is deployed; what comes after a match is never looked at',
  check: ({ states }) =>
    states.flatMap((node) => {
      const { retriers, catchers } = handlersOf(node);
      return [...orderProblems(retriers), ...orderProblems(catchers)];
    }),
};

function orderProblems(handlers: readonly Handler[]): Problem[] {
  const taken = new Map<string, string>();
  return handlers.flatMap(({ node, label, errors }, i) => {
    const found: Problem[] = [];
    if (errors.length === 0) found.push(problem(node, `${label} names no error`, 'name one, or remove it'));
    if (errors.includes('States.ALL') && errors.length > 1)
      found.push(problem(node, `${label} names States.ALL beside others`, 'States.ALL has to stand alone'));
    if (errors.includes('States.ALL') && i < handlers.length - 1)
      found.push(problem(node, `${label} takes States.ALL before the end: what follows is never used`, 'move it last'));
    for (const name of errors) {
      const before = taken.get(name);
      if (before !== undefined)
        found.push(problem(node, `${label} names ${name}, which ${before} takes already`, 'keep one of them'));
      else taken.set(name, label);
    }
    return found;
  });
}
