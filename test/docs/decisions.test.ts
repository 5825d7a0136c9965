import { readdirSync } from 'node:fs';
import path from 'node:path';
import { cells, read, root } from './pages';

const INDEX = 'docs/decisions/README.md';
const decisions = readdirSync(path.join(root, 'docs/decisions')).filter((file) => file !== 'README.md');

/** Title and date of a page. */
function headOf(file: string): { title: string; date: string } | undefined {
  const [, title, date] = /^# (.+)\n\nDate: (\d{4}-\d\d-\d\d)\n\n/.exec(read(`docs/decisions/${file}`)) ?? [];
  return title === undefined || date === undefined || Number.isNaN(Date.parse(date)) ? undefined : { title, date };
}

describe('the decisions', () => {
  it.each(decisions)('%s has a title and a date', (file) => {
    expect(headOf(file)).toBeDefined();
  });

  it('are all in the index, once, with their titles and dates', () => {
    const rows = [...cells(read(INDEX)).matchAll(/^\|(\d{4}-\d\d-\d\d)\|\[(.+)\]\((.+\.md)\)\|$/gm)];
    const listed = rows.map(([, date, title, file]) => ({ file, title, date }));
    const there = decisions.map((file) => ({ file, ...headOf(file) }));
    const byFile = (a: { file?: string | undefined }, b: { file?: string | undefined }) =>
      (a.file ?? '').localeCompare(b.file ?? '');
    expect(listed.toSorted(byFile)).toEqual(there.toSorted(byFile));
  });
});
