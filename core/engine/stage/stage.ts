import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../../contracts/dataset/dataset';
import { DefinitionFault } from '../../contracts/errors';
import type { Database } from '../duckdb/database';
import { isAccountedFor, type Tell } from '../sql/definition-fault';
import {
  compileRules,
  isSound,
  maskColumn,
  maskCount,
  mentionedColumns,
  rejectingBits,
  type ColumnSql,
  type RecordConditions,
  type Rule,
} from './rules';
import { keepsOrder } from './references';
import { identifier, text } from '../duckdb/sql';
import { sqlType } from './typed-text';

/** View of all records of a batch in their order: number, typed columns, broken rules. */
export const STAGE = '_rollcall_stage';
/** Table of the records of objects that are small enough. */
export const TABLE = '_rollcall_staged';
/** The record's number within the batch, from 1. */
export const RN = '_rollcall_rn';
/** Hash of the record's columns and of the rules for which it is rejected, made in the same statement as they: what is published has to add up to it. */
export const HASH = '_rollcall_hash';

/** What a reader of one format says about one object. */
export interface Reading {
  /** SELECT with the column `_rollcall_rn` (from 1) and every source column under its own name. */
  readonly from: string;
  readonly columns: readonly (ColumnSql & {
    /** SQL for the typed value over the columns of `from`. */
    readonly typed: string;
  })[];
  readonly conditions: RecordConditions;
  /** About how many bytes its records take in a table. */
  readonly bytes: number;
}

/**
 * The rules as they apply to every object of a dataset. Their names and their order do not depend on the format, so one list serves a
 * whole batch.
 */
export function ruleNames(dataset: Dataset): readonly Rule[] {
  const columns = Object.entries(dataset.columns).map(([name, column]) => ({ name, column, source: 'NULL' }));
  return compileRules(dataset, columns, { misshapen: null, extraKeys: null }).rules;
}

/** Records that follow each other: in the table, or in a file of their own. */
interface Segment {
  /** Records before the first of them. */
  readonly after: number;
  readonly records: number;
  readonly bytes: number;
  readonly file: string | null;
}

/** What a record takes in a table beside its values: number, hash and masks; and what a value takes, long texts not counted. */
const BYTES_OF_RECORD = 24;
const BYTES_OF_VALUE = 12;

/**
 * About how many bytes the records of an object take in a table.
 * @param textBytes of the object as text; 0 where it is none
 */
export function stagedBytes({ columns }: Pick<Dataset, 'columns'>, records: number, textBytes: number): number {
  return Math.max(textBytes, records * (BYTES_OF_RECORD + BYTES_OF_VALUE * Object.keys(columns).length));
}

/** Uncompressed and without dictionaries: read a few times, on this machine. */
const FILE_OPTIONS = 'FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1';

/**
 * Where the records of a batch are while they are looked at. Few go into a table; those of an object for which the buffer has no room go
 * into a file: a table that DuckDB has to spill costs a fifth of the whole at 1 GB, and twice the memory.
 */
export class Stage {
  private segments: readonly Segment[] = [];
  private files = 0;

  private constructor(
    readonly database: Database,
    private readonly dataset: Dataset,
    private readonly workDir: string,
    private readonly mostTableBytes: number,
    private readonly tell: Tell,
  ) {}

  /**
   * Makes an empty one.
   * @param mostTableBytes most bytes that are kept in a table
   * @param tell how a row rule that fails is told
   */
  static async create(
    database: Database,
    dataset: Dataset,
    {
      workDir,
      mostTableBytes,
      tell,
    }: { readonly workDir: string; readonly mostTableBytes: number; readonly tell: Tell },
  ): Promise<Stage> {
    const columns = Object.entries(dataset.columns).map(([name, column]) => `${identifier(name)} ${sqlType(column)}`);
    const bits = Array.from({ length: maskCount(ruleNames(dataset)) }, (_, i) => `${maskColumn(i)} INTEGER`);
    await database.run(
      `CREATE TEMP TABLE ${TABLE} (${[`${RN} BIGINT`, ...columns, ...bits, `${HASH} UBIGINT`].join(', ')})`,
    );
    const stage = new Stage(database, dataset, workDir, mostTableBytes, tell);
    await stage.show([]);
    return stage;
  }

