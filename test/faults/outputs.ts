import type { Shape } from './case';

/** An output that no step returns: larger than a payload may be, or not what the next step expects. */
export function misshapen(shape: Shape, output: unknown): unknown {
  switch (shape) {
    case 'large':
      return { ...fieldsOf(output), ballast: 'x'.repeat(300 * 1024) };
    case 'null':
      return null;
    case 'empty':
      return {};
    case 'text':
      return 'all is well';
    case 'list':
      return [1, 2, 3];
    case 'wrong-types':
      return Object.fromEntries(Object.entries(fieldsOf(output)).map(([name, value]) => [name, turned(value)]));
    case 'half':
      // Flags stay, so that the machine goes on as if all were well.
      return Object.fromEntries(Object.entries(fieldsOf(output)).filter(([, value]) => typeof value === 'boolean'));
  }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function turned(value: unknown): unknown {
  // Flags stay: with a wrong one no Choice would lead any further.
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return 'seven';
  if (typeof value === 'string') return 7;
  return Array.isArray(value) ? 'none' : { nothing: 'of use' };
}
