import type { Issue } from '../issue';
import type { Read } from '../source-checks';
import type { FormatName } from '.';
import { checkCsv } from './csv-check';
import { checkText } from './text-check';

/** What the words of each format are to each other and to the columns; null for one that has none. */
export const FORMAT_CHECKS: Readonly<Record<FormatName, ((read: Read, issue: Issue) => void) | null>> = {
  csv: checkCsv,
  jsonl: null,
  json: null,
  parquet: null,
  avro: null,
  text: checkText,
};
