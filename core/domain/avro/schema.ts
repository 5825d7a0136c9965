import { BadAvro } from './bytes';

/** A type of Avro, its names resolved: a record may contain itself. */
export type AvroType = AvroPlain | AvroFixed | AvroEnum | AvroArray | AvroMap | AvroRecord | AvroUnion;

const AVRO_PLAIN = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
interface AvroPlain {
  readonly kind: (typeof AVRO_PLAIN)[number];
  readonly logical: AvroLogical | null;
}
interface AvroFixed {
  readonly kind: 'fixed';
  readonly name: string;
  readonly size: number;
  readonly logical: AvroLogical | null;
}
interface AvroEnum {
  readonly kind: 'enum';
  readonly name: string;
  readonly symbols: readonly string[];
}
interface AvroArray {
  readonly kind: 'array';
  readonly items: AvroType;
}
interface AvroMap {
  readonly kind: 'map';
  readonly values: AvroType;
}
export interface AvroRecord {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: readonly AvroField[];
}
interface AvroField {
  readonly name: string;
  /** Names that it had before. */
  readonly aliases: readonly string[];
  readonly type: AvroType;
}
interface AvroUnion {
  readonly kind: 'union';
  readonly branches: readonly Exclude<AvroType, AvroUnion>[];
}

/** What the values of a type mean. */
export type AvroLogical =
  | { readonly name: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly name: Exclude<LogicalName, 'decimal'> };

/** The logical types that are known, and of what. One of something else means nothing, as the specification has it. */
const LOGICAL_OF = {
  decimal: ['bytes', 'fixed'],
  uuid: ['string', 'fixed'],
  date: ['int'],
  'time-millis': ['int'],
  'time-micros': ['long'],
  'timestamp-millis': ['long'],
  'timestamp-micros': ['long'],
  'timestamp-nanos': ['long'],
  'local-timestamp-millis': ['long'],
  'local-timestamp-micros': ['long'],
  'local-timestamp-nanos': ['long'],
  duration: ['fixed'],
} as const satisfies Record<string, readonly string[]>;
type LogicalName = keyof typeof LOGICAL_OF;
const isLogicalName = (name: unknown): name is LogicalName =>
  typeof name === 'string' && Object.hasOwn(LOGICAL_OF, name);

/** No honest schema comes near these. */
const MOST_TYPES = 10_000;
/** Types inside of each other, by name or not: who goes over a schema may call himself. */
const MOST_DEPTH = 200;
const MOST_NAME = 1000;
const MOST_DIGITS = 1000;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a schema as it stands in a file. What names may consist of is not looked at: writers differ, and it matters to nobody who reads.
 * @throws BadAvro
 */
export function parseAvroSchema(text: string): AvroType {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BadAvro('its schema is no JSON');
  }
  const parser = new Parser();
  const type = parser.type(json, '', 0);
  parser.refuseEndless();
  return type;
}

class Parser {
  private readonly named = new Map<string, AvroType>();
  /** How deep records go that are complete. */
  private readonly depths = new Map<AvroType, number>();
  private types = 0;

  type(json: unknown, namespace: string, depth: number): AvroType {
    this.types += 1;
    if (depth > MOST_DEPTH || this.types > MOST_TYPES) throw invalid(TOO_LARGE);
    if (typeof json === 'string') return this.byName(json, namespace);
    if (Array.isArray(json)) return this.union(json, namespace, depth);
    if (!isObject(json)) throw invalid(`expected a type, found ${show(json)}`);
    const { type } = json;
    switch (type) {
      case 'record':
      case 'error':
        return this.record(json, namespace, depth);
      case 'enum':
        return this.define(json, namespace, ({ name }) => ({ kind: 'enum', name, symbols: symbolsOf(json, name) }));
      case 'fixed':
        return this.define(json, namespace, ({ name }) => {
          const size = sizeOf(json, name);
          return { kind: 'fixed', name, size, logical: logicalOf(json, 'fixed', size) };
        });
      case 'array':
        return { kind: 'array', items: this.type(json['items'], namespace, depth + 1) };
      case 'map':
        return { kind: 'map', values: this.type(json['values'], namespace, depth + 1) };
      default:
        return isPlain(type)
          ? { kind: type, logical: logicalOf(json, type, null) }
          : withLogical(json, this.type(type, namespace, depth + 1));
    }
  }

  private byName(name: string, namespace: string): AvroType {
    if (isPlain(name)) return { kind: name, logical: null };
    const found = this.named.get(fullName(name, namespace)) ?? this.named.get(name);
    if (found === undefined) throw invalid(`there is no type ${show(name)}`);
    return found;
  }

  private union(json: readonly unknown[], namespace: string, depth: number): AvroUnion {
    if (json.length === 0) throw invalid('a union of nothing');
    const branches = json.map((one) => {
      const type = this.type(one, namespace, depth + 1);
      if (type.kind === 'union') throw invalid('a union in a union');
      return type;
    });
    const names = branches.map((type) => ('name' in type ? type.name : type.kind));
    const doubled = names.find((name, i) => names.indexOf(name) !== i);
    if (doubled !== undefined) throw invalid(`a union with ${show(doubled)} twice`);
    return { kind: 'union', branches };
  }

