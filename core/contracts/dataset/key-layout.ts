import { z } from 'zod';

/** Date fields of a key layout. `M`, `d` and `H` are not padded: `1` for January. */
const PLACEHOLDERS = ['yyyy', 'MM', 'M', 'dd', 'd', 'HH', 'H'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

const ANY_PLACEHOLDER = /\{([^}]*)\}/g;
const KNOWN: ReadonlySet<string> = new Set(PLACEHOLDERS);
/** What is not padded has no end of its own: `…/1` is the beginning of `…/12` too. */
const WITHOUT_END = /\{[MdH]\}(?=$|[\d{])/;

/** Key prefix of one partition, with placeholders for its date. */
export const keyLayoutSchema = z
  .string()
  .min(1)
  .max(512)
  .superRefine((prefix, context) => {
    const issue = (message: string) => context.addIssue({ code: 'custom', message, input: prefix });
    for (const [, name] of prefix.matchAll(ANY_PLACEHOLDER)) {
      if (!KNOWN.has(name ?? ''))
        issue(`expected only the placeholders ${PLACEHOLDERS.map((known) => `{${known}}`).join(' ')}`);
    }
    if (/[{}]/.test(prefix.replace(ANY_PLACEHOLDER, '')))
      issue('expected every { to have its } and the other way round');
    if (prefix.startsWith('/')) issue('expected a key prefix without a leading slash');
    if (prefix.includes('*'))
      issue('expected no *: a prefix is the beginning of keys, not a pattern; source.suffix says how they end');
    const [open] = WITHOUT_END.exec(prefix) ?? [];
    if (open !== undefined)
      issue(
        `expected a character other than a digit after ${open}, which is not padded: /1 is the beginning of /12 too`,
      );
  });

/** One request for each and more for what is in them: a list has its limit. */
const MOST_PREFIXES = 20;

/** The prefixes under which the objects of a partition lie: one, or several. */
export const prefixesSchema = z.union([keyLayoutSchema, z.array(keyLayoutSchema).min(1).max(MOST_PREFIXES)], {
  error: `expected a key prefix or a list of 1 to ${MOST_PREFIXES}`,
});

/** The layouts of a source, as a list. */
export function layoutsOf({ prefix }: { readonly prefix: string | readonly string[] }): readonly string[] {
  return typeof prefix === 'string' ? [prefix] : prefix;
}

/** The placeholders that a layout lacks of those which keep partitions of a cadence apart. */
export function missingPlaceholders(layout: string, cadence: 'hourly' | 'daily'): Placeholder[] {
  const has = (...names: Placeholder[]) => names.some((name) => layout.includes(`{${name}}`));
  const missing: Placeholder[] = [];
  if (!has('yyyy')) missing.push('yyyy');
  if (!has('MM', 'M')) missing.push('MM');
  if (!has('dd', 'd')) missing.push('dd');
  if (cadence === 'hourly' && !has('HH', 'H')) missing.push('HH');
  return missing;
}
