import { isUtf8 } from 'node:buffer';
import { statSync } from 'node:fs';
import { RecordsUnaccounted } from '../../contracts/errors';
import type { SourceObject } from '../../contracts/batch/plan';
import type { ShowValue } from '../../domain/batch/sensitive';
import { columnsOf } from '../duckdb/columns';
import { parseCsvRecord } from '../lines/csv-record';
import type { Database } from '../duckdb/database';
import { GzipLines } from './gzip-lines';
import type { LocalFile } from './outputs';
import type { RawRecord, Scrutiny } from '../lines/raw-record';
import type { WrittenLines } from './read-back';
import { recordsOf } from '../lines/records';
import { brokenRules, isSound, maskColumn, maskCount, SHAPE, SHAPE_RULE, type Rule } from '../stage/rules';
import { MAX_SAMPLES, RuleTally } from '../stage/samples';
import { identifier, text } from '../duckdb/sql';
import { RN, STAGE } from '../stage/stage';
import { maySpanLines, type TextFormat } from '../lines/text-format';
import { TrustedLines } from '../lines/trusted-lines';
import { LATER } from '../stage/unique';
import { findWarned, WARNED } from './warned';

/** An object whose records are in the stage, as it lies on this machine. */
export interface StagedObject {
  readonly object: SourceObject;
  readonly path: string;
  /** Null for Parquet. */
  readonly format: TextFormat | null;
  readonly scrutiny: Scrutiny;
  /** Records of the batch before this object. */
  readonly after: number;
  /** Records in the stage. */
  readonly rows: number;
  /** Lines that are no record, which are not in the stage. */
  readonly misshapen: number;
  /** CRC-32 of the file as it was landed. */
  readonly crc32: string;
}

const NO_VALUES: ReadonlyMap<string, unknown> = new Map();

/** What a record of the stage broke: rules for which it is not accepted, and rules that only warn. */
interface Broken {
  readonly rejecting: readonly Rule[];
  readonly warning: readonly Rule[];
}

/** Column that says whether a record is one of those whose unique key an earlier one has. */
const IS_LATER = '_rollcall_is_later';

/** Bytes of a long record that are kept: the whole of it is in the source, at the line that is told. */
const MAX_RAW_BYTES = 256 * 1024;

/**
 * Writes the records that are not accepted, one JSON line each (`contracts/batch/quarantine.ts`): `{object, line, broken, brokenValues, raw}`
 * with the text as it came (`rawBase64` where it is not UTF-8), or for Parquet `{object, line: null, broken, brokenValues, values}`.
 * JavaScript touches these records one by one, and no others but the few that are shown for rules that only warn.
 */
export class Quarantine {
  readonly tally: RuleTally;
  private readonly lines: GzipLines;
  private hasWarned: boolean | undefined;

  constructor(
    private readonly database: Database,
    private readonly rules: readonly Rule[],
    /** The rule that a record with the unique key of an earlier one breaks. */
    private readonly unique: Rule,
    private readonly path: string,
    private readonly show: ShowValue,
    /** Table of the numbers of the few records that are wanted; null for all. */
    private readonly picked: string | null = null,
  ) {
    this.tally = new RuleTally(show);
    this.lines = new GzipLines(path);
  }

  /** Writes one object's records. */
  async add(staged: StagedObject): Promise<void> {
    this.hasWarned ??= await findWarned(this.database, this.rules, this.unique, this.tally);
    if (staged.format === null) await this.addValues(staged);
    else await this.addText(staged, staged.format);
  }

  /** Closes the file; null when no record is in it. */
  close(): (LocalFile & WrittenLines) | null {
    this.lines.close();
    const { records, crc32, textCrc32 } = this.lines;
    return records === 0 ? null : { path: this.path, records, bytes: statSync(this.path).size, crc32, textCrc32 };
  }

  private async addText(staged: StagedObject, format: TextFormat): Promise<void> {
    if (staged.scrutiny === 'trusting' && !maySpanLines(format)) await this.addLines(staged, format);
    else await this.addRecords(staged, format);
  }

  private async addLines(staged: StagedObject, format: TextFormat): Promise<void> {
    const lines = new TrustedLines(staged.path, format);
    try {
      await this.addBroken(staged, format, (wanted) => lines.find(wanted));
    } finally {
      lines.close();
    }
  }

