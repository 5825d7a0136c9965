import { columnNameSchema } from '../../../contracts/dataset/column';

/** Names of columns as a definition allows them, all different to SQL, which folds case. */
export class Names {
  private readonly taken = new Set<string>();

  /** The name itself where it is allowed, else one that is like it. */
  of(source: string, alternative = 'column'): string {
    let name = isAllowed(source) ? source : tidy(source, alternative);
    for (let n = 2; this.taken.has(name.toLowerCase()); n += 1)
      name = `${isAllowed(source) ? source : tidy(source, alternative)}_${n}`;
    this.taken.add(name.toLowerCase());
    return name;
  }
}

function isAllowed(name: string): boolean {
  // Words of records, and what only an object of JavaScript has; blanks at an end that nobody sees.
  const own = name.startsWith('$') || name === '__proto__' || name.trim() !== name;
  return !own && columnNameSchema.safeParse(name).success && !INVISIBLE.test(name);
}

const INVISIBLE = /[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

function tidy(source: string, alternative: string): string {
  const words = source
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 100);
  if (words === '') return alternative;
  const name = /^\d+$/.test(words) ? `${alternative}_${words}` : words;
  return columnNameSchema.safeParse(name).success ? name : `${alternative}_${name}`.slice(0, 100);
}

/** A name in the style of SQL, for what has none in the file: `cs(User-Agent)` becomes `cs_user_agent`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
}
