import { isExhaustion } from '../../domain/batch/exhaustion';

/** What an error says: its first line, shortened, because the lines after it quote the data. */
export function briefly(error: unknown): string {
  const line = messageOf(error).split('\n', 1)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/**
 * What kind of error it is, for datasets with sensitive columns: DuckDB's text after the kind quotes values (`Could not convert string
 * '…'`, `Overflow in multiplication of …`).
 */
export function kindOf(error: unknown): string {
  const kind = /^[A-Z][A-Za-z]*(?: [A-Za-z]+){0,4} (?:Error|Exception)(?=:)/.exec(messageOf(error))?.[0] ?? 'an error';
  return `${kind}, whose text may quote values of sensitive columns`;
}

/** Whether memory or room in /tmp ran out: never a fault of the data. */
export function isOutOfMemory(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return isExhaustion(messageOf(error), typeof code === 'string' ? code : undefined);
}

/** Native code makes errors outside of the realm that a test runs in, so `instanceof Error` would not know them. */
function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
