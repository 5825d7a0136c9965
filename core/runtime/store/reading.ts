import type { z } from 'zod';
import { InternalError } from '../../contracts/errors';
import { describeProblems, problemsOf } from '../../contracts/problems';
import { isOfSomeRelease } from '../../contracts/schema-version';

/** A JSON object as it is in S3, with the ETag that a compare-and-swap needs. */
export interface Stored<T> {
  readonly value: T;
  readonly etag: string;
  /** All that is there, also what `value` leaves out. */
  readonly json: unknown;
}

/** An object that this release can't read: cut off, empty, foreign, or of a release that writes it another way. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly key: string;
  readonly etag: string;
  /** Where it is and what is wrong with it, for people. */
  readonly why: string;
  /** What is there, where that is JSON: good for a guess, and for nothing else. */
  readonly json: unknown;
  /** Whether some release of Rollcall wrote it. Then what is in it is the truth, only not for us, and no reason to replace it. */
  readonly ofSomeRelease: boolean;
}

/** What reading a document gives: the reader decides for each. */
export type Reading<T> = ({ readonly kind: 'found' } & Stored<T>) | { readonly kind: 'absent' } | Unreadable;

/** Makes a document of a text. Never throws. */
export function readingOf<S extends z.ZodType>(
  at: { readonly bucket: string; readonly key: string; readonly etag: string },
  text: string,
  schema: S,
): Exclude<Reading<z.output<S>>, { kind: 'absent' }> {
  const { bucket, key, etag } = at;
  const unreadable = (what: string, json?: unknown): Unreadable => ({
    kind: 'unreadable',
    key,
    etag,
    why: `s3://${bucket}/${key} ${what}`,
    json,
    ofSomeRelease: isOfSomeRelease(json),
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unreadable(text === '' ? 'is empty' : 'is not JSON');
  }
  const parsed = schema.safeParse(json, { reportInput: true });
  if (!parsed.success) return unreadable(`does not fit: ${describeProblems(problemsOf(parsed.error))}`, json);
  return { kind: 'found', value: parsed.data, etag, json };
}

/**
 * What was found; undefined where there is nothing. For a caller that can't go on without the document, and stops no other by that.
 * @throws InternalError when it is unreadable
 */
export function foundOrThrow<T>(reading: Reading<T>): Stored<T> | undefined {
  switch (reading.kind) {
    case 'found':
      return reading;
    case 'absent':
      return undefined;
    case 'unreadable':
      throw new InternalError(reading.why, { details: { key: reading.key } });
  }
}

/** What was found, of a document that may as well be missing: the reader does without, computes it again, or says so by itself. */
export function valueOrNone<T>(reading: Reading<T>): T | undefined {
  return reading.kind === 'found' ? reading.value : undefined;
}
