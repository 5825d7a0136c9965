import { inline, keyed } from './columns/column-draft';
import { markupOf } from './container';
import { differencesOf, type Declared, type Difference, type Words } from './differences';
import type { Encoding } from './guess-encoding';
import { contentOf, encodingName } from './naming';
import { wholeText, type TextSample } from './sample';
import { findInText } from './text-finding';

/** What a text is, for people, and in what it differs from what was declared. */
export interface Description {
  readonly what: string;
  readonly differences: readonly Difference[];
}

/**
 * What the beginning of a text is.
 * @param cut whether there is more of it
 */
export function describeText(text: string, cut: boolean, encoding: Encoding, declared?: Declared): Description {
  const sample: TextSample = { ...wholeText('', text), cut };
  const markup = markupOf(text);
  if (markup !== null)
    return { what: markup.what, differences: [{ found: `it is ${markup.what}: ${markup.advice}`, write: null }] };
  if (text.trim() === '') return { what: 'nothing but blank lines', differences: [] };
  const finding = findInText([sample]);
  const what = `${contentOf(finding)}${encoding.name === 'utf-8' ? '' : ` in ${encodingName(encoding)}`}`;
  return { what, differences: declared === undefined ? [] : differencesOf(sample, finding, encoding, declared) };
}

/** A description in one sentence, without a full stop: `it is gzip of CSV with a comma between its values; write compression: 'gzip'`. */
export function sentenceOf({ what, differences }: Description): string {
  if (differences.length === 0) return what;
  const all = differences.map((one) => one.found);
  // What holds JSON is no CSV: said once.
  const found = all.filter((one, i) => i === 0 || !all[0]?.includes(one.replace(/^it is |, not .*$/g, ''))).join('; ');
  const words = differences.flatMap(({ write }) => (write === null ? [] : [write]));
  if (words.length === 0) return found;
  const conditions = differences.flatMap(({ condition }) => (condition === undefined ? [] : [condition]));
  return [`${found}; write ${written(words)}`, ...conditions].join(' ');
}

/** Words of several differences as one text: those of the same block in one. */
function written(all: readonly Words[]): string {
  const merged = new Map<string, unknown>();
  for (const words of all)
    for (const [key, value] of Object.entries(words)) {
      const before = merged.get(key);
      const both = typeof before === 'object' && typeof value === 'object' && before !== null && value !== null;
      merged.set(key, both ? { ...before, ...value } : value);
    }
  return [...merged].map(([key, value]) => `${keyed(key)}: ${inline(value)}`).join(', ');
}
