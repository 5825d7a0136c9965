import { decimalWords, type BinaryColumn } from './binary-column';

/** A column at the top of a Parquet schema, as its footer describes it. */
export interface ParquetField {
  readonly name: string;
  /** Physical type; null for a group. */
  readonly type: string | null;
  readonly isRepeated: boolean;
  readonly isRequired: boolean;
  /** `STRING`, `DECIMAL`, `TIMESTAMP`, …; null for none. */
  readonly logical: string | null;
  readonly precision: number;
  readonly scale: number;
}

/** The column of a definition that holds it. */
export function parquetColumn(field: ParquetField): BinaryColumn {
  const { name, type, logical, isRequired, isRepeated } = field;
  const told =
    logical === 'NULL' || logical === 'UNKNOWN'
      ? 'Null'
      : [type, logical].filter((one) => one !== null).join(' ') || 'a group';
  const give = (words: Readonly<Record<string, unknown>>, warning: string | null = null): BinaryColumn => ({
    path: [name],
    words,
    told,
    nullable: !isRequired,
    warning,
  });
  if (told === 'Null') return give({ type: 'string' }, 'type Null: every value is NULL, so the type is a guess');
  if (type === null || isRepeated) return give({ type: 'json' });
  switch (logical) {
    case 'DECIMAL':
      return give(decimalWords(field.precision, field.scale));
    case 'DATE':
      return give({ type: 'date' });
    case 'TIMESTAMP':
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS':
      return give({ type: 'timestamp' });
    case 'TIME':
    case 'TIME_MILLIS':
    case 'TIME_MICROS':
      return give({ type: 'string' }, 'a time of day has no type here; have it delivered as text or as a timestamp');
    case 'JSON':
      return give({ type: 'string' }, "or { type: 'json' }: the file says that it is JSON");
    default:
      return give(...ofPhysical(type, logical));
  }
}

function ofPhysical(type: string, logical: string | null): [Readonly<Record<string, unknown>>, string | null] {
  switch (type) {
    case 'BOOLEAN':
      return [{ type: 'boolean' }, null];
    case 'INT32':
    case 'INT64':
      return [{ type: 'integer' }, null];
    case 'INT96':
      return [{ type: 'timestamp' }, null];
    case 'FLOAT':
    case 'DOUBLE':
      return [{ type: 'double' }, null];
    case 'BYTE_ARRAY':
      return [{ type: 'string' }, logical === null ? 'bytes without a type: read as text where they are UTF-8' : null];
    default:
      return [
        { type: logical === 'FLOAT16' ? 'double' : 'string' },
        logical === null ? 'bytes of one length without a type' : null,
      ];
  }
}
