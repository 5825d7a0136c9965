import type { TextSample } from '../sample';
import { memberAt, NotJson, parseAt, type Json, type JsonObject } from './parse';

/** How the JSON of one file is laid out, and its records. */
export interface JsonFile {
  readonly name: string;
  readonly layout: JsonLayout;
  readonly records: readonly JsonObject[];
  /** Values in the place of a record that are no object. */
  readonly others: number;
  /** Lines, or the place, that is no JSON. */
  readonly bad: { readonly n: number; readonly first: string } | null;
}

type JsonLayout =
  /** One object a line. */
  | { readonly kind: 'lines' }
  /** One behind the other, in an array, or over several lines. */
  | { readonly kind: 'documents'; readonly documents: number; readonly arrays: number; readonly what: string }
  /** A list in each document. */
  | { readonly kind: 'records'; readonly documents: number; readonly path: readonly string[] };

/** Names of members that hold the records of well-known exporters. */
const KNOWN_LISTS: ReadonlySet<string> = new Set([
  'Records', 'records', 'logEvents', 'features', 'items', 'Items', 'results', 'data', 'rows', 'value', 'values', 'events', 'entries',
  'configurationItems', 'Contents', 'hits', 'documents', 'resourceLogs', 'resourceSpans', 'resourceMetrics',
]); // prettier-ignore

