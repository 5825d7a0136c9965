import { InternalError } from '../../contracts/errors';
import type { Column } from '../../contracts/dataset/column';
import type { Dataset } from '../../contracts/dataset/dataset';
import { boundsOf, figureName, type Expectation } from '../../contracts/dataset/expectation';
import type { Measured } from '../../domain/quality/judge-quality';
import type { Database } from '../duckdb/database';
import { identifier, number, text } from '../duckdb/sql';

/** An expectation about a column; the number of rows needs no file. */
export type ColumnExpectation = Exclude<Expectation, { kind: 'rows' }>;

/** Table with one row of partial figures per set of files. */
const PARTIALS = '_rollcall_partials';
/** Table of the hashes of a column's values, for an expectation by its index. */
const hashes = (i: number) => `_rollcall_hashes${i}`;

/** Hashes that are gathered before those that stand there more than once are taken out: 8 MB. */
const COMPACT_AFTER = 1_000_000;

/**
 * Figures over the accepted records of a partition, a few files at a time, so that no more than those have to be on this machine.
 *
 * Distinct values are counted by hashes of 64 bits, which spill to disk; where there is no room the step runs out of memory, and says so.
 * Of a hundred million values, one pair is alike in about 1 of 4,000 partitions, and then the count is one too low. Sums are exact where
 * the type is.
 */
export class FigureTally {
  /** For an expectation by its index: how many hashes stood there when they were last distinct. */
  private readonly compacted = new Map<number, number>();

  private constructor(
    private readonly database: Database,
    private readonly dataset: Dataset,
    private readonly expectations: readonly ColumnExpectation[],
    private readonly compactAfter: number,
  ) {}

  static async create(
    database: Database,
    dataset: Dataset,
    expectations: readonly ColumnExpectation[],
    /** Only tests give another one. */
    compactAfter = COMPACT_AFTER,
  ): Promise<FigureTally> {
    const tally = new FigureTally(database, dataset, expectations, compactAfter);
    const columns = expectations.flatMap((one, i) =>
      one.kind === 'distinct' ? [] : [`p${i} ${tally.partialType(one)}`],
    );
    await database.run(`CREATE TEMP TABLE ${PARTIALS} (${['records BIGINT', ...columns].join(', ')})`);
    for (const [i, { kind }] of expectations.entries())
      if (kind === 'distinct') await database.run(`CREATE TEMP TABLE ${hashes(i)} (h UBIGINT)`);
    return tally;
  }

  /** Takes some files in. They all have the columns of the definition, for the same definition has written them. */
  async add(paths: readonly string[]): Promise<void> {
    await this.addFrom(`read_parquet([${paths.map(text).join(', ')}])`);
  }

  /** Takes in what can stand after FROM. */
  async addFrom(files: string): Promise<void> {
    const partials = this.expectations.flatMap((one) => (one.kind === 'distinct' ? [] : [this.partial(one)]));
    await this.database.run(`INSERT INTO ${PARTIALS} SELECT ${['count(*)', ...partials].join(', ')} FROM ${files}`);
    for (const [i, { kind, column }] of this.expectations.entries()) {
      if (kind !== 'distinct') continue;
      const name = identifier(column);
      await this.database.run(
        `INSERT INTO ${hashes(i)} SELECT DISTINCT hash(${name}) FROM ${files} WHERE ${name} IS NOT NULL`,
      );
      await this.compact(i);
    }
  }

  /** Takes out repeated hashes whenever there are twice as many as when they were last distinct: each is looked at a few times only. */
  private async compact(i: number): Promise<void> {
    const size = await this.database.count(`SELECT count(*) FROM ${hashes(i)}`);
    if (size < Math.max(this.compactAfter, 2 * (this.compacted.get(i) ?? 0))) return;
    await this.database.run(`CREATE TEMP TABLE _rollcall_distinct AS SELECT DISTINCT h FROM ${hashes(i)}`);
    await this.database.run(`DROP TABLE ${hashes(i)}`);
    await this.database.run(`ALTER TABLE _rollcall_distinct RENAME TO ${hashes(i)}`);
    this.compacted.set(i, await this.database.count(`SELECT count(*) FROM ${hashes(i)}`));
  }

