/**
 * How DuckDB (which names every error `Error`, and says the kind at the beginning of the message), V8 and the file system say that there
 * is no more memory, or no more room in /tmp.
 */
const MESSAGES =
  /^Out of Memory Error|No space left on device|std::bad_alloc|^(Invalid array buffer length|Array buffer allocation failed)/;
const CODES: ReadonlySet<string> = new Set([
  'ENOSPC',
  'ENOMEM',
  'EDQUOT',
  'ERR_MEMORY_ALLOCATION_FAILED',
  'Z_MEM_ERROR',
]);

/** Whether an error means that memory or /tmp was used up: never a fault of the data, and the same again for the same batch. */
export function isExhaustion(message: string, code?: string): boolean {
  return MESSAGES.test(message) || (code !== undefined && CODES.has(code));
}
