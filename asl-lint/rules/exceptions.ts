import type { Rule } from '../rule';

/** Found in `lint.ts`, when all other findings are known. */
export const lineThatAllowsNothing: Rule = {
  id: 'line-that-allows-nothing',
  forbids:
    'a line "asl-lint allows …" in a Comment that names a rule which cannot be allowed, gives no reason, or has nothing to allow',
  why: 'who reads it believes that something is known to be so, and it is not',
  check: () => [],
};
