import type { SourceObject } from '../../contracts/batch/plan';
import { ObjectTooLarge } from '../../contracts/errors';

type Sized = Pick<SourceObject, 'size'>;

/** How much all objects of a batch may hold, and how much of it those before took. */
export class Budget {
  private bytes = 0;
  private records = 0;
  /** What each object took. */
  private readonly taken = new Map<Sized, { bytes: number; records: number }>();

  constructor(
    private readonly mostBytes: number,
    private readonly mostRecords: number,
  ) {}

  /**
   * Takes bytes of an object's content.
   * @throws ObjectTooLarge when there is no more room
   */
  takeBytes(bytes: number, object: Sized): void {
    this.refuseBytes(bytes, object);
    this.bytes += bytes;
    this.of(object).bytes += bytes;
  }

  /** @throws ObjectTooLarge when there is no room for so many more bytes */
  refuseBytes(bytes: number, { size }: Sized): void {
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
  takeRecords(records: number, object: Sized, isAll: boolean): void {
    if (this.records + records > this.mostRecords)
      throw new ObjectTooLarge(
        `with it the batch has more than ${this.mostRecords} records, which is all that a batch may have (${object.size} bytes as stored); ` +
          'lower batchBytes for the app, so that fewer objects make a batch, or have the source write smaller ones',
        { details: { bytes: object.size, limit: this.mostRecords } },
      );
    if (!isAll) return;
    this.records += records;
    this.of(object).records += records;
  }

  /** Gives back what an object took that is set aside: the others may have it. */
  giveBack(object: Sized): void {
    const { bytes, records } = this.of(object);
    this.bytes -= bytes;
    this.records -= records;
    this.taken.delete(object);
  }

  private of(object: Sized): { bytes: number; records: number } {
    const known = this.taken.get(object) ?? { bytes: 0, records: 0 };
    this.taken.set(object, known);
    return known;
  }
}
