import type { ArrayValue, Value } from './value';

/** Most bytes of a value as JSON, or where in it nothing bounds them. */
export interface Size {
  readonly bytes: number;
  /** Path of the first part without a bound, e.g. `$.problems[*].value`; undefined where all are bounded. */
  readonly unbounded: string | undefined;
}

/** What data of which nothing is known counts. */
type Unknown = 'counts nothing' | 'has no bound';

/** Values never change and share their parts: each is measured once. The paths begin at the value. */
const measured: Readonly<Record<Unknown, WeakMap<Value, Size>>> = {
  'counts nothing': new WeakMap(),
  'has no bound': new WeakMap(),
};

const fixed = (bytes: number): Size => ({ bytes, unbounded: undefined });

export function sizeOf(value: Value, unknown: Unknown): Size {
  return under('$', measure(value, unknown));
}

function measure(value: Value, unknown: Unknown): Size {
  const known = measured[unknown].get(value) ?? sizeOfParts(value, unknown);
  measured[unknown].set(value, known);
  return known;
}

/** The size of a part, as a part of what is around it. */
function under(path: string, { bytes, unbounded }: Size): Size {
  return { bytes, unbounded: unbounded === undefined ? undefined : `${path}${unbounded}` };
}

function sizeOfParts(value: Value, unknown: Unknown): Size {
  switch (value.kind) {
    case 'any':
      return { bytes: 0, unbounded: unknown === 'has no bound' ? '' : undefined };
    case 'scalar': {
      const bytes = value.literal === undefined ? value.bytes : Buffer.byteLength(JSON.stringify(value.literal));
      return bytes !== undefined ? fixed(bytes) : { bytes: 0, unbounded: value.type === 'string' ? '' : undefined };
    }
    case 'object':
      // Quotes, colon and comma around each name.
      return sum(
        Object.entries(value.fields).map(([name, field]) => {
          const inner = under(`.${name}`, measure(field.value, unknown));
          return { ...inner, bytes: inner.bytes + JSON.stringify(name).length + 2 };
        }),
      );
    case 'array':
      return sizeOfArray(value, unknown);
    case 'union': {
      const sizes = value.of.map((one) => measure(one, unknown));
      const bytes = Math.max(...sizes.map((size) => size.bytes));
      return { bytes, unbounded: sizes.find((size) => size.unbounded !== undefined)?.unbounded };
    }
  }
}

function sizeOfArray(value: ArrayValue, unknown: Unknown): Size {
  if (value.bytes !== undefined) return fixed(value.bytes);
  if (value.tuple !== undefined) return sum(value.tuple.map((item, i) => under(`[${i}]`, measure(item, unknown))));
  const item = under('[*]', measure(value.items, unknown));
  if (item.unbounded !== undefined) return item;
  if (value.most === undefined) return { bytes: 0, unbounded: '' };
  return fixed(2 + value.most * (item.bytes + 1));
}

function sum(parts: readonly Size[]): Size {
  return {
    bytes: parts.reduce((all, { bytes }) => all + bytes + 1, 2),
    unbounded: parts.find(({ unbounded }) => unbounded !== undefined)?.unbounded,
  };
}
