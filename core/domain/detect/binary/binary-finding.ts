import { number } from '../../text/numbers';
import { changeNotes, keysOf } from '../columns/key-columns';
import { canBeFrom, Names } from '../columns/names';
import type { Tally } from '../columns/tally';
import type { Finding } from '../finding';
import { mergedColumn, type BinaryColumn, type SeenColumn } from './binary-column';

/** What one file of a format with types says. */
export interface BinaryFile {
  readonly name: string;
  readonly columns: readonly BinaryColumn[];
  /** Records by its own figures; null where they do not tell. */
  readonly records: number | null;
  /** NULLs by column, by its own figures. */
  readonly nulls: ReadonlyMap<string, number>;
  /** First values by column, where they were looked at, of so many records. */
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly looked: number;
}

/** Columns of Parquet or Avro files, brought together. */
export function findBinary(format: 'parquet' | 'avro', files: readonly BinaryFile[]): Finding {
  const seen = new Map<string, { path: readonly string[]; columns: SeenColumn[] }>();
  for (const file of files)
    for (const column of file.columns) {
      const key = JSON.stringify(column.path);
      const one = seen.get(key) ?? { path: column.path, columns: [] };
      seen.set(key, one);
      one.columns.push({ column, nulls: file.nulls.get(column.path.join('.')) ?? null, records: file.records ?? 0 });
    }
  const names = new Names();
  // Values of one file are enough to look at: keys are a hint.
  const looked = files.find(({ looked: n }) => n > 0);
  const keyed: { name: string; type: string; tally: Tally }[] = [];
  const columns = [...seen.values()].map(({ path, columns: of }) => {
    const source = path.join('_');
    const name = names.of(source);
    const tally = looked?.tallies.get(path.join('.'));
    const draft = mergedColumn(of, name, tally);
    const from =
      path.length > 1
        ? { from: path }
        : name === source
          ? {}
          : { from: format === 'avro' && !canBeFrom(source) ? path : source };
    const isOptional = of.length < files.length;
    const { nullable: _nullable, ...words } = draft.words;
    if (tally !== undefined) keyed.push({ name, type: String(draft.words['type']), tally });
    return {
      ...draft,
      words: { ...(isOptional ? words : draft.words), ...from, ...(isOptional ? { optional: true } : {}) },
      saw: [...draft.saw, ...(isOptional ? [`${files.length - of.length} of ${files.length} files lack it`] : [])],
    };
  });
  const known = files.every(({ records }) => records !== null);
  const records = files.reduce((sum, file) => sum + (file.records ?? 0), 0);
  return {
    format,
    saw: `${files.length === 1 ? 'its' : 'their'} schema${known ? ` and ${number(records)} records by ${files.length === 1 ? 'its' : 'their'} own figures` : ''}`,
    words: [],
    source: [],
    columns,
    records,
    notes: changeNotes(keyed),
    keys: looked === undefined ? [] : keysOf(keyed, looked.looked, []),
  };
}
