/**
 * Retries of a step after a passing fault (5 invocations). `lib/retry-policies.ts` makes the machine's policy of it; LoadPartition knows by
 * it when the source has had its last chance and the fallback is asked.
 */
export const PASSING_FAULT_RETRIES = 4;
