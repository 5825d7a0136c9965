import type { Dataset } from '../contracts/dataset';
import type { Database } from './database';
import {
  compileRules,
  isSound,
  maskColumn,
  maskCount,
  rejectingBits,
  type ColumnSql,
  type RecordConditions,
  type Rule,
} from './rules';
import { keepsOrder } from './references';
import { identifier } from './sql';
import { sqlType } from './typed-text';

/** Table of all records of a batch: number, typed columns, broken rules. */
export const STAGE = '_rollcall_stage';
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
}

/** Makes the empty stage. */
export async function createStage(database: Database, dataset: Dataset, rules: readonly Rule[]): Promise<void> {
  const columns = Object.entries(dataset.columns).map(([name, column]) => `${identifier(name)} ${sqlType(column)}`);
  const bits = Array.from({ length: maskCount(rules) }, (_, i) => `${maskColumn(i)} INTEGER`);
  await database.run(
    `CREATE TEMP TABLE ${STAGE} (${[`${RN} BIGINT`, ...columns, ...bits, `${HASH} UBIGINT`].join(', ')})`,
  );
}

/**
 * The rules as they apply to every object of a dataset. Their names and their order do not depend on the format, so one list serves a
 * whole batch.
 */
export function ruleNames(dataset: Dataset): readonly Rule[] {
  const columns = Object.entries(dataset.columns).map(([name, column]) => ({ name, column, source: 'NULL' }));
  return compileRules(dataset, columns, { misshapen: null, extraKeys: null }).rules;
}

/**
 * One scan: reads an object, types its columns and finds the rules that each record breaks.
 * @param after records of the batch before this object
 * @returns how many records it has
 */
export async function stageReading(
  database: Database,
  dataset: Dataset,
  reading: Reading,
  after: number,
): Promise<number> {
  const { rules, questions, columnMasks, rowMasks } = compileRules(dataset, reading.columns, reading.conditions);
  const names = reading.columns.map(({ name }) => identifier(name));
  const typed = reading.columns.map(({ name, typed: sql }) => `${sql} AS ${identifier(name)}`);
  const masks = columnMasks.map((_, i) => maskColumn(i));
  const sound = isSound(rules);
  // Row rules are asked about records whose columns keep their own rules: NULL of a broken column would break them all.
  const rows = rowMasks.map((sql, i) =>
    sql === null ? masks[i] : `CASE WHEN ${sound} THEN ${masks[i]} + ${sql} ELSE ${masks[i]} END AS ${masks[i]}`,
  );
  await database.run(
    `INSERT INTO ${STAGE}
     SELECT *, ${hashOf([...names, ...rejectingBits(rules)])}
     FROM (SELECT ${RN} + ${after}, ${[...names, ...rows].join(', ')}
           FROM (SELECT ${[RN, ...names, ...columnMasks.map((sql, i) => `${sql} AS ${masks[i]}`)].join(', ')}
                 FROM (SELECT ${['*', ...questions].join(', ')} FROM (SELECT *, ${typed.join(', ')} FROM (${reading.from})))))
     ${(await keepsOrder(database, dataset)) ? '' : `ORDER BY 1`}`,
  );
  return database.count(`SELECT count(*) FROM ${STAGE} WHERE ${RN} > ${after}`);
}

/** SQL for the hash of some values: their types, their order and which of them are missing all count. */
export const hashOf = (values: readonly string[]) => `hash(${values.join(', ')})`;

/** Takes the records of the last object out again. */
export async function unstage(database: Database, after: number): Promise<void> {
  await database.run(`DELETE FROM ${STAGE} WHERE ${RN} > ${after}`);
}
