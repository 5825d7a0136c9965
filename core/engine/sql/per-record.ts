import type { PlanNode } from '../duckdb/sql-plan';

/**
 * Whether what a query makes of a record depends on other records: then it is about a batch, not about a partition, because a transform
 * sees one batch at a time. Asked of the plan, operator by operator; one that is not known here counts as one that does.
 */

/**
 * What of a plan looks at several records.
 * @param records name of the table of the records
 * @param hasWindow whether the text has a window function: DuckDB numbers rows for some subqueries of its own accord
 * @returns for people, like `an aggregate`; null where each record is worked on by itself
 */
export function looksAtOthers(plan: PlanNode, records: string, hasWindow: boolean): string | null {
  return new Reader(records, hasWindow).visit(plan);
}

/** Operators that pass one record after the other. */
const PASSING: ReadonlySet<string> = new Set([
  'LOGICAL_PROJECTION',
  'LOGICAL_FILTER',
  'LOGICAL_UNNEST',
  'LOGICAL_MATERIALIZED_CTE',
]);

const NAMES: Readonly<Record<string, string>> = {
  LOGICAL_AGGREGATE_AND_GROUP_BY: 'an aggregate',
  LOGICAL_WINDOW: 'a window function',
  LOGICAL_DISTINCT: 'DISTINCT',
  LOGICAL_LIMIT: 'LIMIT',
  LOGICAL_TOP_N: 'LIMIT',
  LOGICAL_ORDER_BY: 'ORDER BY',
  LOGICAL_EXCEPT: 'EXCEPT',
  LOGICAL_INTERSECT: 'INTERSECT',
  LOGICAL_UNION: 'UNION',
  LOGICAL_RECURSIVE_CTE: 'a recursive query',
  LOGICAL_POSITIONAL_JOIN: 'a join by position',
  LOGICAL_SAMPLE: 'a sample',
};

/** Joins that give for a record of their left side what hangs on that record alone, and likewise of their right side. */
const BY_LEFT: ReadonlySet<unknown> = new Set(['INNER', 'LEFT', 'SEMI', 'ANTI', 'MARK', 'SINGLE']);
const BY_RIGHT: ReadonlySet<unknown> = new Set(['INNER', 'RIGHT']);

class Reader {
  /** The tables of WITH clauses that are made of the records. */
  private readonly read = new Set<unknown>();

  constructor(
    private readonly records: string,
    private readonly hasWindow: boolean,
  ) {}

  visit(node: PlanNode): string | null {
    const { type, children } = node;
    if (type === 'LOGICAL_MATERIALIZED_CTE' && children[0] !== undefined && this.reads(children[0]))
      this.read.add(node.more['table_index']);
    // What does not read the records is the same for all of them.
    if (!this.reads(node)) return null;
    if (children.length === 0) return null;
    if (PASSING.has(type) || (type === 'LOGICAL_UNION' && node.more['setop_all'] === true)) return this.first(children);
    // A function that is asked for each record, like json_each().
    if (type === 'LOGICAL_GET') return this.first(children);
    if (type === 'LOGICAL_DELIM_JOIN') return this.ofSubquery(children);
    if (type === 'LOGICAL_CROSS_PRODUCT' || type.endsWith('_JOIN')) return this.ofJoin(node);
    return NAMES[type] ?? type;
  }

  private first(nodes: readonly PlanNode[]): string | null {
    for (const node of nodes) {
      const found = this.visit(node);
      if (found !== null) return found;
    }
    return null;
  }

  /** A subquery that is asked for each record: what it does with that record's own values concerns no other record. */
  private ofSubquery([outer, inner]: readonly PlanNode[]): string | null {
    if (outer === undefined || inner === undefined || this.reads(inner)) return 'a subquery over the records';
    return !this.hasWindow && outer.type === 'LOGICAL_WINDOW' ? this.first(outer.children) : this.visit(outer);
  }

  private ofJoin({ type, children, more }: PlanNode): string | null {
    if (type === 'LOGICAL_POSITIONAL_JOIN') return NAMES[type] ?? type;
    const [left, right] = children;
    if (left === undefined || right === undefined) return type;
    if (this.reads(left) && this.reads(right)) return 'a join or a subquery of the records with themselves';
    const kind = type === 'LOGICAL_CROSS_PRODUCT' ? 'INNER' : more['join_type'];
    if (this.reads(left)) return BY_LEFT.has(kind) ? this.visit(left) : `a ${String(kind)} JOIN`;
    // ASOF takes the nearest one of its right side.
    return BY_RIGHT.has(kind) && type !== 'LOGICAL_ASOF_JOIN' ? this.visit(right) : `a ${String(kind)} JOIN`;
  }

  private reads({ type, name, children, more }: PlanNode): boolean {
    if (type === 'LOGICAL_CTE_REF') return this.read.has(more['cte_index']);
    if (type === 'LOGICAL_GET' && name === 'seq_scan') return tableOf(more) === this.records;
    return children.some((child) => this.reads(child));
  }
}

/** The table that a scan reads; undefined for what is none. */
export function tableOf(more: PlanNode['more']): string | undefined {
  const { function_data: data } = more;
  if (typeof data !== 'object' || data === null || !('table' in data)) return undefined;
  return typeof data.table === 'string' ? data.table : undefined;
}
