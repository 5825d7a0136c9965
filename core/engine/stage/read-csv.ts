import { openSync, closeSync, statSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Dataset } from '../../contracts/dataset/dataset';
import { RecordsUnaccounted } from '../../contracts/errors';
import { crc32Text } from '../../domain/batch/crc32-text';
import { formatCsvRecord, parseCsvRecord } from '../lines/csv-record';
import { briefly } from '../duckdb/briefly';
import { isAccountedFor } from '../sql/definition-fault';
import { refuseAltered } from '../bytes/file-checksum';
import type { LandedText } from '../bytes/land';
import type { Scrutiny } from '../lines/raw-record';
import { recordsOf } from '../lines/records';
import { isMisshapen } from './rules';
import { text } from '../duckdb/sql';
import { RN, STAGE, stagedBytes, type Reading, type Stage } from './stage';
import { MAX_RECORD_BYTES, maySpanLines, type CsvFormat } from '../lines/text-format';
import { castText, typedText } from './typed-text';

/** How the records of an object got into the stage. */
export interface Staged {
  /** Records in the stage. */
  readonly rows: number;
  /** Lines that are no record, which are not in the stage. */
  readonly misshapen: number;
  /** How its records have to be told apart to find them again by number. */
  readonly scrutiny: Scrutiny;
  /** Whether it was not read to its end, for it has too many lines that are no record; then none of the others is in the stage. */
  readonly stopped: boolean;
}

/**
 * Reads a CSV object with the strict reader. Where that stumbles, or gives another number of records than the bytes have, the object is
 * gone through line by line: lines that are no record are set aside, and the strict reader gets the others. Nothing is ever skipped
 * unseen (`ignore_errors` drops rows without a trace; `docs/engine.md` §3).
 */
export async function stageCsv(
  stage: Stage,
  dataset: Dataset,
  landed: LandedText,
  after: number,
  mostMisshapen: number,
): Promise<Staged> {
  const format = landed.format as CsvFormat;
  if (!landed.isHard && (await stagesAsItIs(stage, dataset, landed, after)))
    return { rows: landed.records, misshapen: 0, scrutiny: 'trusting', stopped: false };
  const sound = `${landed.path}.sound`;
  const { records, misshapen, crc32: expected } = setAside(landed.path, sound, format, mostMisshapen);
  if (misshapen > mostMisshapen) return { rows: 0, misshapen, scrutiny: 'checking', stopped: true };
  const rows = await stage.add(csvReading(dataset, sound, format, records), after);
  refuseAltered(sound, expected, 'the file of its sound records');
  if (rows !== records) {
    throw new RecordsUnaccounted(`the reader gave ${rows} records, expected ${records} as counted line by line`);
  }
  return { rows, misshapen, scrutiny: 'checking', stopped: false };
}

async function stagesAsItIs(stage: Stage, dataset: Dataset, landed: LandedText, after: number): Promise<boolean> {
  const format = landed.format as CsvFormat;
  let rows: number;
  try {
    rows = await stage.add(csvReading(dataset, landed.path, format, landed.records), after);
  } catch (error) {
    if (isAccountedFor(error) || !isCsvError(error)) throw error;
    return false;
  }
  // With values of several lines the counts agree even if a stray quote has swallowed lines: then a line feed stands where none may.
  const swallowed =
    maySpanLines(format) &&
    (await stage.database.count(`SELECT count(*) FROM ${STAGE} WHERE ${RN} > ${after} AND ${isMisshapen}`)) > 0;
  if (rows === landed.records && !swallowed) return true;
  await stage.undo(after);
  return false;
}

/** DuckDB names all of its errors `Error`; those of its CSV reader begin so. */
function isCsvError(error: unknown): boolean {
  return /^Invalid Input Error: .*(CSV|unicode|UTF-?8)/i.test(briefly(error));
}

/** What came of setting aside the lines that are no record. */
export interface SetAside {
  readonly records: number;
  readonly misshapen: number;
  /** CRC-32 of the file of the others. */
  readonly crc32: string;
}

/** Splits a file into what the strict reader takes and what is no record; not to its end where there are too many of these. */
function setAside(path: string, sound: string, format: CsvFormat, most: number): SetAside {
  const fd = openSync(sound, 'w');
  try {
    let records = 0;
    let misshapen = 0;
    let pieces: string[] = [
      `${formatCsvRecord(
        format.header.map((_, i) => `c${i}`),
        format.delimiter,
      )}\n`,
    ];
    let size = 0;
    let checksum = 0;
    const flush = () => {
      const bytes = Buffer.from(pieces.join(''));
      checksum = crc32(bytes, checksum);
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      pieces = [];
      size = 0;
    };
    for (const { raw, problem } of recordsOf(path, format, 'checking')) {
      const parsed = problem === null ? parseCsvRecord(raw.toString('utf8'), format.delimiter) : undefined;
      if (parsed === undefined || 'problem' in parsed) {
        misshapen += 1;
        if (misshapen > most) break;
        continue;
      }
      records += 1;
      pieces.push(formatCsvRecord(parsed.fields.slice(0, format.header.length), format.delimiter), '\n');
      size += raw.length;
      if (size > 1 << 20) flush();
    }
    flush();
    return { records, misshapen, crc32: crc32Text(checksum) };
  } finally {
    closeSync(fd);
  }
}

/** The strict reader over an object's own columns, which are taken by the names in its header. */
function csvReading(dataset: Dataset, path: string, format: CsvFormat, records: number): Reading {
  const fields = format.header.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ');
  const options = [
    'auto_detect = false',
    'header = true',
    `delim = ${text(format.delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
    'strict_mode = true',
    `max_line_size = ${MAX_RECORD_BYTES.csv}`,
    `columns = {${fields}}`,
  ];
  const columns = Object.entries(dataset.columns).map(([name, column]) => {
    const at = format.header.indexOf(name);
    const source = `_rollcall_c${at}`;
    return {
      name,
      column,
      source,
      typed: typedText(column, source, `_rollcall_cast${at}`),
      cast: castText(column, source),
      at,
    };
  });
  // In a projection of their own, because they are used more than once below.
  const casts = columns.flatMap(({ cast, at }) => (cast === null ? [] : [`, ${cast} AS _rollcall_cast${at}`]));
  const source = format.header.map((_, i) => `c${i} AS _rollcall_c${i}`);
  const single = format.header.flatMap((_, i) => (format.multiline[i] === true ? [] : [`_rollcall_c${i}`]));
  const lineFeeds = single.map((field) => `coalesce(contains(${field}, chr(10)), false)`).join(' OR ');
  return {
    from: `SELECT *${casts.join('')}
           FROM (SELECT row_number() OVER () AS ${RN}, ${source.join(', ')} FROM read_csv(${text(path)}, ${options.join(', ')}))`,
    columns,
    bytes: stagedBytes(dataset, records, statSync(path).size),
    // A line feed where none is declared is the trace of a stray quote. Without multiline columns the counts tell.
    conditions: { misshapen: maySpanLines(format) && lineFeeds !== '' ? lineFeeds : null, extraKeys: null },
  };
}
