import { complain } from '../print';

/** Something on the command line or in the environment can't be used; exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The exit status of a command: what it gives, or 2 where it was used wrongly, after saying how. */
export async function usageStatus(command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    complain(error.message);
    return 2;
  }
}
