/** Something on the command line can't be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