  private record(json: Json, namespace: string, depth: number): AvroType {
    const { fields } = json;
    if (!Array.isArray(fields)) throw invalid(`a record without fields: ${show(json['name'])}`);
    const parsed: AvroField[] = [];
    const record = this.define(json, namespace, ({ name }) => ({ kind: 'record', name, fields: parsed }));
    const inner = 'name' in record ? namespaceOf(record.name) : namespace;
    for (const field of fields as readonly unknown[]) {
      if (!isObject(field)) throw invalid(`expected a field, found ${show(field)}`);
      const name = checkedName(field['name']);
      if (parsed.some((one) => one.name === name)) throw invalid(`the field ${show(name)} twice in one record`);
      const aliases = Array.isArray(field['aliases']) ? field['aliases'].filter((one) => typeof one === 'string') : [];
      parsed.push({ name, aliases, type: this.type(field['type'], inner, depth + 1) });
    }
    const deepest = Math.max(0, ...parsed.map((field) => this.depthOf(field.type)));
    if (deepest + 1 > MOST_DEPTH) throw invalid(TOO_LARGE);
    this.depths.set(record, deepest + 1);
    return record;
  }

  private depthOf(type: AvroType): number {
    switch (type.kind) {
      case 'record':
        return this.depths.get(type) ?? 0;
      case 'array':
        return 1 + this.depthOf(type.items);
      case 'map':
        return 1 + this.depthOf(type.values);
      case 'union':
        return 1 + Math.max(...type.branches.map((branch) => this.depthOf(branch)));
      default:
        return 1;
    }
  }

  /** @throws BadAvro for a record of which each has another inside, with nothing between that could leave it out */
  refuseEndless(): void {
    const on = new Set<AvroType>();
    const done = new Set<AvroType>();
    const visit = (record: AvroType) => {
      if (record.kind !== 'record' || done.has(record)) return;
      if (on.has(record)) throw invalid(`no record of ${show(record.name)} ever ends`);
      on.add(record);
      for (const { type } of record.fields) visit(type);
      done.add(record);
    };
    for (const type of this.named.values()) visit(type);
  }

  /** A named type; it can be referred to as soon as it is made. */
  private define(json: Json, namespace: string, make: (of: { readonly name: string }) => AvroType): AvroType {
    const given = json['namespace'];
    const name = fullName(checkedName(json['name']), typeof given === 'string' ? given : namespace);
    if (this.named.has(name)) throw invalid(`the type ${show(name)} is declared twice`);
    const type = make({ name });
    this.named.set(name, type);
    return type;
  }
}

function logicalOf(json: Json, kind: string, size: number | null): AvroLogical | null {
  const { logicalType: name } = json;
  if (!isLogicalName(name) || !LOGICAL_OF[name].some((one) => one === kind)) return null;
  if (name === 'uuid' && size !== null && size !== 16) return null;
  if (name === 'duration' && size !== 12) return null;
  if (name !== 'decimal') return { name };
  const { precision, scale = 0 } = json;
  const isWhole = (n: unknown): n is number => typeof n === 'number' && Number.isInteger(n);
  if (!isWhole(precision) || !isWhole(scale) || scale < 0 || precision < scale || precision < 1) return null;
  return precision > MOST_DIGITS ? null : { name, precision, scale };
}

/** A type that stands inside of another object, which says what its values mean. */
function withLogical(json: Json, type: AvroType): AvroType {
  if (!('logical' in type) || type.logical !== null) return type;
  return { ...type, logical: logicalOf(json, type.kind, type.kind === 'fixed' ? type.size : null) };
}

function symbolsOf({ symbols }: Json, name: string): readonly string[] {
  const isText = (one: unknown) => typeof one === 'string';
  if (!Array.isArray(symbols) || symbols.length === 0 || !symbols.every(isText))
    throw invalid(`an enum without symbols: ${show(name)}`);
  return symbols;
}

function sizeOf({ size }: Json, name: string): number {
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(`a fixed without a size: ${show(name)}`);
  return size;
}

function checkedName(name: unknown): string {
  if (typeof name !== 'string' || name === '' || name.length > MOST_NAME)
    throw invalid(`expected a name, found ${show(name)}`);
  return name;
}

const fullName = (name: string, namespace: string) =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
const namespaceOf = (name: string) => name.slice(0, Math.max(0, name.lastIndexOf('.')));

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlain(name: unknown): name is AvroPlain['kind'] {
  return AVRO_PLAIN.some((known) => known === name);
}

const TOO_LARGE = 'it is larger or deeper than any has to be';
const show = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 80);
const invalid = (what: string) => new BadAvro(`its schema is invalid: ${what}`);

/** What a type is called, for people. */
export function describeAvro(type: AvroType): string {
  if (type.kind === 'union') return type.branches.map(describeAvro).join(' or ');
  const logical = 'logical' in type ? type.logical : null;
  if (logical === null) return type.kind;
  return logical.name === 'decimal'
    ? `decimal(${logical.precision}, ${logical.scale})`
    : `${type.kind} (${logical.name})`;
}
