import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { crc32Text } from '../../../domain/batch/crc32-text';
import { RecordsUnaccounted } from '../../../contracts/errors';
import type { StoredAs, StoredValues } from './stored-values';
import { Thrift } from './thrift';

/** Bytes after which the columns of some records are written, and how many records at most these are. */
const GROUP_BYTES = 4 * 1024 * 1024;
const GROUP_ROWS = 1 << 16;

/** Numbers of Parquet's format. */
const PHYSICAL = { boolean: 0, long: 2, decimal: 2, double: 5, text: 6 } as const;
const [UTF8, DECIMAL] = [0, 5];
const [PLAIN, RLE] = [0, 3];
const OPTIONAL = 1;
const MAGIC = Buffer.from('PAR1');

interface Chunk {
  readonly offset: number;
  readonly bytes: number;
}
interface Group {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}
export interface StoredColumn {
  readonly as: StoredAs;
  readonly values: StoredValues;
}

/** The name of a column in the file. */
export const storedName = (i: number) => `c${i}`;

/**
 * Writes columns to a file of Parquet, synchronously: uncompressed, each column of a group of records as one page. So its reader neither
 * looks for the ends of values nor reads numbers from text.
 */
export class ColumnFile {
  private readonly fd: number;
  private readonly groups: Group[] = [];
  private rows = 0;
  private written = 0;
  private checksum = 0;

  constructor(
    path: string,
    private readonly columns: readonly StoredColumn[],
  ) {
    this.fd = openSync(path, 'w');
    this.put(MAGIC);
  }

  /** CRC-32 of what was written. */
  get crc32(): string {
    return crc32Text(this.checksum);
  }

  /** Each column has got the value of one more record, which has so many bytes. */
  endRow(bytes: number): void {
    this.rows += 1;
    const isSeen = this.rows % 64 === 0 || bytes > GROUP_BYTES / 1024;
    if (this.rows === GROUP_ROWS || (isSeen && this.size() > GROUP_BYTES)) this.flush();
  }

  finish(): void {
    if (this.rows > 0) this.flush();
    const footer = this.footer();
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    this.put(footer);
    this.put(length);
    this.put(MAGIC);
  }

  close(): void {
    closeSync(this.fd);
  }

  private size(): number {
    let bytes = 0;
    for (const { values } of this.columns) bytes += values.size;
    return bytes;
  }

  private flush(): void {
    const { rows } = this;
    const chunks = this.columns.map(({ values }): Chunk => {
      if (values.rows !== rows)
        throw new RecordsUnaccounted(`a column has ${values.rows} values, expected ${rows} as there are records`);
      const offset = this.written;
      const pieces = values.page();
      const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
      this.put(pageHeader(rows, bytes));
      for (const piece of pieces) this.put(piece);
      values.clear();
      return { offset, bytes: this.written - offset };
    });
    this.groups.push({ rows, chunks });
    this.rows = 0;
  }

  private footer(): Buffer {
    const { columns, groups } = this;
    return new Thrift()
      .int32(1, 1)
      .structs(2, [null, ...columns], (column, thrift) => {
        const i = column === null ? -1 : columns.indexOf(column);
        if (column === null) return thrift.text(4, 'records').int32(5, columns.length);
        const { as } = column;
        thrift.int32(1, PHYSICAL[as.kind]).int32(3, OPTIONAL).text(4, storedName(i));
        if (as.kind === 'text') return thrift.int32(6, UTF8);
        if (as.kind === 'decimal') return thrift.int32(6, DECIMAL).int32(7, as.scale).int32(8, as.precision);
        return thrift;
      })
      .int64(
        3,
        groups.reduce((sum, { rows }) => sum + rows, 0),
      )
      .structs(4, groups, ({ rows, chunks }, group) => {
        const places = chunks.map((chunk, i) => ({ ...chunk, i }));
        group
          .structs(1, places, ({ offset, bytes, i }, chunk) => {
            chunk.int64(2, offset).struct(3, (data) => {
              data
                .int32(1, PHYSICAL[columns[i]!.as.kind])
                .int32s(2, [PLAIN, RLE])
                .texts(3, [storedName(i)])
                .int32(4, 0)
                .int64(5, rows)
                .int64(6, bytes)
                .int64(7, bytes)
                .int64(9, offset);
            });
          })
          .int64(
            2,
            chunks.reduce((sum, { bytes }) => sum + bytes, 0),
          )
          .int64(3, rows);
      })
      .end().bytes;
  }

  private put(bytes: Uint8Array): void {
    this.checksum = crc32(bytes, this.checksum);
    for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at);
    this.written += bytes.length;
  }
}

function pageHeader(rows: number, bytes: number): Buffer {
  return new Thrift()
    .int32(1, 0)
    .int32(2, bytes)
    .int32(3, bytes)
    .struct(5, (page) => page.int32(1, rows).int32(2, PLAIN).int32(3, RLE).int32(4, RLE))
    .end().bytes;
}
