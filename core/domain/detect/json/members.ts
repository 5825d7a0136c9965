import { Tally } from '../columns/tally';
import { JsonNumber, type Json, type JsonObject } from './parse';

/** A member of the records that becomes a column, with all that was seen of it. */
export interface Member {
  readonly path: readonly string[];
  readonly tally: Tally;
  /** Files that have it in some record. */
  files: number;
}

/** Objects deeper than this are kept as JSON. */
const MOST_DEPTH = 4;
const MOST_MEMBERS = 40;
const MOST_COLUMNS = 200;
/** Share of its objects that have a member on average: below, they are not all of one kind. */
const ALIKE = 0.4;
/** DynamoDB writes each value in an object of its type. */
const DYNAMO_SCALARS: ReadonlySet<string> = new Set(['S', 'N', 'BOOL', 'B', 'NULL']);
const DYNAMO_TYPES: ReadonlySet<string> = new Set([...DYNAMO_SCALARS, 'M', 'L', 'SS', 'NS', 'BS']);

/** What stands at a path, over all records. */
class Node {
  readonly tally = new Tally();
  readonly members = new Map<string, Node>();
  objects = 0;
  lists = 0;
  /** Records of the file in which it was last seen, to count files. */
  lastFile = -1;
  files = 0;

  see(value: Json, file: number, depth: number): void {
    if (this.lastFile !== file) {
      this.lastFile = file;
      this.files += 1;
    }
    if (value === null) this.tally.nulls += 1;
    else if (typeof value === 'boolean') this.tally.booleans += 1;
    else if (typeof value === 'string') this.tally.add(value, true);
    else if (value instanceof JsonNumber) this.tally.addNumber(value.literal);
    else {
      this.tally.nested += 1;
      if (Array.isArray(value)) this.lists += 1;
      else {
        this.objects += 1;
        if (depth < MOST_DEPTH && this.members.size <= 1000) this.seeMembers(value, file, depth);
      }
    }
  }

  seeMembers(object: JsonObject, file: number, depth: number): void {
    for (const [name, value] of object) {
      let member = this.members.get(name);
      if (member === undefined) this.members.set(name, (member = new Node()));
      member.see(value, file, depth + 1);
    }
  }

  get seen(): number {
    return this.tally.records;
  }
}

/** The members of records as columns: nested objects that are all alike are taken apart, others are kept whole. */
export function membersOf(files: readonly (readonly JsonObject[])[]): { members: Member[]; dynamo: boolean } {
  const root = new Node();
  let records = 0;
  for (const [file, of] of files.entries())
    for (const record of of) {
      records += 1;
      root.objects += 1;
      root.seeMembers(record, file, 0);
    }
  const dynamo = isDynamo(root);
  const members: Member[] = [];
  const walk = (node: Node, path: readonly string[]) => {
    for (const [name, member] of node.members) {
      const at = [...path, name];
      if (isTakenApart(member, dynamo ? name : null) && members.length < MOST_COLUMNS) walk(member, at);
      else {
        member.tally.absent = records - member.seen;
        members.push({ path: at, tally: member.tally, files: member.files });
      }
    }
  };
  walk(root, []);
  return { members: dynamo ? members.filter(({ path }) => path.at(-1) !== 'NULL') : members, dynamo };
}

function isTakenApart(node: Node, name: string | null): boolean {
  // A map of DynamoDB has a type around each of its values: it is kept whole.
  const { tally, members, objects, lists } = node;
  if (objects === 0 || lists > 0 || tally.texts + tally.numbers.size + tally.booleans > 0) return false;
  if (members.size === 0 || members.size > MOST_MEMBERS || name === 'M') return false;
  if (name !== null && [...members.keys()].every((name) => DYNAMO_TYPES.has(name))) return true;
  const present = [...members.values()].reduce((sum, member) => sum + member.seen, 0);
  return present / (objects * members.size) >= ALIKE;
}

/** An export of DynamoDB: `{"Item":{"pk":{"S":"a"}}}`. */
function isDynamo(root: Node): boolean {
  const item = root.members.get('Item') ?? root.members.get('NewImage');
  if (item === undefined || item.objects === 0 || item.members.size === 0) return false;
  return [...item.members.values()].every(
    (attribute) =>
      attribute.objects > 0 &&
      attribute.lists === 0 &&
      [...attribute.members.keys()].every((name) => DYNAMO_TYPES.has(name)),
  );
}

/** The name of a column for a path; of DynamoDB's, the attribute's own. */
export function nameOf(path: readonly string[], dynamo: boolean): string {
  if (!dynamo) return path.join('_');
  const own = path.filter((name, i) => i > 0 && !(i === path.length - 1 && DYNAMO_TYPES.has(name)));
  return (own.length === 0 ? path : own).join('_');
}
