import type { Dataset } from '../../contracts/dataset/dataset';
import { SourceEmpty, SourcePrefixNotFound, SourceStillArriving, type RollcallError } from '../../contracts/errors';
import { MINUTE_MS, partitionEnd } from '../../contracts/partition';
import type { SourceObject } from '../../contracts/batch/plan';
import { deadlineOf, sourcePrefixes, sourceRoots } from '../partition/calendar';
import { number } from '../text/numbers';
import { isoMinute } from '../text/times';

/** What lies in the source for one partition. */
export interface Found {
  /** Data objects, in key order: no marker, nothing that is never data (`never-data.ts`), only those that end in the suffix. */
  readonly objects: readonly SourceObject[];
  /** Whether the marker that the dataset declares is there, by each of its layouts. */
  readonly markerFound: boolean;
  /** Of several layouts: the prefixes of those without the marker. */
  readonly unmarked?: readonly string[];
  /** Objects under the prefix that the suffix leaves out, by their names. */
  readonly leftOut: Named;
  /** Hidden objects under the prefix, by their keys below it. */
  readonly hidden: Named;
  /** Whether anything lies under the dataset's root; only looked for when there is nothing under the partition's prefix. */
  readonly rootHasObjects: boolean;
  /** Where the partition has no objects: a key or folder that exists, as near as could be found. */
  readonly nearest?: string;
}

/** How many of something there are, and the first of them. */
interface Named {
  readonly count: number;
  readonly example: string | null;
}

/** What a look at the source means for the run. */
export type Verdict =
  | { readonly kind: 'complete' }
  | { readonly kind: 'wait'; readonly resumeAt: Date; readonly waitingFor: string }
  | { readonly kind: 'ended'; readonly error: RollcallError };

/** When the look took place. */
export interface Look {
  readonly now: Date;
  /** Start of the run, from which the pauses between looks grow. */
  readonly startedAt: Date;
  readonly mayWait: boolean;
}

/**
 * The pause between two looks is an eighth of the time waited so far, at least 5 and at most 60 minutes. A look costs 9 events of the
 * execution's 25,000: at a fixed 5 minutes a deadline of 14 days would need 36,000, like this it needs about 3,300.
 */
const SHORTEST_PAUSE_MS = 5 * MINUTE_MS;
const LONGEST_PAUSE_MS = 60 * MINUTE_MS;
const PAUSE_SHARE = 8;

/** Something that is not there yet, and the moment at which it will be if nothing else happens. */
interface Missing {
  readonly what: string;
  readonly until: Date | null;
}

/**
 * Whether a partition's source is complete, still to be waited for, or not going to be: a pure function of what was found and when.
 * Every condition that the dataset declares must hold, for an empty partition too (docs/decisions/empty-or-incomplete.md). "Not yet"
 * becomes an ending at the deadline, or at once where the run may not wait.
 */
export function judgeArrival(dataset: Dataset, partition: string, found: Found, look: Look): Verdict {
  const missing = unmet(dataset, partition, found, look.now);
  const fault = faultOf(dataset, partition, found);
  if (missing.length === 0 && fault === undefined) return { kind: 'complete' };
  // The producer says that it is done, and there is nothing: no waiting will change that.
  const hopeless = fault !== undefined && found.markerFound && missing.every(({ until }) => until === null);
  const deadline = deadlineOf(dataset, partition);
  if (look.mayWait && look.now < deadline && !hopeless) {
    const waitingFor = fault === undefined ? missing.map(({ what }) => what) : [fault.waitingFor];
    return {
      kind: 'wait',
      resumeAt: nextLook(fault === undefined ? missing : [], look, deadline),
      waitingFor: waitingFor.join('; '),
    };
  }
  if (fault !== undefined) return { kind: 'ended', error: fault.error };
  const what = missing.map((one) => one.what).join('; ');
  const until =
    look.now < deadline ? 'and this run does not wait' : `and the deadline ${isoMinute(deadline)} has passed`;
  return {
    kind: 'ended',
    error: new SourceStillArriving(`${where(dataset, partition)}: still waiting for ${what}, ${until}`, {
      details: { objects: found.objects.length, waitingFor: what },
    }),
  };
}

/** The declared conditions that do not hold yet. */
function unmet(dataset: Dataset, partition: string, found: Found, now: Date): Missing[] {
  const { marker, minObjects, settleMinutes } = dataset.complete;
  const missing: Missing[] = [];
  if (marker !== undefined && !found.markerFound)
    missing.push({ what: `the marker ${marker}${under(dataset, found.unmarked)}`, until: null });
  if (minObjects !== undefined && found.objects.length < minObjects)
    missing.push({ what: `object ${found.objects.length + 1} of at least ${minObjects}`, until: null });
  if (settleMinutes !== undefined) {
    const until = new Date(quietSince(partition, found).getTime() + settleMinutes * MINUTE_MS);
    if (now < until) missing.push({ what: `${settleMinutes} quiet minutes (until ${isoMinute(until)})`, until });
  }
  return missing;
}

