import type { Column } from '../../../contracts/dataset/dataset';
import { text } from '../../duckdb/sql';
import { typedText } from '../../stage/typed-text';

/**
 * The typed value of a JSON member. Its JSON type has to fit: `"5"` is no number, `1` no boolean and `5.0` no integer. A decimal may be
 * a string too, which is how exact ones are sent.
 */
export function typedJson(column: Column, name: string, source: string, kind: string): string {
  const only = (kinds: string, value: string) => `CASE WHEN ${kind} IN (${kinds}) THEN ${value} END`;
  switch (column.type) {
    case 'string':
      return only(`'VARCHAR'`, source);
    case 'timestamp':
    case 'date':
      return only(`'VARCHAR'`, typedText(column, source));
    case 'boolean':
      return only(`'BOOLEAN'`, typedText(column, source));
    case 'integer':
      return only(`'BIGINT', 'UBIGINT'`, typedText(column, source));
    case 'double':
      return only(`'BIGINT', 'UBIGINT', 'DOUBLE'`, typedText(column, source));
    case 'decimal': {
      // The parser keeps a fraction as a double: its digits have to come from the line itself. That the two are the same number makes
      // sure that it is this member's literal and not one of the same name further inside.
      const literal = `regexp_extract(_rollcall_json::VARCHAR, ${text(`"${escapeRe2(name)}"\\s*:\\s*(-?[0-9.]+)\\s*[,}]`)}, 1)`;
      const same = `TRY_CAST(${literal} AS DOUBLE) = TRY_CAST(${source} AS DOUBLE)`;
      return (
        `CASE WHEN ${kind} IN ('BIGINT', 'UBIGINT', 'VARCHAR') THEN ${typedText(column, source)} ` +
        `WHEN ${kind} = 'DOUBLE' AND ${same} THEN ${typedText(column, literal)} END`
      );
    }
  }
}

function escapeRe2(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
