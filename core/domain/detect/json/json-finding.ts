import { number } from '../../text/numbers';
import { quoted, type ColumnDraft } from '../columns/column-draft';
import { jsonColumn } from '../columns/json-column';
import { changeNotes, keysOf, type KeyColumn } from '../columns/key-columns';
import { canBeFrom, Names } from '../columns/names';
import type { Finding, Word } from '../finding';
import type { TextSample } from '../sample';
import { readJson, type JsonFile } from './json-file';
import { membersOf, nameOf } from './members';

/** How files of JSON are laid out and what is in them; null where one is no JSON. */
export function findJson(samples: readonly TextSample[]): Finding | null {
  const files: JsonFile[] = [];
  for (const sample of samples) {
    if (sample.head.trim() === '') continue;
    const file = readJson(sample);
    if (file === null) return null;
    files.push(file);
  }
  if (files.length === 0) return null;
  const lists = files.flatMap(({ layout }) => (layout.kind === 'records' ? [layout.path] : []));
  const path = lists.length === files.length ? lists[0] : undefined;
  const format = files.every(({ layout }) => layout.kind === 'lines') ? 'jsonl' : 'json';
  const words: Word[] =
    path === undefined
      ? []
      : [
          {
            key: 'records',
            value: path,
            saw: `each document holds a list of records at ${path.join('.')}`,
            sure: true,
          },
        ];
  const { columns, keyed } = columnsOf(files);
  const records = files.reduce((sum, file) => sum + file.records.length, 0);
  return {
    format,
    saw: sawOf(files, format),
    words,
    source: unnamed(files)
      ? [
          {
            key: 'extraColumns',
            value: 'ignore',
            saw: 'members without a name, or with one of over 256 characters, cannot be declared',
            sure: true,
          },
        ]
      : [],
    columns,
    records,
    notes: [...notesOf(files, path), ...changeNotes(keyed)],
    keys: keysOf(keyed, records, []),
  };
}

function unnamed(files: readonly JsonFile[]): boolean {
  return files.some(({ records }) =>
    records.some((record) => [...record.keys()].some((name) => name === '' || name.length > 256)),
  );
}

function sawOf(files: readonly JsonFile[], format: 'jsonl' | 'json'): string {
  if (format === 'jsonl') return 'one object a line';
  const whats = files.map(({ layout }) => {
    if (layout.kind === 'lines') return 'one object a line';
    return layout.kind === 'records'
      ? `${layout.documents} ${layout.documents === 1 ? 'document' : 'documents'} around a list`
      : layout.what;
  });
  return [...new Set(whats)].slice(0, 3).join('; ');
}

function notesOf(files: readonly JsonFile[], path: readonly string[] | undefined): string[] {
  const notes: string[] = [];
  for (const { name, bad, others, layout } of files) {
    if (bad !== null)
      notes.push(`${number(bad.n)} ${layout.kind === 'lines' ? 'lines are' : 'place is'} no JSON (${bad.first})`);
    if (others > 0) notes.push(`${number(others)} values of ${name} are no objects, so no records`);
    if (layout.kind === 'records' && path?.join('\0') !== layout.path.join('\0'))
      notes.push(`${name} has its records in a list at ${layout.path.map(quoted).join(', ')}, other files have not`);
  }
  return notes.slice(0, 10);
}

function columnsOf(files: readonly JsonFile[]): { columns: ColumnDraft[]; keyed: KeyColumn[] } {
  const { members, dynamo } = membersOf(files.map(({ records }) => records));
  const withRecords = files.filter(({ records }) => records.length > 0).length;
  const names = new Names();
  const columns: ColumnDraft[] = [];
  const keyed: KeyColumn[] = [];
  for (const { path, tally, files: having } of members) {
    if (path.some((name) => name === '' || name.length > 256)) continue;
    const source = nameOf(path, dynamo);
    const name = names.of(source);
    const draft = jsonColumn(tally, { name, textIsNumber: dynamo && path.at(-1) === 'N' });
    const [first = ''] = path;
    const isPath = path.length > 1 || !canBeFrom(first);
    const from = !isPath && name === first ? {} : { from: isPath ? path : first };
    const isOptional = having < withRecords;
    const { nullable: _nullable, ...words } = draft.words;
    columns.push({
      ...draft,
      words: { ...(isOptional ? words : draft.words), ...from, ...(isOptional ? { optional: true } : {}) },
      saw: [...draft.saw, ...(isOptional ? [`${withRecords - having} of ${withRecords} files lack it`] : [])],
    });
    keyed.push({ name, type: String(draft.words['type']), tally });
  }
  return { columns, keyed };
}