  /** The rows of the stage and the file's records come in the same order, so that one walk over the file finds them all. */
  private async addBroken(
    staged: StagedObject,
    format: TextFormat,
    find: (wanted: number) => RawRecord | undefined,
  ): Promise<void> {
    let number = 0;
    for await (const rows of this.database.stream(this.brokenRows(staged))) {
      for (const row of rows) {
        const wanted = Number(row[RN]) - staged.after;
        if (wanted <= number) throw new RecordsUnaccounted(`record ${wanted} came after record ${number}`);
        number = wanted;
        const record = find(wanted);
        if (record === undefined) throw new RecordsUnaccounted(`record ${wanted} is not in ${staged.object.key}`);
        this.writeText(staged, format, record, this.brokenBy(row));
      }
    }
  }

  /** Goes through each record, because among them may be lines that are none. */
  private async addRecords(staged: StagedObject, format: TextFormat): Promise<void> {
    const records = recordsOf(staged.path, format, staged.scrutiny);
    const wanted = this.picked === null ? staged.misshapen : Math.min(staged.misshapen, MAX_SAMPLES);
    let number = 0;
    let misshapen = 0;
    const nextSound = (): RawRecord | undefined => {
      for (let next = records.next(); next.done !== true; next = records.next()) {
        if (next.value.problem === null) {
          number += 1;
          return next.value;
        }
        misshapen += 1;
        this.writeText(staged, format, next.value, { rejecting: [SHAPE], warning: [] });
      }
      return undefined;
    };
    try {
      await this.addBroken(staged, format, (wanted) => {
        let record = nextSound();
        while (record !== undefined && number < wanted) record = nextSound();
        return record;
      });
      while (misshapen < wanted && nextSound() !== undefined);
    } finally {
      records.return(undefined);
    }
    if (this.picked === null && misshapen !== staged.misshapen)
      throw new RecordsUnaccounted(
        `found ${misshapen} lines that are no record in ${staged.object.key}, expected ${staged.misshapen}`,
      );
  }

  private writeText({ object }: StagedObject, format: TextFormat, record: RawRecord, broken: Broken): void {
    const { line, raw } = record;
    const { rejecting, warning } = broken;
    const noRecord = rejecting.some(({ name }) => name === SHAPE_RULE);
    const values = noRecord ? NO_VALUES : valuesOf(raw, format);
    this.tally.sample(warning, { object: object.key, line }, values, null);
    if (rejecting.length === 0) return;
    const problem = noRecord ? (record.problem ?? 'not one JSON object with each key once') : null;
    this.tally.add(rejecting, { object: object.key, line }, values, problem);
    const kept = raw.subarray(0, MAX_RAW_BYTES);
    this.lines.write(
      JSON.stringify({
        object: object.key,
        line,
        broken: rejecting.map(({ name }) => name),
        ...(problem === null ? { brokenValues: this.brokenValues(rejecting, values) } : { problem }),
        ...(isUtf8(kept) ? { raw: kept.toString('utf8') } : { rawBase64: kept.toString('base64') }),
        ...(kept.length < raw.length ? { truncated: true } : {}),
      }),
    );
  }

