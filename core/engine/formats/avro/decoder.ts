import { types, Type, type Schema } from 'avsc';
import { RecordsUnaccounted } from '../../../contracts/errors';
import type { AvroType } from '../../../domain/avro/schema';
import type { FoundRecord } from './records';

/**
 * Decodes records by avsc. It gets a schema that is written as the other one is in every byte, so that what JavaScript objects cannot hold
 * does not matter: names are numbered, a map is a list of pairs, which keeps their order and those that come twice, and unions say which of
 * their types a value has. What values mean is for `values.ts` to say.
 */
export class Decoder {
  readonly names = new BranchNames();
  private readonly plain: Type;
  /** The same with longs of all 64 bits, which takes longer. */
  private readonly wide: Type;

  constructor(schema: AvroType) {
    const rewritten = () => new Rewriter(this.names).schema(schema);
    this.plain = Type.forSchema(rewritten(), { wrapUnions: 'always' });
    this.wide = Type.forSchema(rewritten(), { registry: { long: LONG }, wrapUnions: 'always' });
  }

  /**
   * A record as avsc gives it.
   * @throws RecordsUnaccounted where it ends elsewhere by avsc than by the walker
   */
  decode({ content, from, to, hasWide }: Pick<FoundRecord, 'content' | 'from' | 'to' | 'hasWide'>): unknown {
    const type = hasWide ? this.wide : this.plain;
    const decoded: { readonly value: unknown; readonly offset: number } = type.decode(content, from);
    if (decoded.offset !== to)
      throw new RecordsUnaccounted(`avsc has read ${decoded.offset - from} bytes of a record, expected ${to - from}`);
    return decoded.value;
  }
}

/** Names in what avsc gives: of the field with this number, and of a pair of a map. */
export const fieldName = (i: number) => `f${i}`;
export const PAIRS = 'f0';

/** The name under which a union has a value of a type. */
export class BranchNames {
  private readonly names = new Map<AvroType, string>();

  of(type: AvroType): string {
    if (type.kind !== 'map' && !('name' in type)) return type.kind;
    let name = this.names.get(type);
    if (name === undefined) this.names.set(type, (name = `N${this.names.size}`));
    return name;
  }
}

class Rewriter {
  private readonly defined = new Set<string>();

  constructor(private readonly names: BranchNames) {}

  schema(type: AvroType): Schema {
    switch (type.kind) {
      case 'union':
        return type.branches.map((branch) => this.schema(branch)) as Schema;
      case 'array':
        return { type: 'array', items: this.schema(type.items) };
      case 'fixed':
        return this.define(type, (name) => ({ type: 'fixed', name, size: type.size }));
      case 'enum':
        return this.define(type, (name) => ({ type: 'enum', name, symbols: type.symbols.map((_, i) => `s${i}`) }));
      case 'record':
        return this.define(type, (name) => ({
          type: 'record',
          name,
          fields: type.fields.map((field, i) => ({ name: fieldName(i), type: this.schema(field.type) })),
        }));
      case 'map':
        return this.define(type, (name) => ({
          type: 'record',
          name,
          fields: [
            {
              name: PAIRS,
              type: {
                type: 'array',
                items: {
                  type: 'record',
                  name: `${name}pair`,
                  fields: [
                    { name: 'key', type: 'string' },
                    { name: 'value', type: this.schema(type.values) },
                  ],
                },
              },
            },
          ],
        }));
      default:
        return type.kind;
    }
  }

  private define(type: AvroType, make: (name: string) => Schema): Schema {
    const name = this.names.of(type);
    if (this.defined.has(name)) return name;
    this.defined.add(name);
    return make(name);
  }
}

/** Bytes of a number that surely fits a double: seven bits each. */
const SMALL_BYTES = 7;

/** A number where that is exact, else a bigint. */
export function longOf(bytes: Buffer): number | bigint {
  if (bytes.length <= SMALL_BYTES) {
    let value = 0;
    for (let i = 0, scale = 1; i < bytes.length; i += 1, scale *= 128) value += (bytes[i]! & 0x7f) * scale;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i -= 1) value = (value << 7n) | BigInt(bytes[i]! & 0x7f);
  value = BigInt.asUintN(64, value);
  return (value >> 1n) ^ -(value & 1n);
}

const refuse = (): never => {
  throw new TypeError('longs are only read here');
};
const LONG = types.LongType.__with(
  { fromBuffer: longOf, toBuffer: refuse, fromJSON: refuse, toJSON: refuse, isValid: refuse, compare: refuse },
  true,
);
