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
