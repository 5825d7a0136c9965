import type { Presence } from './access';
import type { Need } from './expression';
import type { Scalar, Value } from './value';

/** Whether a value is what a field takes: for certain, sometimes, never; `unknown` where nothing is known about it. */
export function fits(value: Value, need: Need): Presence {
  switch (value.kind) {
    case 'any':
      return 'unknown';
    case 'scalar':
      return need === 'list' ? 'never' : scalarFits(value, need);
    case 'object':
      return 'never';
    case 'array':
      return need === 'list' ? 'always' : 'never';
    case 'union': {
      const all = new Set(value.of.map((one) => fits(one, need)));
      if (all.size === 1) return [...all][0] ?? 'unknown';
      return all.has('never') || all.has('maybe') ? 'maybe' : 'unknown';
    }
  }
}

function scalarFits({ type, timestamp }: Scalar, need: Exclude<Need, 'list'>): Presence {
  if (need === 'timestamp') return type !== 'string' ? 'never' : timestamp === true ? 'always' : 'maybe';
  return type === (need === 'text' ? 'string' : 'number') ? 'always' : 'never';
}
