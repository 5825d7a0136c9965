import { quoted } from './column-draft';
import { textsOf, type Tally } from './tally';

/** Columns that might identify a record. */

/** Fewer records tell nothing: in three of them nearly every column differs. */
const ENOUGH = 10;
const MOST_PAIRED = 8;
const FIT: ReadonlySet<string> = new Set(['string', 'integer', 'timestamp', 'date', 'decimal']);
const NAMED =
  /(^|[_\s.-])(id|key|uuid|guid|no|nr|num|number|code|seq|pk|sku|iban|isin|email)s?$|(Id|ID|Key|No|Nr)$|^(id|key)/;

export interface KeyColumn {
  readonly name: string;
  readonly type: string;
  readonly tally: Tally;
}

/** Columns each of whose values comes once and is always there; where there is none, pairs of columns. */
export function keysOf(
  columns: readonly KeyColumn[],
  records: number,
  rows: readonly (readonly (string | undefined)[])[],
): string[][] {
  if (records < ENOUGH) return [];
  const filled = columns.filter(({ type, tally }) => FIT.has(type) && isFilled(tally, records));
  const distinct = new Map(filled.map(({ name, tally }) => [name, tally.numbers.size + textsOf(tally).size]));
  // A measured number that happens to differ is no key.
  const alone = filled.filter(({ name, type }) => distinct.get(name) === records && type !== 'decimal');
  if (alone.length > 0) return likeliest(alone).map(({ name }) => [name]);
  const index = new Map(columns.map(({ name }, i) => [name, i]));
  const paired = filled
    .filter(({ name, type }) => (distinct.get(name) ?? 0) > 1 && type !== 'decimal')
    .sort((a, b) => rank(a.name) - rank(b.name) || (distinct.get(b.name) ?? 0) - (distinct.get(a.name) ?? 0))
    .slice(0, MOST_PAIRED);
  const pairs: string[][] = [];
  for (const [i, one] of paired.entries())
    for (const other of paired.slice(i + 1)) {
      if ((distinct.get(one.name) ?? 0) * (distinct.get(other.name) ?? 0) < records) continue;
      const [a, b] = [index.get(one.name) ?? 0, index.get(other.name) ?? 0];
      if (new Set(rows.map((row) => `${row[a] ?? ''}\0${row[b] ?? ''}`)).size === rows.length && rows.length >= ENOUGH)
        pairs.push([one.name, other.name]);
    }
  return pairs.slice(0, 2);
}

/** Those that are named like a key; where none is, the first that is no time: two things happen at once. */
function likeliest(columns: readonly KeyColumn[]): readonly KeyColumn[] {
  const named = columns.filter(({ name }) => rank(name) === 0);
  if (named.length > 0) return named.slice(0, 3);
  const others = columns.filter(({ type }) => type !== 'timestamp' && type !== 'date');
  return (others.length > 0 ? others : columns).slice(0, 1);
}

function isFilled(tally: Tally, records: number): boolean {
  const empty = tally.nulls + tally.absent + (tally.plain.get('') ?? 0) + (tally.quoted.get('') ?? 0);
  return empty === 0 && tally.nested === 0 && tally.booleans === 0 && tally.records === records;
}

function rank(name: string): number {
  return NAMED.test(name) ? 0 : 1;
}

const OPERATION =
  /^_*(op|operation|cdc_operation|cdc_op|dml_type|dml_operation|change_type|change_operation|header__change_oper|record_type|eventname|__\$operation|op_type|action)$/i;
const DELETES: readonly (readonly [string, ReadonlySet<string>])[] = [
  ['D', new Set(['I', 'U', 'D', 'B', 'L', 'C', 'R'])],
  ['d', new Set(['c', 'u', 'd', 'r', 'i', 't', 'm'])],
  ['DELETE', new Set(['INSERT', 'UPDATE', 'DELETE', 'BEFOREIMAGE', 'UPSERT', 'LOAD'])],
  [
    'delete',
    new Set(['insert', 'update', 'delete', 'upsert', 'update_preimage', 'update_postimage', 'read', 'create']),
  ],
  ['REMOVE', new Set(['INSERT', 'MODIFY', 'REMOVE'])],
];
const ORDER =
  /(^|_)(seq|sequence|lsn|scn|version|updated|updated_at|modified|modified_at|ts|ts_ms|timestamp|commit|commit_ts|committed_at|transact_id|event_time|changed_at|load_time)($|_)/i;

/** A log of changes, as DMS, Debezium and others write it: its column of operations, and the word for a deletion. */
function changesOf(
  columns: readonly KeyColumn[],
): { op: string; deleted: string; by: string | null; key: string | null } | null {
  for (const { name, tally } of columns) {
    if (!OPERATION.test(name)) continue;
    const words = [...textsOf(tally).keys()].filter((word) => word !== '');
    const known = DELETES.find(([, all]) => words.length > 0 && words.every((word) => all.has(word)));
    if (known === undefined) continue;
    const others = columns.filter((column) => column.name !== name);
    const by = others.find((column) => ORDER.test(snake(column.name)))?.name ?? null;
    const key = others.find((column) => column.name !== by && NAMED.test(column.name))?.name ?? null;
    return { op: name, deleted: known[0], by, key };
  }
  return null;
}

function snake(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1_$2');
}

/** What of a log of changes a definition could keep; none for other records. */
export function changeNotes(columns: readonly KeyColumn[]): string[] {
  const changes = changesOf(columns);
  if (changes === null) return [];
  const { op, deleted, by, key } = changes;
  const name = /^[a-z_][a-z0-9_]*$/i.test(op) ? op : `"${op}"`;
  const order = by === null ? '' : `, by: [${quoted(by)}]`;
  const condition = quoted(`${name} = '${deleted}'`);
  return [
    `a log of changes? unique: { columns: [${quoted(key ?? '…')}], keep: 'last'${order}, deleted: ${condition} }`,
  ];
}
