/** Something on the command line or in the environment can't be used; exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