/** When the newest object came; without objects, quiet begins with the end of the partition. */
function quietSince(partition: string, found: Found): Date {
  const times = found.objects.map((object) => Date.parse(object.lastModified));
  return times.length === 0 ? partitionEnd(partition) : new Date(times.reduce((a, b) => Math.max(a, b)));
}

/** What an absence of objects means, where it is not normal. */
function faultOf(
  dataset: Dataset,
  partition: string,
  found: Found,
): { waitingFor: string; error: RollcallError } | undefined {
  if (found.objects.length > 0) return undefined;
  const roots = sourceRoots(dataset.source);
  const { bucket, suffix } = dataset.source;
  const { count, example } = found.leftOut;
  const places = listed(bucket, roots);
  const nearest = found.nearest === undefined ? '' : `; the nearest that exists is s3://${bucket}/${found.nearest}`;
  if (!found.rootHasObjects) {
    const nothing = roots.includes('') ? `the bucket ${bucket} is empty` : `nothing at all lies under ${places}`;
    return {
      waitingFor: `a first object (${nothing})`,
      error: new SourcePrefixNotFound(`${nothing}${nearest}; looked for ${where(dataset, partition)}`, {
        details: { bucket, root: roots.join(', '), nearest: found.nearest },
      }),
    };
  }
  if (count > 0) {
    // "Empty is normal" does not cover this: the hour is not empty, and a wrong suffix would silence a dataset for ever.
    const text = `${number(count)} ${count === 1 ? 'object lies' : 'objects lie'} under ${where(dataset, partition)}, but none ends in ${suffix ?? ''} (for example ${example ?? ''})${alsoHidden(found)}`;
    return {
      waitingFor: `a first object (${text})`,
      error: new SourceEmpty(text, { details: { bucket, suffix, example } }),
    };
  }
  // Who declares a least number of objects says that a partition without any is no empty one.
  if (dataset.empty === 'normal' && dataset.complete.minObjects === undefined) return undefined;
  const others = found.nearest === undefined ? `, while others lie under ${places}` : nearest;
  return {
    waitingFor: 'a first object',
    error: new SourceEmpty(`no object lies under ${where(dataset, partition)}${alsoHidden(found)}${others}`, {
      details: { bucket, root: roots.join(', '), nearest: found.nearest },
    }),
  };
}

/** Hidden objects are no data, but who looks for their data wants to hear of them. */
function alsoHidden({ hidden: { count, example } }: Found): string {
  if (count === 0) return '';
  const [are, begin] = count === 1 ? ['is', 'begins'] : ['are', 'begin'];
  return `, but ${count} that ${are} never data, because a folder or the name ${begin} with _ or . (for example ${example ?? ''})`;
}

function under({ source }: Dataset, prefixes: readonly string[] = []): string {
  return prefixes.length === 0 ? '' : ` under ${listed(source.bucket, prefixes)}`;
}

/** The known moment at which all will be there, else after a pause; never after the deadline. */
function nextLook(missing: readonly Missing[], { now, startedAt }: Look, deadline: Date): Date {
  const known = missing.map(({ until }) => until?.getTime());
  return missing.length > 0 && known.every((time) => time !== undefined)
    ? lookAt(Math.max(...known), deadline)
    : afterPause(now, startedAt, deadline);
}

/** When to look again for something that has been waited for since an instant. */
export function afterPause(now: Date, since: Date, deadline: Date): Date {
  const pause = (now.getTime() - since.getTime()) / PAUSE_SHARE;
  return lookAt(now.getTime() + Math.min(Math.max(pause, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS), deadline);
}

/** Whole seconds, upwards: a Wait that ends a fraction early would look in vain. Never after the deadline. */
function lookAt(time: number, deadline: Date): Date {
  return new Date(Math.min(Math.ceil(time / 1000) * 1000, deadline.getTime()));
}

/** `s3://bucket/prefix/` of a partition in its source. */
export function where({ source }: Pick<Dataset, 'source'>, partition: string): string {
  return listed(source.bucket, sourcePrefixes(source, partition));
}

/** Prefixes that a message names, of many. */
const MOST_NAMED = 3;

function listed(bucket: string, prefixes: readonly string[]): string {
  const named = prefixes.slice(0, MOST_NAMED).map((prefix) => `s3://${bucket}/${prefix}`);
  const more = prefixes.length - named.length;
  return `${named.join(' and ')}${more > 0 ? ` and ${more} more` : ''}`;
}
