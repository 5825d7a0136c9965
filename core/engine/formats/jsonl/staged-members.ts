import type { Dataset } from '../../../contracts/dataset/dataset';
import { SchemaMismatch } from '../../../contracts/errors';
import { renderValue } from '../../../contracts/problems';
import { listed } from '../../../domain/text/lists';
import type { Database } from '../../duckdb/database';
import { identifier, textList } from '../../duckdb/sql';
import { hasExtraKeys, isMisshapen } from '../../stage/rules';
import { RN, STAGE } from '../../stage/stage';
import type { Members } from '../format';
import { pathOf } from './exact-records';
import type { MemberPath } from './member-finder';
import { around, pointer } from './pointers';

/** Names that are shown. */
const SHOWN = 20;

interface Read {
  /** SQL for the reader. */
  readonly reader: string;
  /** Where in each line the record is. */
  readonly root: MemberPath;
  /** SQL that counts records of which the digits may be lost; null where none are. */
  readonly uncertain: string | null;
}

/** The members of an object's records, looked at once they are in the stage. */
export class StagedMembers implements Members {
  empty: readonly string[] = [];

  constructor(
    private readonly database: Database,
    private readonly dataset: Dataset,
    private readonly read: Read,
  ) {}

  /**
   * @param after records of the batch before these
   * @returns whether the reader has kept all digits
   * @throws SchemaMismatch naming keys that are not declared, where the definition does not ignore them
   */
  async check(after: number): Promise<boolean> {
    const columns = Object.entries(this.dataset.columns).filter(([name, column]) => pathOf(name, column).length > 0);
    const counts = columns.map(([name], i) => `count(${identifier(name)}) AS _rollcall_n${i}`);
    const [row = {}] = await this.database.rows(
      `SELECT count(*) AS _rollcall_all, count(*) FILTER (${isMisshapen}) AS _rollcall_none,
              count(*) FILTER (${hasExtraKeys}) AS _rollcall_extra ${counts.map((sql) => `, ${sql}`).join('')}
       FROM ${STAGE} WHERE ${RN} > ${after}`,
    );
    const count = (name: string) => Number(row[`_rollcall_${name}`]);
    if (count('none') > 0 && this.read.uncertain !== null && (await this.database.count(this.read.uncertain)) > 0)
      return false;
    if (count('extra') > 0) await this.refuseExtraKeys();
    const hasRecords = count('all') > count('none');
    this.empty = columns.filter((_, i) => hasRecords && count(`n${i}`) === 0).map(([name]) => name);
    return true;
  }

  async absent(columns: readonly string[]): Promise<readonly string[]> {
    const counts = columns.map((name, i) => `count(json_type(json, ${this.pointer(this.pathOf(name))})) AS n${i}`);
    const [row = {}] = await this.database.rows(`SELECT ${counts.join(', ')} FROM ${this.read.reader}`);
    return columns.filter((_, i) => Number(row[`n${i}`]) === 0);
  }

  async whereItWouldBe(column: string): Promise<readonly string[]> {
    const outer = around(this.pathOf(column));
    if (outer.length === 0) return [];
    const counts = outer.map(
      (path, i) => `count(*) FILTER (json_type(json, ${this.pointer(path)}) = 'OBJECT') AS n${i}`,
    );
    const [row = {}] = await this.database.rows(`SELECT ${counts.join(', ')} FROM ${this.read.reader}`);
    return outer.findLast((_, i) => Number(row[`n${i}`]) > 0) ?? [];
  }

  undeclaredIn(at: readonly string[]): string {
    const paths = Object.keys(this.dataset.columns)
      .map((name) => this.pathOf(name))
      .filter((path) => path.length > 0);
    const isAt = (path: MemberPath, other: MemberPath) => other.every((name, i) => path[i] === name);
    // What is inside of a column is declared with it.
    if (paths.some((path) => isAt(at, path))) return `SELECT NULL::VARCHAR AS name WHERE false`;
    const declared = paths.filter((path) => isAt(path, at)).map((path) => path[at.length] ?? '');
    return `SELECT DISTINCT name FROM (SELECT unnest(json_keys(json, ${this.pointer(at)})) AS name FROM ${this.read.reader})
            WHERE name NOT IN ${textList(declared)}`;
  }

  private async refuseExtraKeys(): Promise<void> {
    const found = await this.database.rows(`${this.undeclaredIn([])} LIMIT ${SHOWN + 1}`);
    const extra = found.map(({ name }) => String(name)).sort();
    throw new SchemaMismatch(
      `the columns differ from the definition: not declared ${listed(extra.map(renderValue), SHOWN)}`,
      { details: { missing: [], extra, doubled: [] } },
    );
  }

  private pathOf(name: string): MemberPath {
    const column = this.dataset.columns[name];
    return column === undefined ? [name] : pathOf(name, column);
  }

  private pointer(path: MemberPath): string {
    return pointer([...this.read.root, ...path]);
  }
}
