import { byType } from '../../../domain/avro/by-type';
import type { AvroType } from '../../../domain/avro/schema';
import type { Cursor } from './cursor';

/** Reads a value, or passes over it. */
export type Step = (cursor: Cursor) => void;

/** Steps that pass over values of types that were walked over before. */
export class Passing {
  readonly of: (type: AvroType) => Step = byType((type) => this.make(type));

  private make(type: AvroType): Step {
    switch (type.kind) {
      case 'null':
        return nothing;
      case 'boolean':
        return bytes(1);
      case 'int':
      case 'long':
      case 'enum':
        return number;
      case 'float':
        return bytes(4);
      case 'double':
        return bytes(8);
      case 'fixed':
        return type.size === 0 ? nothing : bytes(type.size);
      case 'bytes':
      case 'string':
        return counted;
      case 'array':
        return this.items(null, this.of(type.items));
      case 'map':
        return this.items(counted, this.of(type.values));
      case 'record':
        return inOrder(type.fields.map((field) => this.of(field.type)));
      case 'union':
        return branching(type.branches.map((branch) => this.of(branch)));
    }
  }

  private items(key: Step | null, item: Step): Step {
    return (cursor) => {
      for (let count = cursor.small(); count !== 0; count = cursor.small()) {
        // Its size follows, which nobody has compared.
        if (count < 0) cursor.passNumber();
        if (key === null && item === nothing) continue;
        for (let left = Math.abs(count); left > 0; left -= 1) {
          key?.(cursor);
          item(cursor);
          cursor.refuseEnd();
        }
      }
      cursor.refuseEnd();
    };
  }
}

/** Of a value that has no bytes. */
export const nothing: Step = () => undefined;
const number: Step = (cursor) => cursor.passNumber();
const counted: Step = (cursor) => {
  const length = cursor.length();
  cursor.at += length;
};
const bytes =
  (count: number): Step =>
  (cursor) => {
    cursor.at += count;
  };

/** One step after the other. */
export function inOrder(steps: readonly Step[]): Step {
  const some = steps.filter((step) => step !== nothing);
  const [first = nothing, second] = some;
  if (second === undefined) return first;
  return (cursor) => {
    for (let i = 0; i < some.length; i += 1) some[i]!(cursor);
  };
}

/** The step of the branch that a value of a union has. */
export function branching(steps: readonly Step[]): Step {
  return (cursor) => {
    const step = steps[cursor.small()];
    step?.(cursor);
  };
}
