/** What avsc gives, as it has to be: anything else is a fault of ours. */

export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw other('text', value);
}

export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw other('a number', value);
}

export function wholeOf(value: unknown): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  throw other('a whole number', value);
}

export function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw other('bytes', value);
}

export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw other('a list', value);
}

/** A member of a record. */
export function memberOf(value: unknown, name: string): unknown {
  if (isObject(value)) return value[name];
  throw other('a record', value);
}

/** What is asked of a value of a union: a function by the name of each of its types but null. */
type ByBranch<T> = ReadonlyMap<string, (value: unknown) => T>;

/**
 * Asks a value of a union.
 * @param otherwise for null, and for a value of a type that is not in the map
 */
export function ofUnion<T>(branches: ByBranch<T>, otherwise: T): (value: unknown) => T {
  const [only] = branches;
  if (only !== undefined && branches.size === 1) {
    const [name, ask] = only;
    return (value) => {
      if (value === null) return otherwise;
      const inner = memberOf(value, name);
      return inner === undefined ? otherwise : ask(inner);
    };
  }
  return (value) => {
    if (value === null) return otherwise;
    const name = branchOf(value);
    const ask = branches.get(name);
    return ask === undefined ? otherwise : ask(memberOf(value, name));
  };
}

/** The name of the only member. */
function branchOf(value: unknown): string {
  if (isObject(value)) for (const name in value) return name;
  throw other('a branch of a union', value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const other = (expected: string, value: unknown) => new TypeError(`expected ${expected} of avsc, got ${typeof value}`);
