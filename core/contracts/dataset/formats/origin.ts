import { z } from 'zod';
import { memberPathSchema } from './json';

/**
 * What is known of a record besides its own values: the partition (as timestamp, date or text), the whole key of its object, when that
 * was last changed, and the physical line on which the record begins.
 */
const ABOUT_RECORD = ['$partition', '$key', '$modified', '$line'] as const;
export type AboutRecord = (typeof ABOUT_RECORD)[number];

/** The types that a column of each can have. */
export const ABOUT_TYPES: Readonly<Record<AboutRecord, readonly string[]>> = {
  $partition: ['timestamp', 'date', 'string'],
  $key: ['string'],
  $modified: ['timestamp'],
  $line: ['integer'],
};

function isAboutRecord(name: string): name is AboutRecord {
  return ABOUT_RECORD.some((known) => known === name);
}

/** Where a column's values come from: a name in the source, a path of names in JSON and Avro, or what is known of the record. */
export const originSchema = z.union(
  [
    z
      .string()
      .min(1)
      .max(256)
      .refine((name) => !name.startsWith('$') || isAboutRecord(name), {
        error: `expected one of ${ABOUT_RECORD.join(' ')}; a member of JSON that begins with $ as a path like ['$id']`,
      }),
    memberPathSchema,
  ],
  { error: "expected a name, or for JSON and Avro a path like ['detail', 'amount']" },
);

/** Where a column's values come from. */
export type Origin =
  | { readonly kind: 'about'; readonly about: AboutRecord }
  /** A path of one name in formats that have no paths. */
  | { readonly kind: 'source'; readonly path: readonly [string, ...string[]] };

/** Where the values of a column come from; its own name where it does not say. */
export function originOf(name: string, { from }: { readonly from?: string | string[] | undefined }): Origin {
  if (from === undefined) return { kind: 'source', path: [name] };
  if (typeof from === 'string')
    return isAboutRecord(from) ? { kind: 'about', about: from } : { kind: 'source', path: [from] };
  const [first = name, ...others] = from;
  return { kind: 'source', path: [first, ...others] };
}
