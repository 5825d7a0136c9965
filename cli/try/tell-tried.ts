import { statuses } from '../../core/contracts/run/endings';
import { count, number } from '../../core/domain/text/numbers';
import type { Gathered } from './tried-files';
import type { Tried } from './attempt';
import { drawTable } from './drawn-table';

/** Whether a run would publish. */
export function wouldPublish({ would }: Tried): boolean {
  return statuses[would.status].publishes;
}

/** Files of a kind that are named one by one. */
const MOST_NAMED = 20;

/** What a definition makes of files, for people. */
export function reportText(dataset: string, gathered: Gathered, tried: Tried, width: number): string {
  const { would, records: r, published, unread, rules, expectations, notes } = tried;
  const { files, skipped, partition } = gathered;
  const verdict = wouldPublish(tried) ? 'a run would publish this' : 'a run would publish nothing';
  const changed = [
    ...(r.dropped > 0 ? [`${number(r.dropped)} dropped by the transform`] : []),
    ...(r.added > 0 ? [`${number(r.added)} added by the transform`] : []),
  ];
  const counts = `${number(r.accepted)} accepted, ${number(r.quarantined)} quarantined, ${count(r.duplicates, 'duplicate')}${(r.deleted ?? 0) > 0 ? `, ${number(r.deleted ?? 0)} deleted` : ''}`;
  const blocks = [
    [
      `${dataset} ${partition}: ${verdict}: ${would.status} (${would.code})`,
      would.message,
      ...(would.hint === '' || wouldPublish(tried) ? [] : [would.hint]),
    ],
    [
      `${count(files.length, 'file')}, ${count(r.read, 'record')} read: ${counts}${changed.length > 0 ? `; ${changed.join(', ')}` : ''}`,
    ],
    section(
      'Files that cannot be read',
      unread.flatMap(({ key, code, message }) => [`  ${key} (${code})`, `    ${message}`]),
    ),
    section(
      'Rules that were broken',
      rules.flatMap(({ name, broken, otherwise, sentence, samples }) => [
        `  ${name}: ${count(broken, 'record')}${MEANING[otherwise]}. ${sentence}`,
        ...samples.map(({ object, line, value }) => `    ${object}${line === null ? '' : `:${line}`}  ${value}`),
      ]),
    ),
    section(
      'Expectations',
      expectations.map(({ outcome, sentence }) => `  ${outcome}: ${sentence}`),
    ),
    section('Files that a run leaves out', [
      ...skipped.slice(0, MOST_NAMED).map(({ path, why }) => `  ${path}: ${why}`),
      ...(skipped.length > MOST_NAMED ? [`  and ${number(skipped.length - MOST_NAMED)} more`] : []),
    ]),
    notes,
    published === null ? [] : [drawTable(published, r.published, width)],
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n');
}

const MEANING = { reject: ' rejected', warn: ' published all the same', fail: ', and none may' } as const;

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

/** The same for programs. */
export function reportJson(dataset: string, gathered: Gathered, tried: Tried): object {
  const { would, records, rules, expectations, unread, notes, published } = tried;
  return {
    dataset,
    partition: gathered.partition,
    publishes: wouldPublish(tried),
    would,
    records,
    rules: rules.map(({ name, broken, otherwise, sentence, samples }) => ({
      name,
      broken,
      otherwise,
      sentence,
      samples,
    })),
    expectations,
    files: gathered.files.map(({ path, object }) => {
      const problem = unread.find((one) => one.key === path);
      return {
        path,
        key: object.key,
        bytes: object.size,
        problem: problem === undefined ? null : { code: problem.code, message: problem.message, found: problem.found },
      };
    }),
    leftOut: gathered.skipped,
    notes,
    columns: published?.columns ?? [],
    rows: (published?.rows ?? []).map((row) =>
      Object.fromEntries((published?.columns ?? []).map(({ name }, i) => [name, row[i] ?? null])),
    ),
  };
}
