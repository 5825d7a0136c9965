import { z } from 'zod';

/**
 * Maxima of what steps answer. A state of Step Functions takes 256 KiB, and what is larger fails where nothing may catch it: so every
 * text and list in a step's output has a maximum, and asl-lint proves at synth that they fit together (`output-without-bound`).
 *
 * They are far above what steps really answer, since a run that was begun by another release brings what that one answered.
 */

/** Names and ids: of an execution at most 80 characters, made to a run id at most 97. */
export const nameSchema = z.string().max(160);
export const arnSchema = z.string().max(512);
/** 16 or 32 hex digits. */
export const hashSchema = z.string().max(64);
/** Characters of a sentence for people that a step's output may have; what is longer is cut. */
export const MOST_DETAIL = 2000;
/** Keys of the ledger: they are built of names, dates and hashes only (`contracts/keys.ts`). */
export const keySchema = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9_./~-]*$/, { error: 'expected a key of the ledger' });
/** ISO 8601, UTC. */
export const instantSchema = z.iso.datetime().max(40);

/** Most problems of an input that are named; more would help no reader. */
export const MOST_PROBLEMS = 20;
export const MOST_PROBLEM = { field: 200, value: 400, expected: 400 } as const;
/** What is wrong with an input, as a refusal carries it. */
export const inputProblemsSchema = z
  .array(
    z.object({
      field: z.string().max(MOST_PROBLEM.field),
      value: z.string().max(MOST_PROBLEM.value),
      expected: z.string().max(MOST_PROBLEM.expected),
    }),
  )
  .max(MOST_PROBLEMS);

/** Text of at most `most` characters, with an ellipsis where something is missing. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}

/** A schema for what takes at most so many bytes as JSON, which is less than the maxima inside it come to. */
export function withinBytes<T extends z.ZodType>(schema: T, bytes: number): T {
  return schema
    .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= bytes, {
      error: `expected at most ${bytes} bytes of JSON`,
    })
    .meta({ maxBytes: bytes });
}
