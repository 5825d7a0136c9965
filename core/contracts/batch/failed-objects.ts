import { z } from 'zod';

/** Characters that are kept of what is wrong with an object, and of what its first bytes are. */
export const MOST_OF_FAILED_OBJECT = { message: 500, found: 200 } as const;

/** An object that could not be read: none of its records was read, published or compared. */
export const failedObjectSchema = z.object({
  key: z.string(),
  /** Reason code, as of an ending: `SOURCE_CORRUPT` or `SCHEMA_MISMATCH`; a later release may have others. */
  code: z.string(),
  /** What is wrong with it, for people. */
  message: z.string(),
  /** What its first bytes are, for people: `0 bytes`, `gzip of CSV with a comma between its values`. */
  found: z.string(),
});
export type FailedObject = z.output<typeof failedObjectSchema>;

/** Objects that are named one by one, by what names them: the batch records have them all. */
export const MOST_NAMED_OBJECTS = { manifest: 1000, publication: 20 } as const;

/** The objects of a partition that could not be read. */
export const failedObjectsSchema = z.object({
  failed: z.int().positive(),
  /** Objects of the partition in all. */
  of: z.int().positive(),
  /** The first of them, in the order in which the objects are read ({@link MOST_NAMED_OBJECTS}). */
  objects: z.array(failedObjectSchema),
});
export type FailedObjects = z.output<typeof failedObjectsSchema>;

/** The same with fewer of them named. */
export function namingFewer(all: FailedObjects, most: number): FailedObjects {
  return { ...all, objects: all.objects.slice(0, most) };
}