  /**
   * One scan: reads an object, types its columns and finds the rules that each record breaks.
   * @param after records of the batch before this object
   * @returns how many records it has
   * @throws DefinitionFault when a row rule fails on them; else what the reader says
   */
  async add(reading: Reading, after: number): Promise<number> {
    const { bytes } = reading;
    const query = `${stagedSql(this.dataset, reading, after)}
     ${(await keepsOrder(this.database, this.dataset)) ? '' : 'ORDER BY 1'}`;
    const inTable = this.segments.reduce((sum, segment) => sum + (segment.file === null ? segment.bytes : 0), 0);
    const file = inTable + bytes > this.mostTableBytes ? join(this.workDir, `stage-${this.files++}.parquet`) : null;
    const statement =
      file === null ? `INSERT INTO ${TABLE} ${query}` : `COPY (${query}) TO ${text(file)} (${FILE_OPTIONS})`;
    const records = await this.database.count(statement).catch(async (error: unknown) => {
      if (isAccountedFor(error)) throw error;
      throw (await this.faultOfRule(reading)) ?? error;
    });
    await this.show([...this.segments, { after, records, bytes, file }]);
    return records;
  }

  /** Takes the records of the last object out again. */
  async undo(after: number): Promise<void> {
    const last = this.segments.at(-1);
    if (last?.after !== after) return;
    await this.show(this.segments.slice(0, -1));
    if (last.file === null) await this.database.run(`DELETE FROM ${TABLE} WHERE ${RN} > ${after}`);
    else await rm(last.file);
  }

  /** Takes all records out again. */
  async clear(): Promise<void> {
    const { segments } = this;
    await this.show([]);
    await this.database.run(`DELETE FROM ${TABLE}`);
    for (const { file } of segments) if (file !== null) await rm(file);
  }

  /** The row rule that fails on an object's records; undefined where none does, so that its reader has to be asked. */
  private async faultOfRule(reading: Reading): Promise<DefinitionFault | undefined> {
    const { rowRules, name } = this.dataset;
    const failure = async (rules: Dataset['rowRules']): Promise<unknown> => {
      const query = stagedSql({ ...this.dataset, rowRules: rules }, reading, 0);
      try {
        await this.database.rows(`SELECT max(${HASH}) FROM (${query})`);
        return undefined;
      } catch (error) {
        if (isAccountedFor(error)) throw error;
        return error;
      }
    };
    if (rowRules.length === 0 || (await failure([])) !== undefined) return undefined;
    for (const rule of rowRules) {
      const error = await failure([rule]);
      if (error === undefined) continue;
      const columns = mentionedColumns(this.dataset, rule.sql);
      const of = columns.length === 0 ? '' : ` (over ${columns.map((column) => JSON.stringify(column)).join(', ')})`;
      return new DefinitionFault(`the rule ${rule.name} of ${name}${of} failed: ${this.tell(error)}`, {
        details: { rule: rule.name, columns },
      });
    }
    return undefined;
  }

  private async show(segments: readonly Segment[]): Promise<void> {
    const whole = `SELECT * FROM ${TABLE}`;
    const parts = segments.map(({ after, records, file }) =>
      file === null
        ? `${whole} WHERE ${RN} BETWEEN ${after + 1} AND ${after + records}`
        : `SELECT * FROM read_parquet(${text(file)})`,
    );
    const mixed = segments.some(({ file }) => file !== null);
    await this.database.run(`CREATE OR REPLACE TEMP VIEW ${STAGE} AS ${mixed ? parts.join(' UNION ALL ') : whole}`);
    this.segments = segments;
  }
}

/** The SELECT for an object's records as they are staged. */
export function stagedSql(dataset: Dataset, reading: Reading, after: number): string {
  const { rules, questions, columnMasks, rowMasks } = compileRules(dataset, reading.columns, reading.conditions);
  const names = reading.columns.map(({ name }) => identifier(name));
  const typed = reading.columns.map(
    ({ name, column, typed: sql }) => `CAST(${sql} AS ${sqlType(column)}) AS ${identifier(name)}`,
  );
  const masks = columnMasks.map((_, i) => maskColumn(i));
  const sound = isSound(rules);
  // Row rules are asked about records whose columns keep their own rules: NULL of a broken column would break them all.
  const rows = rowMasks.map((sql, i) => {
    const mask = sql === null ? masks[i] : `CASE WHEN ${sound} THEN ${masks[i]} + ${sql} ELSE ${masks[i]} END`;
    return `CAST(${mask} AS INTEGER) AS ${masks[i]}`;
  });
  return `SELECT *, ${hashOf([...names, ...rejectingBits(rules)])} AS ${HASH}
     FROM (SELECT ${RN} + ${after} AS ${RN}, ${[...names, ...rows].join(', ')}
           FROM (SELECT ${[RN, ...names, ...columnMasks.map((sql, i) => `${sql} AS ${masks[i]}`)].join(', ')}
                 FROM (SELECT ${['*', ...questions].join(', ')} FROM (SELECT *, ${typed.join(', ')} FROM (${reading.from})))))`;
}

/** SQL for the hash of some values: their types, their order and which of them are missing all count. */
export const hashOf = (values: readonly string[]) => `hash(${values.join(', ')})`;
