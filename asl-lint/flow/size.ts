import type { ArrayValue, Value } from './value';

/** Most bytes of a value as JSON, or where in it nothing bounds them. */
export interface Size {
  readonly bytes: number;
  /** Path of the first part without a bound, e.g. `$.problems[*].value`; undefined where all are bounded. */
  readonly unbounded: string | undefined;
}

const fixed = (bytes: number): Size => ({ bytes, unbounded: undefined });

/** @param unknown what data of which nothing is known counts: nothing, or it has no bound */
export function sizeOf(value: Value, unknown: 'counts nothing' | 'has no bound', path = '$'): Size {
  switch (value.kind) {
    case 'any':
      return { bytes: 0, unbounded: unknown === 'has no bound' ? path : undefined };
    case 'scalar': {
      const bytes = value.literal === undefined ? value.bytes : Buffer.byteLength(JSON.stringify(value.literal));
      return bytes !== undefined ? fixed(bytes) : { bytes: 0, unbounded: value.type === 'string' ? path : undefined };
    }
    case 'object':
      // Quotes, colon and comma around each name.
      return sum(
        Object.entries(value.fields).map(([name, field]) => {
          const inner = sizeOf(field.value, unknown, `${path}.${name}`);
          return { ...inner, bytes: inner.bytes + JSON.stringify(name).length + 2 };
        }),
      );
    case 'array':
      return sizeOfArray(value, unknown, path);
    case 'union': {
      const sizes = value.of.map((one) => sizeOf(one, unknown, path));
      const bytes = Math.max(...sizes.map((size) => size.bytes));
      return { bytes, unbounded: sizes.find((size) => size.unbounded !== undefined)?.unbounded };
    }
  }
}

function sizeOfArray(value: ArrayValue, unknown: Parameters<typeof sizeOf>[1], path: string): Size {
  if (value.bytes !== undefined) return fixed(value.bytes);
  if (value.tuple !== undefined) return sum(value.tuple.map((item, i) => sizeOf(item, unknown, `${path}[${i}]`)));
  const item = sizeOf(value.items, unknown, `${path}[*]`);
  if (item.unbounded !== undefined) return item;
  if (value.most === undefined) return { bytes: 0, unbounded: path };
  return fixed(2 + value.most * (item.bytes + 1));
}

function sum(parts: readonly Size[]): Size {
  return {
    bytes: parts.reduce((all, { bytes }) => all + bytes + 1, 2),
    unbounded: parts.find(({ unbounded }) => unbounded !== undefined)?.unbounded,
  };
}
