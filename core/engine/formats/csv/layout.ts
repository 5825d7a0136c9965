import type { Dataset } from '../../../contracts/dataset/dataset';
import type { LineLayout } from '../../lines/layout';

/** What has to be known of one CSV object to tell its records apart. */
export interface CsvLayout extends LineLayout {
  readonly delimiter: string;
  /** Names in the object's own header, in its order. */
  readonly header: readonly string[];
  /** Per field of the header, whether its values may hold line feeds. */
  readonly multiline: readonly boolean[];
}

/** Longest record, as DuckDB's reader is told: about its default of 2 MB. */
const MAX_RECORD_BYTES = 2 * 1024 * 1024;
const [CR, QUOTE] = [13, 34];

/** The layout of an object with this header. */
export function csvLayout(dataset: Pick<Dataset, 'source' | 'columns'>, header: readonly string[]): CsvLayout {
  const multiline = header.map((name) => {
    const column = dataset.columns[name];
    return column?.type === 'string' && column.multiline;
  });
  return {
    delimiter: dataset.source.delimiter,
    header,
    multiline,
    linesBefore: 1,
    blanks: [CR],
    // In a file of one column an empty line is a record that has no value, as DuckDB reads it.
    blankIsRecord: header.length === 1,
    quote: multiline.some(Boolean) ? QUOTE : null,
    maxBytes: MAX_RECORD_BYTES,
    shape: null,
  };
}
