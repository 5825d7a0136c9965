import { textDecoder } from '@duckdb/node-api/lib/vectors/dataAccessors';

const exact = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * DuckDB's client reads every text with this decoder, which takes a U+FEFF at the beginning for a byte-order mark and leaves it out: values
 * would be others than DuckDB has. `test/core/engine/duckdb/exact-texts.test.ts` fails with a client that reads by another.
 */
export function readTextsExactly(): void {
  textDecoder.decode = (bytes: Uint8Array) => exact.decode(bytes);
}
