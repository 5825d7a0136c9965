import { briefly } from './briefly';
import type { Database } from './database';

/** What DuckDB's own parser and planner make of a text, as the JSON that it gives: nothing runs, and no regular expression guesses. */

/** An object somewhere in a tree of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A text that DuckDB cannot parse or plan: what it says about it. */
export class Refused {
  constructor(readonly sentence: string) {}
}

/** An operator of a plan before it is optimized, as `json_serialize_plan` gives it. */
export interface PlanNode {
  /** Like `LOGICAL_FILTER`. */
  readonly type: string;
  /** The name of the function, where the operator reads from one. */
  readonly name: string | undefined;
  readonly children: readonly PlanNode[];
  /** Everything else that it says. */
  readonly more: JsonObject;
}

/** The node of a text that is exactly one SELECT (or VALUES, FROM, a set operation), or why it is none. */
export async function parseSelect(database: Database, sql: string): Promise<JsonObject | Refused> {
  let statements: number;
  try {
    statements = await database.statements(sql);
  } catch (error) {
    // What the client puts in front says nothing.
    return new Refused(briefly(error).replace(/^Failed to extract statements: /, ''));
  }
  if (statements !== 1) return new Refused(`it is ${statements} statements`);
  const tree = await serialized(database, 'json_serialize_sql', sql);
  if (tree instanceof Refused) return tree;
  const [only, ...others] = objects(tree['statements']);
  const node = only?.['node'];
  return isObject(node) && others.length === 0 ? node : new Refused('it is not one SELECT');
}

/** The plan of a SELECT: names and types are those of this database's tables, macros stand there as what they expand to. */
export async function planSelect(database: Database, sql: string): Promise<PlanNode | Refused> {
  const tree = await serialized(database, 'json_serialize_plan', sql);
  if (tree instanceof Refused) return tree;
  const [only, ...others] = objects(tree['plans']);
  return only !== undefined && others.length === 0 ? planNode(only) : new Refused('it is not one SELECT');
}

async function serialized(database: Database, by: string, sql: string): Promise<JsonObject | Refused> {
  try {
    const row = await database.row(`SELECT ${by}($1::VARCHAR)::VARCHAR AS tree`, [sql]);
    const tree: unknown = JSON.parse(String(row['tree']));
    if (!isObject(tree)) return new Refused('DuckDB says nothing about it');
    if (tree['error'] !== true) return tree;
    const { error_message: message } = tree;
    return new Refused(typeof message === 'string' ? briefly({ message }) : 'DuckDB cannot read it');
  } catch (error) {
    // Some errors of the binder are thrown, not told.
    return new Refused(briefly(error));
  }
}

function planNode(tree: JsonObject): PlanNode {
  const { type, name, children } = tree;
  return {
    type: typeof type === 'string' ? type : '',
    name: typeof name === 'string' ? name : undefined,
    children: objects(children).map(planNode),
    more: tree,
  };
}

/** Every object inside of a tree, itself included. Without recursion: how deep a tree is, is not ours to decide. */
export function* objectsIn(tree: unknown): Generator<JsonObject> {
  const left: unknown[] = [tree];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (Array.isArray(next)) left.push(...(next as readonly unknown[]).filter((one) => one !== undefined));
    else if (isObject(next)) {
      yield next;
      left.push(...Object.values(next).filter((one) => one !== undefined));
    }
  }
}

/** The objects of a list of JSON; none where it is no list. */
export function objects(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
