import { number } from './numbers';

/** Names, ranges and sentences, one after another. */

/** `a, b and 3 more`: the first of some names. `total`: how many there are, where not all of them are at hand. */
export function listed(
  names: readonly string[],
  most = Infinity,
  { total = names.length, separator = ', ' }: { readonly total?: number; readonly separator?: string } = {},
): string {
  const named = names.slice(0, most);
  const more = total - named.length;
  return `${named.join(separator)}${more > 0 ? ` and ${number(more)} more` : ''}`;
}

/** `a – b`, or `a` where both are the same. */
export function span(from: string, to: string): string {
  return from === to ? from : `${from} – ${to}`;
}

/** What there is to say, one after the other; what is empty is left out. */
export function joined(parts: readonly string[], separator: string): string {
  return parts.filter((part) => part !== '').join(separator);
}

/** One text after another, as sentences. */
export function sentences(first: string, second: string): string {
  if (second === '') return first;
  return `${first}${/[.!?]$/.test(first) ? '' : '.'} ${second}`;
}

/** A sentence without its full stop, to go on with it. */
export function unended(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

/** ` To do: start it again.`, for a hint that is a sentence of its own; nothing for none. */
export function toDo(hint: string): string {
  return hint === '' ? '' : ` To do: ${hint.charAt(0).toLowerCase()}${hint.slice(1)}`;
}
