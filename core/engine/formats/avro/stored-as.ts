import { readOf } from '../../../contracts/dataset/column';
import type { AvroLogical, AvroType } from '../../../domain/avro/schema';
import type { PlacedColumn } from './columns';
import type { StoredAs } from './stored-values';

/** Of a decimal in 64 bits. */
const MOST_DIGITS = 18;
const TEXT: StoredAs = { kind: 'text' };

/** How the values of a column are kept. */
export function storedAs({ column, leaves, form, isInMap }: Omit<PlacedColumn, 'stored'>): StoredAs {
  if (readOf(column) !== undefined || isInMap) return TEXT;
  const decimals = leaves.flatMap((type) => decimalOf(type) ?? []);
  switch (column.type) {
    case 'string':
    case 'json':
      return TEXT;
    case 'boolean':
    case 'double':
      return { kind: column.type };
    case 'integer':
      return decimals.length > 0 ? TEXT : { kind: 'long' };
    case 'timestamp':
    case 'date':
      return form === 'numbers' ? { kind: 'long' } : TEXT;
    case 'decimal': {
      const { precision, scale } = column;
      const known = leaves.filter(({ kind }) => kind !== 'null');
      const isSame = decimals.length === known.length && decimals.every((one) => one.scale === scale);
      return precision <= MOST_DIGITS && isSame ? { kind: 'decimal', precision, scale } : TEXT;
    }
  }
}

function decimalOf(type: AvroType): Extract<AvroLogical, { name: 'decimal' }> | null {
  if (type.kind !== 'bytes' && type.kind !== 'fixed') return null;
  return type.logical?.name === 'decimal' ? type.logical : null;
}
