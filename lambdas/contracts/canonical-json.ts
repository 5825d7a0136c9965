/**
 * JSON with sorted keys and without undefined members: equal values give equal text, so that hashes of it can be compared.
 * @throws TypeError for values that JSON cannot hold (bigint, functions, cycles)
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
