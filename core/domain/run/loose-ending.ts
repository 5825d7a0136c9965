import { z } from 'zod';
import { endingRefSchema, type EndingRef } from '../../contracts/run/partition-record';

const shape = z.object({ status: z.string(), reason: z.object({ code: z.string() }) });

/** The ending that can be made out in something that ought to be a manifest; a guess, good for a message. */
export function endingInJson(json: unknown): EndingRef | undefined {
  const { status, reason } = shape.safeParse(json).data ?? {};
  return endingRefSchema.safeParse({ status, code: reason?.code }).data;
}
