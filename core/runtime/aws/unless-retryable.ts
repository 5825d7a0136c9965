import type { RollcallError } from '../../contracts/errors';
import { classify } from './classify';

/**
 * What some work gives; or, where it fails for good, what `otherwise` makes of the error, which is to log it.
 * @param lastTry there is no later try, so that a retryable error is as good as a final one
 * @throws RollcallError, retryable, as it came (`classify`): then the whole has to be tried again
 */
export async function unlessRetryable<T, O>(
  work: () => Promise<T>,
  otherwise: (error: RollcallError) => O | Promise<O>,
  { lastTry = false }: { readonly lastTry?: boolean } = {},
): Promise<T | O> {
  try {
    return await work();
  } catch (error) {
    const known = classify(error);
    if (known.retryable && !lastTry) throw known;
    return otherwise(known);
  }
}
