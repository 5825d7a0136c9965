import { z } from 'zod';

const columnsSchema = z.array(z.string()).min(1);

const settingsSchema = z.strictObject({
  /** Columns that together identify a record within a partition. */
  columns: columnsSchema,
  /** Which record of a key is kept: the first that is read, or the last by `by`. */
  keep: z.enum(['first', 'last']).default('first'),
  /** With `keep: 'last'`, the columns that order the records of a key; of equal ones the later by key and line is the last. */
  by: columnsSchema.optional(),
  /** With `keep: 'last'`, a SQL condition: a key whose last record it is true of is left out with all its records. */
  deleted: z.string().min(1).max(4000).optional(),
});

/** What identifies a record: columns, of which the first record is kept, or columns with what is kept of several. */
export const uniqueSchema = z.union([columnsSchema, settingsSchema], {
  error: 'expected a list of columns, or { columns, keep, by, deleted }',
});
export type UniqueOptions = z.output<typeof uniqueSchema>;

/** The unique key of a dataset with every default filled in. */
export interface Unique {
  readonly columns: readonly string[];
  readonly keep: 'first' | 'last';
  readonly by: readonly string[];
  readonly deleted: string | null;
}

/** The unique key of a dataset; undefined where it has none. */
export function uniqueOf({ unique }: { readonly unique?: UniqueOptions | undefined }): Unique | undefined {
  if (unique === undefined) return undefined;
  if (Array.isArray(unique)) return { columns: unique, keep: 'first', by: [], deleted: null };
  return { columns: unique.columns, keep: unique.keep, by: unique.by ?? [], deleted: unique.deleted ?? null };
}
