/** The lines between which a page has what a script writes. */
export interface Markers {
  readonly begin: string;
  readonly end: string;
}

/**
 * The page with a text put between its markers.
 * @throws Error when the page lacks them
 */
export function between(page: string, { begin, end }: Markers, text: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page lacks the markers ${begin} and ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
