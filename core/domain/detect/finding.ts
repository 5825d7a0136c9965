import type { ColumnDraft } from './columns/column-draft';

/** A word of a definition, with what was seen that speaks for it. */
export interface Word {
  readonly key: string;
  readonly value: unknown;
  readonly saw: string;
  /** What is not sure is a comment in a definition. */
  readonly sure: boolean;
}

/** What files of one format turned out to hold. */
export interface Finding {
  readonly format: 'csv' | 'jsonl' | 'json' | 'text' | 'parquet' | 'avro';
  /** Why it is this format. */
  readonly saw: string;
  /** Words of the format's own block: `csv`, `json`, `text`. */
  readonly words: readonly Word[];
  /** Words of `source` itself. */
  readonly source: readonly Word[];
  readonly columns: readonly ColumnDraft[];
  /** Records that were looked at. */
  readonly records: number;
  /** What whoever reads the definition should know besides. */
  readonly notes: readonly string[];
  /** Columns that might identify a record, alone or together, the likelier first. */
  readonly keys: readonly (readonly string[])[];
}