/** Whether a text begins as JSON does: with an object or a list. */
export function looksLikeJson(text: string): boolean {
  const [first = ''] = /^\s*./.exec(text.slice(0, 4096)) ?? [];
  return /[[{]$/.test(first);
}

/** The records of a file; null where it is no JSON. */
export function readJson(sample: TextSample): JsonFile | null {
  const lines = readLines(sample);
  if (lines !== null) return lines;
  return readDocuments(sample);
}

/** One object a line, for the most part: lines that are none are counted. */
function readLines(sample: TextSample): JsonFile | null {
  const records: JsonObject[] = [];
  let bad = 0;
  let first = '';
  let total = 0;
  let single = true;
  const take = (text: string, cut: boolean, where: (line: number) => string): boolean => {
    let line = 0;
    for (let at = 0; at < text.length; line += 1) {
      const found = text.indexOf('\n', at);
      if (found === -1 && cut) break;
      const end = found === -1 ? text.length : found;
      const content = text.slice(at, end).trim();
      at = end + 1;
      if (content === '') continue;
      total += 1;
      const value = objectOf(content);
      if (value === 'several') {
        single = false;
        return false;
      }
      if (value === null) {
        bad += 1;
        if (first === '') first = where(line + 1);
      } else records.push(value);
      // A pretty-printed document is known by its first lines.
      if (total >= 20 && bad > total / 2) return false;
    }
    return true;
  };
  if (!take(sample.head, sample.cut, (line) => `line ${line} of ${sample.name}`)) return null;
  for (const piece of sample.pieces) take(piece, true, () => `a line of ${sample.name}`);
  if (sample.end !== null) take(sample.end, false, () => `a line of ${sample.name}`);
  if (!single || records.length === 0 || bad > total / 2) return null;
  const list = records.length === 1 ? listOf(records[0]) : null;
  if (list !== null) return ofList(sample.name, records, list, []);
  const common = records.length > 1 ? knownList(records) : null;
  if (common !== null) return ofList(sample.name, records, common, []);
  return {
    name: sample.name,
    layout: { kind: 'lines' },
    records,
    others: 0,
    bad: bad === 0 ? null : { n: bad, first },
  };
}

function objectOf(text: string): JsonObject | 'several' | null {
  try {
    const { value, end, open } = parseAt(text, 0);
    if (open.length > 0 || !(value instanceof Map)) return null;
    if (end === text.length) return value;
    const rest = text.slice(end).trimStart();
    return /^,?\s*\{/.test(rest) ? 'several' : null;
  } catch (error) {
    if (error instanceof NotJson) return null;
    throw error;
  }
}

function readDocuments(sample: TextSample): JsonFile | null {
  const { head, cut, name } = sample;
  const documents: Json[] = [];
  let open: readonly Json[] = [];
  let at = 0;
  let bad: JsonFile['bad'] = null;
  try {
    for (;;) {
      at += /^[\s,]*/.exec(head.slice(at, at + 65_536))?.[0].length ?? 0;
      if (at >= head.length) break;
      const parsed = parseAt(head, at);
      if (parsed.open.length > 0 && !cut) bad = { n: 1, first: `the last document of ${name} is cut off` };
      documents.push(parsed.value);
      open = parsed.open;
      at = parsed.end;
    }
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    bad = { n: 1, first: `line ${lineAt(head, error.at)} of ${name}: ${error.why}` };
  }
  const containers = documents.filter(
    (one) => typeof one === 'object' && one !== null && (one instanceof Map || Array.isArray(one)),
  );
  if (containers.length === 0 || containers.length < documents.length / 2) return null;
  const objects = documents.filter((one) => one instanceof Map);
  const list =
    objects.length === documents.length ? (documents.length === 1 ? listOf(objects[0]) : knownList(objects)) : null;
  if (list !== null) return { ...ofList(name, objects, list, open), bad };
  const all = documents.flatMap((one) => (Array.isArray(one) ? one : [one])).filter((one) => !open.includes(one));
  const records = all.filter((one) => one instanceof Map);
  if (all.length > 0 && records.length === 0)
    return { name, layout: laidOut(documents), records: [], others: all.length, bad };
  return { name, layout: laidOut(documents), records, others: all.length - records.length, bad };
}

function arraysOf(n: number): string {
  return n === 1 ? 'a JSON array' : `${n} JSON arrays, one behind the other`;
}

function laidOut(documents: readonly Json[]): JsonLayout {
  const arrays = documents.filter(Array.isArray).length;
  const what =
    arrays === documents.length
      ? arraysOf(documents.length)
      : documents.length === 1
        ? 'one JSON document over several lines'
        : 'JSON documents, one behind the other';
  return { kind: 'documents', documents: documents.length, arrays, what };
}

function ofList(
  name: string,
  documents: readonly JsonObject[],
  path: readonly string[],
  open: readonly Json[],
): JsonFile {
  const all = documents.flatMap((one) => {
    const list = memberAt(one, path);
    return Array.isArray(list) ? list : [];
  });
  const whole = all.filter((one) => !open.includes(one));
  const records = whole.filter((one) => one instanceof Map);
  return {
    name,
    layout: { kind: 'records', documents: documents.length, path },
    records,
    others: whole.length - records.length,
    bad: null,
  };
}

/** The list of records in a document that is a wrapper around one: its only list of objects that is longer than all else. */
function listOf(document: JsonObject | undefined): readonly string[] | null {
  if (document === undefined) return null;
  const lists: (readonly [readonly string[], number])[] = [];
  const look = (object: JsonObject, path: readonly string[]) => {
    for (const [name, value] of object) {
      if (Array.isArray(value) && value.every((one) => one instanceof Map)) lists.push([[...path, name], value.length]);
      else if (value instanceof Map && path.length < 2) look(value, [...path, name]);
    }
  };
  look(document, []);
  const known = lists.filter(([path]) => KNOWN_LISTS.has(path.at(-1) ?? ''));
  const [best, second] = [...(known.length > 0 ? known : lists)].sort(([, a], [, b]) => b - a);
  if (best === undefined) return null;
  const [path, length] = best;
  if (known.length > 0) return length > 0 || document.size === 1 ? path : null;
  // A record with a list in it is no wrapper: that has more in its list than beside it.
  return length >= 2 && length > document.size && length > 2 * (second?.[1] ?? 0) ? path : null;
}

/** A list of records that every document has under a name that exporters use for it. */
function knownList(documents: readonly JsonObject[]): readonly string[] | null {
  for (const name of ['Records', 'records', 'logEvents']) {
    const all = documents.every((one) => {
      const list = one.get(name);
      return Array.isArray(list) && list.every((record) => record instanceof Map);
    });
    if (all) return [name];
  }
  return null;
}

function lineAt(text: string, at: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < at; i = text.indexOf('\n', i + 1)) line += 1;
  return line;
}
