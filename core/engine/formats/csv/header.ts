import { isUtf8 } from 'node:buffer';
import type { Dataset } from '../../../contracts/dataset/dataset';
import { csvDialectOf } from '../../../contracts/dataset/formats/csv';
import { encodingOf } from '../../../contracts/dataset/formats/encoding';
import { originOf } from '../../../contracts/dataset/formats/origin';
import { SchemaMismatch } from '../../../contracts/errors';
import { compareColumns } from '../compare-columns';
import { isComment, marksOf } from './layout';
import { CLOSED, openAtEnd } from './open-at-end';
import { parseCsvRecord } from './record';
import { LineTaker } from './line-taker';

/** Longest header. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** What stands before the first record of an object. */
export interface Head {
  /** Its columns, in their order. */
  readonly columns: readonly string[];
  /** Physical lines. */
  readonly lines: number;
  /** How lines end, as far as is seen. */
  readonly lineEnd: '\n' | '\r\n';
  /** All that follows. */
  readonly rest: AsyncIterable<Buffer>;
}

/**
 * Takes off a text what stands before its first record: lines to skip, and the header with comments before it.
 * @throws SchemaMismatch where there is no header, or its columns differ from the definition
 */
export async function takeHead(dataset: Dataset, chunks: AsyncGenerator<Buffer>): Promise<Head> {
  const { skipLines, header } = csvDialectOf(dataset.source);
  const taker = new LineTaker(chunks, MAX_HEADER_BYTES);
  for (let i = 0; i < skipLines; i += 1) if ((await taker.passLine()) === null) break;
  if (!header) {
    const columns = Object.entries(dataset.columns).filter(
      ([name, column]) => originOf(name, column).kind === 'source',
    );
    const first = await taker.peekLine();
    return {
      columns: columns.map(([name]) => name),
      lines: taker.lines,
      lineEnd: lineEndOf(first),
      rest: taker.rest(),
    };
  }
  const line = await takeHeader(dataset, taker);
  return { columns: readHeader(dataset, line), lines: taker.lines, lineEnd: lineEndOf(line), rest: taker.rest() };
}

const lineEndOf = (line: Buffer | null) => (line?.subarray(-2).toString() === '\r\n' ? '\r\n' : '\n');

/** The header, which may take several lines if a name holds line feeds in quotes. */
async function takeHeader(dataset: Dataset, taker: LineTaker): Promise<Buffer> {
  const marks = marksOf(csvDialectOf(dataset.source));
  const lines: Buffer[] = [];
  let open = CLOSED;
  for (let bytes = 0; bytes <= MAX_HEADER_BYTES;) {
    const line = await taker.takeLine();
    if (line === null) break;
    if (lines.length === 0 && isComment(line, marks)) continue;
    bytes += line.length;
    lines.push(line);
    open = openAtEnd(withoutEnd(line), open, marks);
    if (open.inside !== 'quoted' && !open.escaped) break;
  }
  if (lines.length === 0) throw new SchemaMismatch('got an empty object, expected a header line');
  const header = Buffer.concat(lines);
  if (!isUtf8(header))
    throw new SchemaMismatch(`got a header line that is not ${encodingOf(dataset.source).toUpperCase()}`);
  return header;
}

function withoutEnd(line: Buffer): Buffer {
  const end = line.at(-1) === 10 ? line.length - 1 : line.length;
  return line.subarray(0, line[end - 1] === 13 ? end - 1 : end);
}

/**
 * The names in a CSV header, compared with the definition. The reader gives values by position and never looks at the header
 * (`docs/engine.md` §3), so this is what keeps a reordered or renamed column from becoming another one.
 * @throws SchemaMismatch with the difference
 */
function readHeader(dataset: Dataset, line: Buffer): string[] {
  const dialect = { ...csvDialectOf(dataset.source), nullValues: [] };
  const parsed = parseCsvRecord(withoutEnd(line).toString('utf8'), dialect);
  if ('problem' in parsed) throw new SchemaMismatch(`the header line has ${parsed.problem}`);
  const header = parsed.fields.map((field) => field ?? '');
  // A delimiter at the end of each line makes an empty name, and values that the reader drops only if they are empty.
  if (header.length > 1 && parsed.endsEmpty) header.pop();
  compareColumns(dataset, header);
  return header;
}
