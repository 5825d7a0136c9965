/**
 * JSON with sorted keys and without undefined members: equal values give equal text, so that hashes of it can be compared.
 * @throws TypeError for values that JSON cannot hold or would change without a word: bigint, functions, symbols, NaN, Infinity,
 *   maps and sets, `undefined` by itself or in an array
 * @throws RangeError for cycles
 */
export function canonicalJson(value: unknown): string {
  if (value === undefined) throw new TypeError('undefined has no JSON');
  return JSON.stringify(value, function (this: unknown, key, member: unknown) {
    refuseUnfaithful(key, member, Array.isArray(this));
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

function refuseUnfaithful(key: string, member: unknown, inArray: boolean): void {
  const kind = typeof member;
  const lost =
    kind === 'function' ||
    kind === 'symbol' ||
    (kind === 'number' && !Number.isFinite(member)) ||
    (inArray && member === undefined) ||
    member instanceof Map ||
    member instanceof Set;
  if (lost) throw new TypeError(`${key === '' ? 'the value' : key}: ${String(member)} has no JSON that keeps it`);
}
