import { z } from 'zod';
import { patternSchema } from '../pattern';

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

/**
 * What a pattern is made of: text between \Q and \E, an escape, a class in brackets, what opens a group, or any other
 * character. Of a group with a name that is the first capture. */
export const PATTERN_PARTS =
  /\\Q[^]*?(?:\\E|$)|\\[^]|\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]|\((?:\?P?<([^>=!]*)>|\?)?|[^]/g;

/** The names of a pattern's groups in their order, `(?<name>…)` or `(?P<name>…)`. */
export function groupsOf(pattern: string): string[] {
  return [...pattern.matchAll(PATTERN_PARTS)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** The same pattern as one that captures these groups and no others: by number, in their order in it. */
export function capturing(pattern: string, groups: readonly string[]): string {
  return pattern.replace(PATTERN_PARTS, (part: string, name: string | undefined) => {
    if (name !== undefined) return groups.includes(name) ? '(' : '(?:';
    return part === '(' ? '(?:' : part;
  });
}
