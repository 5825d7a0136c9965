import { isUtf8 } from 'node:buffer';
import type { Dataset } from '../../../contracts/dataset/dataset';
import { SchemaMismatch } from '../../../contracts/errors';
import { prepend } from '../../lines/land-lines';
import { compareColumns } from '../columns';
import { parseCsvRecord } from './record';

const LF = 10;
/** Longest header line. */
const MAX_HEADER_BYTES = 1024 * 1024;

/**
 * Takes the first line off a text.
 * @returns it with its line end, and all that follows
 * @throws SchemaMismatch where there is none
 */
export async function takeHeader(
  chunks: AsyncGenerator<Buffer>,
): Promise<{ readonly line: Buffer; readonly rest: AsyncIterable<Buffer> }> {
  let begun: Buffer = Buffer.alloc(0);
  let end = -1;
  while (end === -1 && begun.length <= MAX_HEADER_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    begun = begun.length === 0 ? next.value : Buffer.concat([begun, next.value]);
    end = begun.indexOf(LF);
  }
  if (begun.length === 0) throw new SchemaMismatch('got an empty object, expected a header line');
  if (end === -1 && begun.length > MAX_HEADER_BYTES)
    throw new SchemaMismatch(`got no line end in the first ${MAX_HEADER_BYTES} bytes, expected a header line`);
  const after = end === -1 ? begun.length : end + 1;
  const line = begun.subarray(0, after);
  if (!isUtf8(line)) throw new SchemaMismatch('got a header line that is not UTF-8');
  return { line, rest: prepend(begun.subarray(after), chunks) };
}

/**
 * The names in a CSV header, compared with the definition. The reader gives values by position and never looks at the header
 * (`docs/engine.md` §3), so this is what keeps a reordered or renamed column from becoming another one.
 * @throws SchemaMismatch with the difference
 */
export function readHeader(dataset: Dataset, line: Buffer): string[] {
  const parsed = parseCsvRecord(line.toString('utf8').replace(/\r?\n$|\r$/, ''), dataset.source.delimiter);
  if ('problem' in parsed) throw new SchemaMismatch(`the header line has ${parsed.problem}`);
  const header = parsed.fields.map((field) => field ?? '');
  // A delimiter at the end of each line makes an empty name, and values that the reader drops only if they are empty.
  if (header.length > 1 && header.at(-1) === '') header.pop();
  compareColumns(dataset, header);
  return header;
}
