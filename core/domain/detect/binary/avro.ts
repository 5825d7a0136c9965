import { decimalWords, type BinaryColumn } from './binary-column';

/** What the head of an Avro file says. No record is decoded. */

export interface AvroHead {
  readonly schema: unknown;
  readonly codec: string;
  /** Records in the blocks that are among the bytes, and whether those are all. */
  readonly records: number;
  readonly whole: boolean;
}

/** The bytes are no head of an Avro file, or end inside of it. */
export class BadAvro extends Error {
  override readonly name = 'BadAvro';
}

/**
 * Reads an Avro file's head.
 * @throws BadAvro
 */
export function avroHead(bytes: Uint8Array): AvroHead {
  const reader = new Reader(bytes, 4);
  const metadata = new Map<string, string>();
  for (let n = reader.long(); n !== 0; n = reader.long()) {
    // A negative number of members is followed by their size.
    if (n < 0) reader.long();
    for (let i = 0; i < Math.abs(n); i += 1) metadata.set(reader.text(), reader.text());
    if (metadata.size > 10_000) throw new BadAvro('more metadata than any file has');
  }
  const sync = reader.take(16);
  const text = metadata.get('avro.schema');
  if (text === undefined) throw new BadAvro('no schema in its head');
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BadAvro('its schema is no JSON');
  }
  return { schema, codec: metadata.get('avro.codec') ?? 'null', ...blocksOf(reader, sync) };
}

function blocksOf(reader: Reader, sync: Uint8Array): { records: number; whole: boolean } {
  let records = 0;
  try {
    while (!reader.atEnd) {
      const n = reader.long();
      reader.take(reader.long());
      const mark = reader.take(16);
      if (n < 0 || !mark.every((byte, i) => byte === sync[i])) throw new BadAvro('a block without its mark');
      records += n;
    }
  } catch (error) {
    if (!(error instanceof BadAvro)) throw error;
    return { records, whole: false };
  }
  return { records, whole: true };
}

class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  take(n: number): Uint8Array {
    if (n < 0 || n > this.bytes.length - this.at) throw new BadAvro('cut off in its head');
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  /** Zigzag, seven bits a byte. Beyond 2⁵³ nothing in a head is true. */
  long(): number {
    let value = 0;
    for (let shift = 0; shift < 53; shift += 7) {
      const [byte = 0] = this.take(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new BadAvro('a number that is too long');
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.long()));
  }
}

type Schema = Readonly<Record<string, unknown>>;
const MOST_DEPTH = 5;
const MOST_COLUMNS = 500;

/** The columns of a schema: members of records by their path, lists and maps as JSON. Null for a schema of something else. */
export function avroColumns(schema: unknown): BinaryColumn[] | null {
  if (!isRecord(schema)) return null;
  const named = new Map<string, Schema>();
  const columns: BinaryColumn[] = [];
  const walk = (record: Schema, path: readonly string[], nullable: boolean) => {
    for (const field of fieldsOf(record)) {
      const name = field['name'];
      if (typeof name !== 'string' || columns.length >= MOST_COLUMNS) continue;
      const at = [...path, name];
      const { type, mayBeNull } = withoutNull(resolved(field['type'], named));
      if (isRecord(type) && at.length < MOST_DEPTH) walk(type, at, nullable || mayBeNull);
      else columns.push({ path: at, ...wordsOf(type), nullable: nullable || mayBeNull });
    }
  };
  remember(schema, named);
  walk(schema, [], false);
  return columns;
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRecord(value: unknown): value is Schema {
  return isObject(value) && (value['type'] === 'record' || value['type'] === 'error');
}

function fieldsOf(record: Schema): Schema[] {
  const fields = record['fields'];
  return Array.isArray(fields) ? fields.filter(isObject) : [];
}

/** Named types are declared where they come first. */
function remember(type: unknown, named: Map<string, Schema>): void {
  if (Array.isArray(type)) for (const one of type) remember(one, named);
  if (!isObject(type)) return;
  const name = type['name'];
  if (typeof name === 'string' && !named.has(name)) {
    named.set(name, type);
    if (typeof type['namespace'] === 'string') named.set(`${type['namespace']}.${name}`, type);
    for (const field of fieldsOf(type)) remember(field['type'], named);
  } else if (name === undefined) for (const inner of ['type', 'items', 'values']) remember(type[inner], named);
}

function resolved(type: unknown, named: ReadonlyMap<string, Schema>): unknown {
  if (typeof type === 'string') return named.get(type) ?? type;
  if (Array.isArray(type)) return type.map((one) => (typeof one === 'string' ? (named.get(one) ?? one) : one));
  if (isObject(type) && isObject(type['type'])) return resolved(type['type'], named);
  return type;
}

function withoutNull(type: unknown): { type: unknown; mayBeNull: boolean } {
  if (!Array.isArray(type)) return { type, mayBeNull: type === 'null' };
  const others = type.filter((one) => one !== 'null');
  return { type: others.length === 1 ? others[0] : others, mayBeNull: others.length < type.length };
}

const NUMBER = (value: unknown, otherwise: number) =>
  typeof value === 'number' && Number.isInteger(value) ? value : otherwise;

function wordsOf(type: unknown): Pick<BinaryColumn, 'words' | 'told' | 'warning'> {
  const plain = isObject(type) ? type['type'] : type;
  const logical = isObject(type) && typeof type['logicalType'] === 'string' ? type['logicalType'] : null;
  const told = Array.isArray(type)
    ? 'a union of types'
    : logical === null
      ? String(plain)
      : `${String(plain)} (${logical})`;
  const give = (words: Readonly<Record<string, unknown>>, warning: string | null = null) => ({ words, told, warning });
  if (logical === 'decimal' && isObject(type))
    return give(decimalWords(NUMBER(type['precision'], 38), NUMBER(type['scale'], 0)));
  if (logical === 'date') return give({ type: 'date' });
  if (logical?.includes('timestamp') === true) return give({ type: 'timestamp' });
  switch (plain) {
    case 'boolean':
      return give({ type: 'boolean' });
    case 'int':
    case 'long':
      return give({ type: 'integer' });
    case 'float':
    case 'double':
      return give({ type: 'double' });
    case 'string':
    case 'enum':
      return give({ type: 'string' });
    case 'bytes':
    case 'fixed':
      return give({ type: 'string' }, 'bytes are read as text where they are UTF-8');
    case 'null':
      return {
        words: { type: 'string' },
        told: 'Null',
        warning: 'type null: every value is NULL, so the type is a guess',
      };
    default:
      return give({ type: 'json' });
  }
}
