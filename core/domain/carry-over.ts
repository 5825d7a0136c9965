import { canonicalJson } from '../contracts/canonical-json';

/** A document as it was read: what this release knows of it, and all that is there. */
export interface AsRead {
  readonly value: unknown;
  readonly json: unknown;
}

/**
 * What to write where `next` is to replace what was read: every field that was not changed as it is, with all that only another release
 * knows of, and the fields that only another release knows of. So a release that was rolled back to takes nothing from a document that
 * a newer one wrote. A field that was changed is another thing now, and is written as it is; of an array and of the fields named in
 * `maps` that goes for each element. Pure.
 */
export function carryOver({ value, json }: AsRead, next: unknown, maps: readonly string[] = []): unknown {
  if (!isObject(json) || !isObject(value) || !isObject(next)) return next;
  const merged = merge(json, value, next, maps);
  const [stands, written] = [json['schemaVersion'], merged['schemaVersion']];
  const isNewer = typeof stands === 'number' && typeof written === 'number' && stands > written;
  return isNewer ? { ...merged, schemaVersion: stands } : merged;
}

function merge(json: Fields, value: Fields, next: Fields, maps: readonly string[]): Fields {
  const known = Object.entries(next).map(([name, part]) => {
    const [stands, read] = [own(json, name), own(value, name)];
    if (Array.isArray(stands) && Array.isArray(read) && Array.isArray(part))
      return [name, mergeArrays(stands, read, part)];
    if (stands !== undefined && isEqual(read, part)) return [name, stands];
    const isMap = maps.includes(name) && isObject(stands) && isObject(read) && isObject(part);
    return [name, isMap ? merge(stands, read, part, []) : part];
  });
  const foreign = Object.entries(json).filter(([name]) => !Object.hasOwn(value, name) && !Object.hasOwn(next, name));
  return Object.fromEntries([...known, ...foreign]);
}

/**
 * Elements move when one is added or taken away: each is found again by what is known of it. Almost all of them are the very objects that
 * were read, and comparing a thousand of them by their text at each swap takes longer than all else that a sweep does.
 */
function mergeArrays(
  json: readonly unknown[],
  value: readonly unknown[],
  next: readonly unknown[],
): readonly unknown[] {
  if (next === value) return json;
  const asRead = new Map(value.map((element, index) => [element, json[index]]));
  const staying = new Set(next.filter((element) => asRead.has(element)));
  const gone = value.flatMap((element, index) =>
    staying.has(element) ? [] : [[canonicalJson(element), json[index]] as const],
  );
  const recorded = new Map(gone);
  return next.map((element) => {
    if (staying.has(element)) return asRead.get(element);
    return recorded.size === 0 ? element : (recorded.get(canonicalJson(element)) ?? element);
  });
}

const own = (of: Fields, name: string): unknown => (Object.hasOwn(of, name) ? of[name] : undefined);

function isEqual(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return false;
  return a === b || canonicalJson(a) === canonicalJson(b);
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
