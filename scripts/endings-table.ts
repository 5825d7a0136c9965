import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { endings, REASON_CODES, RUN_STATUSES } from '../core/contracts/run/endings';
import { between } from './generated';

/** Between which lines of `docs/endings.md` the table is. */
export const MARKERS = { begin: '<!-- endings: written by npm run docs -->', end: '<!-- end of endings -->' } as const;

/** The table of endings as Markdown, grouped by status: what each means, and what to do. */
export function endingsTable(): string {
  const rows = RUN_STATUSES.flatMap((status) =>
    REASON_CODES.filter((code) => endings[code].status === status).map((code) => {
      const { sentence, hint, temporary } = endings[code];
      const first = temporary ? 'Nothing at first: it is started again by itself (`retry.minutes`). After that: ' : '';
      return `| ${status} | \`${code}\` | ${cell(sentence)} | ${first}${cell(hint || 'Nothing.')} |`;
    }),
  );
  return ['| Status | Reason | What it means | What to do |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/**
 * The page with the table put between its markers.
 * @throws Error when the page lacks them
 */
export function withEndingsTable(page: string): string {
  return between(page, MARKERS, endingsTable());
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (require.main === module) {
  const file = path.join(__dirname, '..', 'docs', 'endings.md');
  writeFileSync(file, withEndingsTable(readFileSync(file, 'utf8')));
}
