import { MOST_NAMED_OBJECTS, type FailedObject, type FailedObjects } from '../../contracts/batch/failed-objects';
import { reasonOfError, type FinalErrorName } from '../../contracts/errors';
import { endingOf, isReasonCode, type ReasonCode } from '../../contracts/run/endings';
import { listed } from '../text/lists';
import { count, number } from '../text/numbers';

/** The objects of a partition that could not be read, as its manifest names them; undefined where there are none. */
export function failedObjectsOf(all: readonly FailedObject[], of: number): FailedObjects | undefined {
  if (all.length === 0) return undefined;
  return { failed: all.length, of, objects: all.slice(0, MOST_NAMED_OBJECTS.manifest) };
}

/** How many, and the first of them by name: for the log, and the details of an error. */
export function briefOfFailedObjects({ failed, of, objects }: FailedObjects) {
  return { failed, of, objects: objects.slice(0, MOST_NAMED_OBJECTS.publication).map(({ key }) => key) };
}

/** The error that an object ends its batch, or its partition, with. */
export function errorNameOf({ code }: Pick<FailedObject, 'code'>): FinalErrorName {
  return (isReasonCode(code) ? endingOf(code).ofBatches : null) ?? 'InternalError';
}

const CODES: readonly ReasonCode[] = ['SOURCE_CORRUPT', 'SCHEMA_MISMATCH'];

/** Whether an error of a batch is one of an object that cannot be read. */
export function isOfObject(error: string): boolean {
  return CODES.includes(reasonOfError(error));
}

/** Keys that a sentence has. */
const NAMED = 5;

/**
 * What is to be said of a partition's objects that could not be read: how many, the first one with what is wrong, and the names of others.
 * @param why it is too many
 */
export function failedObjectsSentence({ failed, of, objects }: FailedObjects, why: string): string {
  const [first, ...others] = objects;
  const which = first === undefined ? '' : `: ${first.key}: ${first.message}`;
  const names = others.map(({ key }) => key);
  const more =
    names.length === 0 ? '' : `; and ${number(failed - 1)} more: ${listed(names, NAMED, { total: failed - 1 })}`;
  return `${number(failed)} of ${count(of, 'object')} cannot be read, ${why}${which}${more}`;
}
