import type { SourceObject } from '../../contracts/batch/plan';
import { ObjectTooLarge } from '../../contracts/errors';

/** How much all objects of a batch may hold, and how much of it those before took. */
export class Budget {
  private bytes = 0;
  private records = 0;

  constructor(
    private readonly mostBytes: number,
    private readonly mostRecords: number,
  ) {}

  /**
   * Takes bytes of an object's content.
   * @throws ObjectTooLarge when there is no more room
   */
  takeBytes(bytes: number, object: Pick<SourceObject, 'size'>): void {
    this.refuseBytes(bytes, object);
    this.bytes += bytes;
  }

  /** @throws ObjectTooLarge when there is no room for so many more bytes */
  refuseBytes(bytes: number, { size }: Pick<SourceObject, 'size'>): void {
    if (this.bytes + bytes <= this.mostBytes) return;
    throw new ObjectTooLarge(
      `inflates to more than ${this.mostBytes} bytes, which is all that a batch may have (${size} bytes as stored); ` +
        'have the source write smaller objects, or raise batchBytes and /tmp for the app',
      { details: { bytes: size, limit: this.mostBytes } },
    );
  }

  /**
   * Takes records of an object.
   * @param records of it so far, or in all
   * @param isAll whether no more will come
   * @throws ObjectTooLarge when there is no more room
   */
  takeRecords(records: number, { size }: Pick<SourceObject, 'size'>, isAll: boolean): void {
    if (this.records + records > this.mostRecords)
      throw new ObjectTooLarge(
        `with it the batch has more than ${this.mostRecords} records, which is all that a batch may have (${size} bytes as stored); ` +
          'lower batchBytes for the app, so that fewer objects make a batch, or have the source write smaller ones',
        { details: { bytes: size, limit: this.mostRecords } },
      );
    if (isAll) this.records += records;
  }
}
