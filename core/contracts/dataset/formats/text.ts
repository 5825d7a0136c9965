import { z } from 'zod';
import { patternSchema } from '../pattern';

const NAMED_GROUP = /(?<!\\)(?:\\\\)*\(\?P?<([^>=!]*)>/g;

/** How a source of format `text` is written: one line is one record. */
export const textSchema = z.strictObject({
  /** RE2 pattern that the whole line must match; its named groups are the values. */
  pattern: patternSchema.superRefine((pattern, context) => {
    const issue = (message: string) => context.addIssue({ code: 'custom', message, input: pattern });
    const groups = groupsOf(pattern);
    if (groups.length === 0) issue('expected named groups like (?<name>…), which are the values');
    for (const [i, group] of groups.entries())
      if (groups.indexOf(group) < i) issue(`expected each name once, ${JSON.stringify(group)} comes again`);
  }),
});

/** The names of a pattern's groups in their order, `(?<name>…)` or `(?P<name>…)`. */
export function groupsOf(pattern: string): string[] {
  // What stands in brackets or between \Q and \E is text.
  const bare = pattern.replace(/\\Q.*?(?:\\E|$)/gs, '').replace(/(\\.)|\[\^?\]?(?:\\.|[^\]\\])*\]/gs, '$1');
  return [...bare.matchAll(NAMED_GROUP)].map(([, name]) => name ?? '');
}
