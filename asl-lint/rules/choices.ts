import { problem, type Rule } from '../rule';

export const choiceWithoutDefault: Rule = {
  id: 'choice-without-default',
  forbids: 'a Choice without Default',
  why: "data that no choice matches fails with States.NoChoiceMatched, which a Choice can't catch",
  check: ({ states }) =>
    states
      .filter(({ definition: d }) => d.Type === 'Choice' && d.Default === undefined)
      .map((node) =>
        problem(node, 'the Choice has no Default', 'add one; where all cases are named, lead it to the terminal state'),
      ),
};

export const pathMayBeMissing: Rule = {
  id: 'path-may-be-missing',
  forbids: 'a Choice, Parameters, ItemsPath, InputPath, TimestampPath … that reads a path which is not certainly there',
  why: 'a missing path ends the execution with States.Runtime, which nothing can catch: no ending is recorded by the machine',
  check: ({ flow, options }) => {
    const seen = new Set<string>();
    return flow.reads.flatMap((read) => {
      if (read.presence === 'always' || (read.presence === 'unknown' && options.strict !== true)) return [];
      const key = `${read.state} ${read.field} ${read.path}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const when = { never: 'is never there', maybe: 'may be missing', unknown: 'is not known to be there' }[
        read.presence
      ];
      const via = read.via === undefined ? '' : `, e.g. when coming from ${read.via.from.name} by ${read.via.label}`;
      const message = `${read.field} reads ${read.path}, which ${when}${via}`;
      return [
        problem(read.state, message, 'ask IsPresent first (And), or make sure that every way in has put it there'),
      ];
    });
  },
};

const TYPE_NAMES = { text: 'a text', timestamp: 'a timestamp', number: 'a number', list: 'a list' } as const;
const ASK = { text: 'IsString', timestamp: 'IsTimestamp', number: 'IsNumeric', list: undefined } as const;

export const pathOfWrongType: Rule = {
  id: 'path-of-wrong-type',
  forbids:
    'an ErrorPath or CausePath to what is not certainly a text, a TimestampPath to no timestamp, a SecondsPath to no number, an ItemsPath to no list',
  why: 'it ends the execution with States.Runtime, which nothing can catch, as a path does that is missing',
  check: ({ flow, options }) => {
    const seen = new Set<string>();
    return flow.reads.flatMap(({ state, field, path, need, fits, via }) => {
      if (need === undefined || fits === 'always') return [];
      // No Choice can ask whether something is a list.
      if (fits === 'unknown' && (options.strict !== true || need === 'list')) return [];
      const key = `${state} ${field} ${path}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const how = { never: 'is never', maybe: 'may be something else than', unknown: 'is not known to be' }[fits];
      const example = via === undefined ? '' : `, e.g. when coming from ${via.from.name} by ${via.label}`;
      const ask = ASK[need];
      const hint =
        ask === undefined
          ? 'let the steps before put a list there'
          : `ask ${ask} first (And), or put it there on every way in`;
      return [problem(state, `${field} reads ${path}, which ${how} ${TYPE_NAMES[need]}${example}`, hint)];
    });
  },
};
