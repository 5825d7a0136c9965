import { z } from 'zod';

/** A way through objects from member to member. Lists have no place in it. */
export const memberPathSchema = z.array(z.string().min(1).max(256)).min(1).max(20);

/** How a source of format `json` is written: documents one behind the other, or in one array, pretty-printed or not. */
export const jsonSchema = z.strictObject({
  /** Where in each document the list of records is, e.g. `['Records']`. Default: each document is a record. */
  records: memberPathSchema.optional(),
});
