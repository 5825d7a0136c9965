import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32, gzipSync } from 'node:zlib';
import { crc32Text } from '../../domain/batch/crc32-text';

/** Uncompressed bytes of a gzip member. */
const MEMBER_BYTES = 1 << 20;

/** Writes lines as gzip members of about a megabyte: bounded memory, and one file to every reader of gzip. */
export class GzipLines {
  records = 0;
  private textChecksum = 0;
  private checksum = 0;
  private readonly fd: number;
  private lines: string[] = [];
  private size = 0;

  constructor(path: string) {
    this.fd = openSync(path, 'w');
  }

  /** One line, without its line end. */
  write(line: string): void {
    this.lines.push(line, '\n');
    this.size += line.length;
    this.records += 1;
    if (this.size >= MEMBER_BYTES) this.flush();
  }

  /** CRC-32 of the file's bytes. */
  get crc32(): string {
    return crc32Text(this.checksum);
  }

  /** CRC-32 of the text that was written. */
  get textCrc32(): string {
    return crc32Text(this.textChecksum);
  }

  /** Writes what is left and closes the file. */
  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.fd);
    }
  }

  private flush(): void {
    if (this.lines.length === 0) return;
    const lines = Buffer.from(this.lines.join(''));
    const bytes = gzipSync(lines);
    this.textChecksum = crc32(lines, this.textChecksum);
    this.checksum = crc32(bytes, this.checksum);
    for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at);
    this.lines = [];
    this.size = 0;
  }
}
