import type { Issue } from '../issue';
import type { Read } from '../source-checks';
import { originOf } from './origin';
import { groupsOf } from './text';

/** What the words of text are to the columns. A group that no column is of is not read. */
export function checkText({ source, columns }: Read, issue: Issue): void {
  if (source.text === undefined) {
    issue(['source', 'text'], 'expected { pattern } for format text', source.text);
    return;
  }
  const groups = groupsOf(source.text.pattern);
  for (const [name, column] of Object.entries(columns)) {
    const origin = originOf(name, column);
    if (origin.kind === 'about' || groups.includes(origin.path[0])) continue;
    const field = column.from === undefined ? ['columns', name] : ['columns', name, 'from'];
    issue(field, `expected one of the groups of source.text.pattern: ${groups.join(', ')}`, origin.path[0]);
  }
}
