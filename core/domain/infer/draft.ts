import { bytes, count, number } from '../text/numbers';
import type { ColumnDraft } from '../detect/columns/column-draft';
import { inline } from '../detect/columns/column-draft';
import type { Encoding } from '../detect/guess-encoding';
import type { Finding, Word } from '../detect/finding';
import { guessLayout, guessSuffix } from './guess-layout';
import { nameOfDataset } from './name-of-dataset';

/** A member of the definition to be written. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  /** What was seen. */
  readonly notes: readonly string[];
  /** Whether it is a comment only: a guess that is not sure. */
  readonly isComment?: boolean;
  /** Members of a block, in place of a value. */
  readonly members?: readonly Entry[];
}

/** A file that was looked at. */
export interface LookedAt {
  /** As it was given: a path or an S3 URI. */
  readonly name: string;
  /** Its key in the bucket, as far as it is known. */
  readonly key: string;
  readonly size: number | null;
  /** Bytes of its content that were seen, after decompression. */
  readonly seen: number;
  readonly whole: boolean;
}

export interface Materials {
  readonly files: readonly LookedAt[];
  /** Null for files of this machine. */
  readonly bucket: string | null;
  readonly compression: 'none' | 'gzip' | 'zstd' | 'zip';
  readonly encoding: Encoding | null;
  readonly finding: Finding;
  /** What should be known besides: files that were left out, encodings that differ. */
  readonly notes: readonly string[];
  /** Name of the dataset, where it is known. */
  readonly name?: string | undefined;
  /** Files of 0 bytes among those that were given. */
  readonly empty: number;
  /** The day that stands in for a date where no key has one. */
  readonly today: string;
}

/** A definition to be written, with what is said of it as a whole. */
export interface Draft {
  readonly entries: readonly Entry[];
  readonly head: readonly string[];
}

/** Puts what was found into a definition. */
export function draftOf(materials: Materials): Draft {
  const { files, finding, today } = materials;
  const layout = guessLayout(files.map(({ key }) => key));
  const name = materials.name ?? nameOfDataset(files[0]?.key ?? '', materials.bucket === null);
  const sure = (key: string, value: unknown, ...notes: string[]): Entry => ({ key, value, notes });
  const entries: Entry[] = [
    sure('name', name),
    sure('owner', 'your-team', 'who answers for it'),
    sure('cadence', layout?.cadence ?? 'daily', ...(layout === null ? ['a guess: no key has a date'] : [])),
    sure(
      'calendar',
      { firstPartition: layout?.firstPartition ?? today },
      layout === null ? 'today; the first that is expected' : 'the earliest of the keys; the first that is expected',
    ),
    { key: 'source', value: undefined, notes: [], members: sourceOf(materials, layout, name) },
    ...setAside(materials),
    sure('empty', 'fault', "a partition without records; 'normal' where that is no reason to worry"),
    { key: 'columns', value: undefined, notes: [], members: finding.columns.flatMap(columnEntries) },
    ...finding.keys.map((key, i): Entry => ({
      key: 'unique',
      value: key,
      notes: [
        i === 0 ? `would keep one record of each: all ${number(finding.records)} that were seen differ` : 'or these',
      ],
      isComment: true,
    })),
  ];
  return { entries, head: headOf(materials) };
}

/** An object without a header cannot be read as CSV: it is set aside where that is allowed. */
function setAside({ empty, files, finding: { format, words } }: Materials): Entry[] {
  const hasHeader =
    format === 'csv' && !words.some(({ key, value, sure }) => key === 'header' && value === false && sure);
  if (empty === 0 || !hasHeader) return [];
  const notes = [
    `${empty} of ${files.length + empty} files ${empty === 1 ? 'has' : 'have'} 0 bytes: such objects are set aside, and the others are published`,
  ];
  return [{ key: 'tolerance', value: { failedObjects: { objects: empty } }, notes }];
}

function sourceOf(materials: Materials, layout: ReturnType<typeof guessLayout>, name: string): Entry[] {
  const { bucket, compression, encoding, finding, files } = materials;
  const entries: Entry[] = [];
  const add = (key: string, value: unknown, ...notes: string[]) => entries.push({ key, value, notes });
  const local = bucket === null;
  if (local) add('bucket', 'your-bucket', 'the files are of this machine: write the bucket');
  else add('bucket', bucket, "add account: 'any' for a public bucket, or its owner's 12 digits, if it is not yours");
  if (layout === null)
    add('prefix', `${name}/{yyyy}/{MM}/{dd}/`, 'made up: no key has a date; write where the objects of one day lie');
  else {
    const [only] = layout.prefixes;
    add(
      'prefix',
      layout.prefixes.length === 1 ? only : layout.prefixes,
      local ? `${layout.saw}, as a path of this machine` : layout.saw,
    );
    if (layout.hourly !== null)
      entries.push({
        key: 'prefix',
        value: layout.hourly,
        notes: ["if that is the hour of the data; then with cadence: 'hourly'"],
        isComment: true,
      });
  }
  const suffix = guessSuffix(
    files.map(({ key }) => key),
    finding.format,
    compression,
  );
  if (suffix !== null && 'suffix' in suffix)
    add('suffix', suffix.suffix, files.length === 1 ? 'the file ends so' : `all ${files.length} files end so`);
  add('format', finding.format, finding.saw, ...(suffix !== null && 'wrong' in suffix ? [suffix.wrong] : []));
  if (compression !== 'none') add('compression', compression, 'by the first bytes');
  if (encoding !== null && encoding.name !== 'utf-8')
    add('encoding', encoding.name, encoding.saw + (encoding.sure ? '' : '; not sure'));
  else if (encoding !== null && !encoding.sure)
    entries.push({ key: 'encoding', value: 'windows-1252', notes: [encoding.saw], isComment: true });
  if (finding.words.length > 0 && (finding.format === 'csv' || finding.format === 'json' || finding.format === 'text'))
    entries.push({ key: finding.format, value: undefined, notes: [], members: finding.words.map(entryOf) });
  entries.push(...finding.source.map(entryOf));
  return entries;
}

function entryOf({ key, value, saw, sure }: Word): Entry {
  return { key, value, notes: saw === '' ? [] : [saw], isComment: !sure };
}

function columnEntries({ name, words, saw, maybe }: ColumnDraft): Entry[] {
  return [{ key: name, value: words, notes: [saw.join('; '), ...maybe].filter((note) => note !== '') }];
}

function headOf({ files, finding, notes }: Materials): string[] {
  const seen = files.reduce((sum, file) => sum + file.seen, 0);
  const parts = files.filter(({ whole }) => !whole).length;
  const [first] = files;
  const what = files.length === 1 ? (first?.name ?? '') : `${count(files.length, 'file')} like ${first?.name ?? ''}`;
  const extent = parts === 0 ? 'all of it' : 'the beginning and samples of the rest';
  return [
    `Written by rollcall infer from ${what}: ${extent}, ${bytes(seen)}, ${count(finding.records, 'record')}.`,
    'What was seen stands behind //. A guess that is not sure is a comment.',
    ...finding.notes,
    ...notes,
  ];
}

/** The definition without its comments, as JSON has it. */
export function definitionOf(entries: readonly Entry[]): Record<string, unknown> {
  return Object.fromEntries(
    entries
      .filter(({ isComment }) => isComment !== true)
      .map(({ key, value, members }) => [key, members === undefined ? value : definitionOf(members)])
      .filter(([, value]) => inline(value) !== '{}'),
  );
}
