import { AvroBytes, BadAvro } from '../../avro/bytes';
import { readAvroHead, SYNC_BYTES } from '../../avro/head';
import { describeAvro, type AvroType } from '../../avro/schema';
import { decimalWords, type BinaryColumn } from './binary-column';

export { BadAvro };

/** What the first bytes of an Avro file say. No record is decoded. */
export interface AvroBeginning {
  readonly schema: AvroType;
  readonly codec: string;
  /** Records in the blocks that are among the bytes, and whether those are all. */
  readonly records: number;
  readonly whole: boolean;
}

/**
 * Reads an Avro file's head, and the counts of the blocks that follow.
 * @throws BadAvro
 */
export function avroHead(bytes: Uint8Array): AvroBeginning {
  const { schema, codec, sync, bytes: at } = readAvroHead(bytes);
  const reader = new AvroBytes(bytes, at);
  let records = 0;
  try {
    while (!reader.atEnd) {
      const n = reader.long();
      reader.take(reader.long());
      const mark = reader.take(SYNC_BYTES);
      if (n < 0 || !mark.every((byte, i) => byte === sync[i])) throw new BadAvro('a block without its mark');
      records += n;
    }
  } catch (error) {
    if (!(error instanceof BadAvro)) throw error;
    return { schema, codec, records, whole: false };
  }
  return { schema, codec, records, whole: true };
}

const MOST_DEPTH = 5;
const MOST_COLUMNS = 500;

/** The columns of a schema: members of records by their path, lists and maps as JSON. Null for a schema of something else. */
export function avroColumns(schema: AvroType): BinaryColumn[] | null {
  if (schema.kind !== 'record') return null;
  const columns: BinaryColumn[] = [];
  const walk = (record: typeof schema, path: readonly string[], nullable: boolean) => {
    for (const { name, type: declared } of record.fields) {
      if (columns.length >= MOST_COLUMNS) return;
      const at = [...path, name];
      const { type, mayBeNull } = withoutNull(declared);
      if (type.kind === 'record' && at.length < MOST_DEPTH) walk(type, at, nullable || mayBeNull);
      else columns.push({ path: at, ...wordsOf(type), nullable: nullable || mayBeNull });
    }
  };
  walk(schema, [], false);
  return columns;
}

function withoutNull(type: AvroType): { type: AvroType; mayBeNull: boolean } {
  if (type.kind !== 'union') return { type, mayBeNull: type.kind === 'null' };
  const others = type.branches.filter(({ kind }) => kind !== 'null');
  const [only] = others;
  const rest: AvroType = others.length === 1 && only !== undefined ? only : { kind: 'union', branches: others };
  return {
    type: others.length === 0 ? { kind: 'null', logical: null } : rest,
    mayBeNull: others.length < type.branches.length,
  };
}

function wordsOf(type: AvroType): Pick<BinaryColumn, 'words' | 'told' | 'warning'> {
  const told = type.kind === 'union' ? 'a union of types' : describeAvro(type);
  const give = (words: Readonly<Record<string, unknown>>, warning: string | null = null) => ({ words, told, warning });
  const logical = 'logical' in type ? type.logical : null;
  if (logical?.name === 'decimal') return give(decimalWords(logical.precision, logical.scale));
  if (logical?.name === 'date') return give({ type: 'date' });
  if (logical?.name.includes('timestamp') === true) return give({ type: 'timestamp' });
  if (logical !== null) return give({ type: 'string' });
  switch (type.kind) {
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
    case 'array':
    case 'map':
    case 'record':
    case 'union':
      return give({ type: 'json' });
  }
}
