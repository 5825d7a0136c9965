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

/** Whether a source's name can be the name of a column as it is. */
export function isAllowed(name: string): boolean {
  // What an object of JavaScript has of its own, and blanks at an end that nobody sees.
  const awkward = name === '__proto__' || name.trim() !== name;
  return !awkward && columnNameSchema.safeParse(name).success && !INVISIBLE.test(name);
}

/** Whether a column of another name can say that its values come from here. */
export function canBeFrom(name: string): boolean {
  return name.length > 0 && name.length <= 256 && !name.startsWith('$');
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
