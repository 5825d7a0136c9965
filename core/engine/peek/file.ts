/** A file that is looked at: anywhere, at any place in it. */
export interface PeekedFile {
  /** Path or URI, for people. */
  readonly name: string;
  readonly size: number;
  /** The bytes from a place on: fewer than asked for only at the end. */
  read(from: number, length: number): Promise<Buffer>;
  stream(from: number): AsyncIterable<Buffer>;
}
