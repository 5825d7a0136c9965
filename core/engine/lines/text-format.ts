import type { Dataset } from '../../contracts/dataset/dataset';

/** What has to be known of a text object to tell its records apart. */
export interface CsvFormat {
  readonly kind: 'csv';
  readonly delimiter: string;
  /** Names in the object's own header, in its order. */
  readonly header: readonly string[];
  /** Per field of the header, whether its values may hold line feeds. */
  readonly multiline: readonly boolean[];
}
export interface JsonlFormat {
  readonly kind: 'jsonl';
}
export type TextFormat = CsvFormat | JsonlFormat;

/**
 * Longest record, as DuckDB's readers are told: about its default of 2 MB for CSV, and for JSON a quarter of its
 * default of 16 MiB, because a reader's buffers are a multiple of it.
 */
export const MAX_RECORD_BYTES = { csv: 2 * 1024 * 1024, jsonl: 4 * 1024 * 1024 } as const;

/** Columns whose values may hold line feeds. */
export function isMultiline(dataset: Dataset, column: string): boolean {
  const declared = dataset.columns[column];
  return declared?.type === 'string' && declared.multiline;
}

/** The format of one CSV object. */
export function csvFormat(dataset: Dataset, header: readonly string[]): CsvFormat {
  return {
    kind: 'csv',
    delimiter: dataset.source.delimiter,
    header,
    multiline: header.map((name) => isMultiline(dataset, name)),
  };
}

/** Whether any field may hold line feeds, so that a record may take several lines. */
export function maySpanLines(format: TextFormat): boolean {
  return format.kind === 'csv' && format.multiline.some(Boolean);
}

/** Whether an empty line is a record: in a file of one column it is one that has no value, as DuckDB reads it. */
export function blankIsRecord(format: TextFormat): boolean {
  return format.kind === 'csv' && format.header.length === 1;
}