  private async addValues(staged: StagedObject): Promise<void> {
    if ((await this.database.count(`SELECT count(*) FROM (${this.brokenRows(staged)})`)) === 0) return;
    const file = `read_parquet(${text(staged.path)}, file_row_number = true)`;
    const found = await columnsOf(this.database, `read_parquet(${text(staged.path)})`);
    const fields = found.map(({ name, type }) => {
      const column = identifier(name);
      return `${column} := ${jsonValue(`_rollcall_file.${column}`, type)}`;
    });
    const record = `struct_pack(${fields.join(', ')})`;
    // Side by side, because both have the same records in the same order: a join would keep one of them in memory.
    const beside = {
      select: `, to_json(${record})::VARCHAR AS values, _rollcall_file.file_row_number + 1 AS _rollcall_in_file`,
      join: `POSITIONAL JOIN ${file} _rollcall_file`,
    };
    for await (const rows of this.database.stream(this.brokenRows(staged, beside))) {
      for (const row of rows) {
        const number = Number(row[RN]) - staged.after;
        if (Number(row['_rollcall_in_file']) !== number)
          throw new RecordsUnaccounted(
            `beside record ${number} is record ${String(row['_rollcall_in_file'])} of the file`,
          );
        const { rejecting, warning } = this.brokenBy(row);
        const place = { object: staged.object.key, line: null };
        const values = String(row['values']);
        const parsed = new Map<string, unknown>(Object.entries(JSON.parse(values) as object));
        this.tally.sample(warning, place, parsed, null);
        if (rejecting.length === 0) continue;
        this.tally.add(rejecting, place, parsed, null);
        // As DuckDB wrote them: going through JavaScript's numbers would alter large integers.
        const brokenValues = this.brokenValues(rejecting, parsed);
        const head = JSON.stringify({ ...place, broken: rejecting.map(({ name }) => name), brokenValues });
        this.lines.write(`${head.slice(0, -1)},"values":${values}}`);
      }
    }
  }

  /** The values that explain the break, as samples show them. */
  private brokenValues(broken: readonly Rule[], values: ReadonlyMap<string, unknown>): Record<string, string> {
    const columns = new Set(broken.flatMap((rule) => rule.columns));
    return Object.fromEntries([...columns].map((column) => [column, this.show(column, values.get(column) ?? null)]));
  }

  /** The staged records of one object that are not accepted or have to be shown, in their order. */
  private brokenRows({ after, rows }: StagedObject, { select, join } = { select: '', join: '' }): string {
    const columns = Array.from({ length: maskCount(this.rules) }, (_, i) => maskColumn(i));
    const later = `${RN} IN (SELECT ${RN} FROM ${LATER})`;
    const wanted = [
      `NOT (${isSound(this.rules)})`,
      ...(this.unique.warns ? [] : [later]),
      ...(this.hasWarned === true ? [`${RN} IN (SELECT ${RN} FROM ${WARNED})`] : []),
    ];
    const staged = `(SELECT * FROM ${STAGE} WHERE ${RN} > ${after} AND ${RN} <= ${after + rows})`;
    return `SELECT ${RN}, ${columns.join(', ')}, ${later} AS ${IS_LATER}${select} FROM ${staged} _rollcall_records ${join}
            WHERE (${wanted.join(' OR ')})${this.picked === null ? '' : ` AND ${RN} IN (SELECT ${RN} FROM ${this.picked}) ORDER BY ${RN}`}`;
  }

  private brokenBy(row: Record<string, unknown>): Broken {
    const masks = Array.from({ length: maskCount(this.rules) }, (_, i) => Number(row[maskColumn(i)]));
    const broken = brokenRules(this.rules, masks);
    const rejecting = broken.filter(({ warns }) => !warns);
    const warning = broken.filter(({ warns }) => warns);
    if (row[IS_LATER] !== true) return { rejecting, warning };
    // A record that breaks rules is never one of those with another's key.
    return this.unique.warns
      ? { rejecting, warning: [...warning, this.unique] }
      : { rejecting: [this.unique], warning };
  }
}

/** SQL for a value as JSON can hold it: NaN and the infinities as text, which `to_json` would write bare. */
function jsonValue(value: string, type: string): string {
  if (type === 'FLOAT' || type === 'DOUBLE')
    return `CASE WHEN isfinite(${value}) THEN to_json(${value}) ELSE to_json(${value}::VARCHAR) END`;
  return /FLOAT|DOUBLE/.test(type) ? `${value}::VARCHAR` : value;
}

/** The values of a record by column. */
function valuesOf(raw: Buffer, format: TextFormat): ReadonlyMap<string, unknown> {
  const line = raw.toString('utf8');
  if (format.kind === 'jsonl') return jsonValues(line);
  const parsed = parseCsvRecord(line, format.delimiter);
  if ('problem' in parsed) return new Map();
  return new Map(format.header.map((name, i) => [name, parsed.fields[i]]));
}

/** DuckDB's parser takes NaN and a comma at the end of an object, JavaScript's does not: such a record has no values to show. */
function jsonValues(line: string): ReadonlyMap<string, unknown> {
  try {
    return new Map(Object.entries(JSON.parse(line) as object));
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
}
