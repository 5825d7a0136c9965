import { z } from 'zod';

/**
 * The version of a stored document. This release writes 1 and reads any: of a newer document it reads what it knows, ignores the rest and
 * leaves it where it is. A release that gives a field another meaning gives it another name, so that the older one finds it missing and
 * leaves the document alone (docs/decisions/unreadable-state.md).
 */
export const schemaVersionSchema = z.int().positive();

/** Whether some release of Rollcall wrote a document, as far as it can tell by itself. What was cut off or is foreign has no version. */
export function isOfSomeRelease(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('schemaVersion' in json)) return false;
  return schemaVersionSchema.safeParse(json.schemaVersion).success;
}
