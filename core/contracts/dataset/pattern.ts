import { z } from 'zod';

/** RE2 refuses more repetitions than this. */
const MOST_REPETITIONS = 1000;

/**
 * A pattern in RE2's syntax, which DuckDB uses. RE2 itself is not at hand here: what it lacks is refused by name, and what is no
 * pattern in any syntax by JavaScript's parser. Something that slips through fails the run's first batch.
 */
export const patternSchema = z
  .string()
  .min(1)
  .superRefine((pattern, context) => {
    const message = problemOf(pattern);
    if (message !== undefined) context.addIssue({ code: 'custom', message, input: pattern });
  });

function problemOf(pattern: string): string | undefined {
  const quoted = pattern.replace(/\\Q.*?(?:\\E|$)/gs, '');
  if (/(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)/.test(quoted)) return 'expected a pattern without back-references: RE2 has none';
  const bare = quoted.replace(/\\./gs, '_').replace(/\[\^?\]?[^\]]*\]/g, '_');
  if (/\(\?<?[=!]/.test(bare)) return 'expected a pattern without lookahead and lookbehind: RE2 has none';
  for (const [, least = '', most = ''] of bare.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    if (Math.max(Number(least), Number(most)) > MOST_REPETITIONS)
      return `expected at most ${MOST_REPETITIONS} repetitions: RE2 allows no more`;
  }
  try {
    RegExp(
      quoted
        .replaceAll('(?P<', '(?<')
        .replace(/\(\?[imsU-]+\)/g, '')
        .replace(/\(\?[imsU-]+:/g, '(?:'),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `expected a regular expression (${error.message})`;
  }
}
