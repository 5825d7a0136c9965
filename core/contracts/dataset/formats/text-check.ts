import type { Issue } from '../issue';
import type { Read } from '../source-checks';
import { originOf } from './origin';
import { groupsOf } from './text';

/** What the pattern of text is to the columns. */
export function checkText({ source, columns }: Read, issue: Issue): void {
  if (source.text === undefined) {
    issue(['source', 'text'], 'expected { pattern } for format text', source.text);
    return;
  }
  const groups = groupsOf(source.text.pattern);
  for (const [name, column] of Object.entries(columns)) {
    const origin = originOf(name, column);
    if (origin.kind !== 'source' || groups.includes(origin.path[0])) continue;
    const path = column.from === undefined ? ['columns', name] : ['columns', name, 'from'];
    issue(path, `expected one of the groups of text.pattern: ${groups.join(', ')}`, origin.path[0]);
  }
}
