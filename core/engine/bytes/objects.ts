import type { SourceObject } from '../../contracts/batch/plan';

/** Reads objects of the source; the runtime's implementation asks S3. */
export interface ObjectReader {
  /**
   * The bytes of an object that is still the one that was listed.
   * @throws SourceChanged when its ETag is another one, or it is gone
   */
  read(object: SourceObject): Promise<AsyncIterable<Buffer>>;
}
