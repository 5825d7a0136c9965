import { closeSync, openSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** Uncompressed bytes of a gzip member. */
const MEMBER_BYTES = 1 << 20;

/** Writes lines as gzip members of about a megabyte: bounded memory, and one file to every reader of gzip. */
export class GzipLines {
  records = 0;
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
    const bytes = gzipSync(this.lines.join(''));
    for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at);
    this.lines = [];
    this.size = 0;
  }
}
