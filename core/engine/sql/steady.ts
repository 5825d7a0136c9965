import { objectsIn, type PlanNode } from '../duckdb/sql-plan';

/**
 * Functions that DuckDB itself calls VOLATILE or CONSISTENT_WITHIN_QUERY (`duckdb_functions()`, which takes a fifth of a second and is
 * therefore asked by a test: it fails when DuckDB has others).
 */
export const UNSTEADY: ReadonlySet<string> = new Set([
  'current_connection_id',
  'current_database',
  'current_date',
  'current_query',
  'current_query_id',
  'current_schema',
  'current_schemas',
  'current_transaction_id',
  'currval',
  'error',
  'gen_random_uuid',
  'get_current_time',
  'get_current_timestamp',
  'in_search_path',
  'nextval',
  'now',
  'random',
  'setseed',
  'sleep_ms',
  'stats',
  'today',
  'transaction_timestamp',
  'txid_current',
  'uuid',
  'uuidv4',
  'uuidv7',
  'write_log',
]);

/** Where DuckDB's word is wrong: it calls these CONSISTENT, and they read the clock or the database's own state. */
const UNSTEADY_ALL_THE_SAME: ReadonlySet<string> = new Set([
  'current_localtime',
  'current_localtimestamp',
  'current_setting',
  'getvariable',
  'json_serialize_plan',
  'vector_type',
  'version',
]);

/** Volatile only so that it is not computed ahead: it always gives the same, which is an error. */
const STEADY_ALL_THE_SAME: ReadonlySet<string> = new Set(['error']);

/**
 * The first function of a plan that may give something else when it is asked again: files are named by the definition that made them, so
 * the same definition has to make the same. Null where there is none.
 */
export function unsteadyFunction(plan: PlanNode): string | null {
  for (const { expression_class: kind, name, children } of objectsIn(plan.more)) {
    if (kind !== 'BOUND_FUNCTION' || typeof name !== 'string') continue;
    // With one argument it counts from today.
    const fromToday = name === 'age' && Array.isArray(children) && children.length === 1;
    if (fromToday || isUnsteady(name)) return `${name}()`;
  }
  return null;
}

function isUnsteady(name: string): boolean {
  return (UNSTEADY.has(name) && !STEADY_ALL_THE_SAME.has(name)) || UNSTEADY_ALL_THE_SAME.has(name);
}