  /**
   * The figures, in the order of the expectations.
   * @param partitionEnd against which freshness is measured
   * @throws InternalError when the files do not have the records that they should
   */
  async measure(records: number, partitionEnd: Date): Promise<Measured[]> {
    const found = await this.database.count(`SELECT coalesce(sum(records), 0) FROM ${PARTIALS}`);
    if (found !== records) throw new InternalError(`the files have ${found} accepted records, expected ${records}`);
    const measured: Measured[] = [];
    for (const [i, expectation] of this.expectations.entries())
      measured.push(await this.measureOne(i, expectation, partitionEnd));
    return measured;
  }

  /** Removes its tables. */
  async drop(): Promise<void> {
    await this.database.run(`DROP TABLE ${PARTIALS}`);
    for (const [i, { kind }] of this.expectations.entries())
      if (kind === 'distinct') await this.database.run(`DROP TABLE ${hashes(i)}`);
  }

  private async measureOne(i: number, expectation: ColumnExpectation, end: Date): Promise<Measured> {
    const { min, max } = boundsOf(expectation);
    const bounds = [
      ...(min === undefined ? [] : [`figure < ${number(min)}`]),
      ...(max === undefined ? [] : [`figure > ${number(max)}`]),
    ];
    // The bounds are compared in SQL: there no digit of a sum is lost.
    const row = await this.database.row(
      `SELECT figure::DOUBLE AS value, figure::VARCHAR AS exact, coalesce(${bounds.join(' OR ') || 'false'}, false) AS breach
       FROM (SELECT ${this.figure(i, expectation, end)} AS figure FROM ${expectation.kind === 'distinct' ? hashes(i) : PARTIALS})`,
    );
    const value = row['value'] === null ? null : Number(row['value']);
    const isExact = expectation.kind === 'sum' && this.columnOf(expectation).type !== 'double';
    const exact =
      isExact && value !== null && !Number.isSafeInteger(Math.trunc(value)) ? { exact: String(row['exact']) } : {};
    return { name: figureName(expectation), value, ...exact, breach: row['breach'] === true };
  }

  /** SQL for the figure over all partial ones. */
  private figure(i: number, { kind }: ColumnExpectation, end: Date): string {
    switch (kind) {
      case 'distinct':
        return 'count(DISTINCT h)';
      case 'nulls':
        return `sum(p${i})::DOUBLE / sum(records)`;
      case 'sum':
        return `sum(p${i})`;
      case 'freshness':
        return `(${end.getTime()} - max(p${i})) / 60000`;
    }
  }

  /** SQL for a column's partial figure over some files. */
  private partial(expectation: Exclude<ColumnExpectation, { kind: 'distinct' }>): string {
    const name = identifier(expectation.column);
    switch (expectation.kind) {
      case 'nulls':
        return `count(*) - count(${name})`;
      case 'sum':
        return `sum(${isWide(this.columnOf(expectation)) ? `${name}::DOUBLE` : name})`;
      case 'freshness':
        // An infinite time, which Parquet can hold, is no time of a newest record.
        return `max(CASE WHEN isfinite(${name}) THEN epoch_ms(${name}) END)`;
    }
  }

  private partialType(expectation: Exclude<ColumnExpectation, { kind: 'distinct' }>): string {
    if (expectation.kind !== 'sum') return 'BIGINT';
    const column = this.columnOf(expectation);
    if (column.type === 'decimal' && !isWide(column)) return `DECIMAL(38, ${column.scale})`;
    return column.type === 'integer' ? 'HUGEINT' : 'DOUBLE';
  }

  private columnOf({ column }: ColumnExpectation): Column {
    const found = this.dataset.columns[column];
    if (found === undefined) throw new InternalError(`dataset ${this.dataset.name} has no column ${column}`);
    return found;
  }
}

/** DuckDB sums decimals in 38 digits: with 27 there is room for a hundred thousand million records, with more it may overflow. */
function isWide(column: Column): boolean {
  return column.type === 'decimal' && column.precision > 27;
}
