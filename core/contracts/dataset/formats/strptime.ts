import { z } from 'zod';

/** What DuckDB's strptime reads. A `-` before the letter of a number: it is not padded. */
const SPECIFIERS: ReadonlySet<string> = new Set('aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%');
const UNPADDED: ReadonlySet<string> = new Set('dHIjmMSy');

/** A format of times in DuckDB's strptime specifiers, of the whole value. It has to say year, month and day. */
export const strptimeSchema = z
  .string()
  .min(1)
  .max(200)
  .superRefine((format, context) => {
    const message = problemOf(format);
    if (message !== undefined) context.addIssue({ code: 'custom', message, input: format });
  });

function problemOf(format: string): string | undefined {
  const used = new Set<string>();
  for (const [all, dash, letter = ''] of format.matchAll(/%(-?)([^])?/g)) {
    if (!(dash === '-' ? UNPADDED : SPECIFIERS).has(letter))
      return `expected strptime specifiers like %Y-%m-%d %H:%M:%S, and ${JSON.stringify(all)} is none`;
    used.add(letter);
  }
  const has = (...letters: string[]) => letters.some((letter) => used.has(letter));
  if (has('c', 'x')) return undefined;
  const day = (has('m', 'b', 'B') && has('d')) || has('j');
  const week = has('G') && has('V') && has('u', 'a', 'A', 'w');
  return (has('Y', 'y') && day) || week ? undefined : 'expected a year, a month and a day, like %Y, %m and %d';
}
