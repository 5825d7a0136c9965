/** What a role may do with a bucket that is not the app's. */
export interface BucketAccess {
  readonly bucket: string;
  /** IAM patterns (`*` and `?`) of the prefixes that may be listed; `*` alone: all of them. */
  readonly list: readonly string[];
  /** IAM patterns of the keys that may be read; `*` alone: all of them. */
  readonly read: readonly string[];
}

type Right = 'list' | 'read';

/**
 * The narrowest access that fits the size of a role's policies. What is asked for where that fits. Else it is widened, no further than is
 * needed and what tells least about others first: prefixes collapse to common ones, those that have most in common first, at last to the
 * whole bucket; for listing, which shows names only, before reading; in the bucket that takes most room first.
 *
 * Never to a bucket that was not asked for: the widest answer may still not fit, and the check of the limits says so.
 */
export function narrowestThatFits(
  asked: readonly BucketAccess[],
  fits: (access: readonly BucketAccess[]) => boolean,
): readonly BucketAccess[] {
  if (fits(asked)) return asked;
  const wider = widerAndWider(asked);
  // The first that fits, by halves: whatever is wider takes less room.
  let [from, to] = [0, wider.length - 1];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (fits(wider[middle] ?? asked)) to = middle;
    else from = middle + 1;
  }
  return wider[from] ?? asked;
}

/** Every access that is a step wider than the one before it. */
function widerAndWider(asked: readonly BucketAccess[]): (readonly BucketAccess[])[] {
  const steps: (readonly BucketAccess[])[] = [];
  for (const [widen, right] of [
    [collapse, 'list'],
    [openWhole, 'list'],
    [collapse, 'read'],
    [openWhole, 'read'],
  ] as const) {
    for (let next = widen(steps.at(-1) ?? asked, right); next !== undefined; next = widen(next, right))
      steps.push(next);
  }
  return steps;
}

/** The largest of the buckets that can be widened gets what `wider` makes of it. */
function widenLargest(
  access: readonly BucketAccess[],
  right: Right,
  canWiden: (patterns: readonly string[]) => boolean,
  wider: (patterns: readonly string[]) => string[],
): readonly BucketAccess[] | undefined {
  const size = (one: BucketAccess) => one[right].reduce((sum, pattern) => sum + pattern.length, 0);
  const candidates = access.filter((one) => canWiden(one[right]));
  const largest = candidates.toSorted((a, b) => size(b) - size(a))[0];
  if (largest === undefined) return undefined;
  return access.map((one) => (one === largest ? { ...one, [right]: wider(one[right]) } : one));
}

function collapse(access: readonly BucketAccess[], right: Right): readonly BucketAccess[] | undefined {
  return widenLargest(access, right, (patterns) => patterns.length > 1, collapseClosest);
}

function openWhole(access: readonly BucketAccess[], right: Right): readonly BucketAccess[] | undefined {
  const isPart = (patterns: readonly string[]) => patterns.length > 0 && !isWhole(patterns);
  return widenLargest(access, right, isPart, () => ['*']);
}

export function isWhole(patterns: readonly string[]): boolean {
  return patterns.includes('*');
}

/** Replaces the patterns that have the longest beginning in common by that beginning. */
export function collapseClosest(patterns: readonly string[]): string[] {
  const sorted = [...patterns].sort();
  const shared = sorted.slice(1).map((pattern, i) => commonLength(fixed(sorted[i] ?? ''), fixed(pattern)));
  const longest = Math.max(...shared);
  const merged: string[] = [];
  sorted.forEach((pattern, i) => {
    if (i > 0 && shared[i - 1] === longest) merged[merged.length - 1] = `${fixed(pattern).slice(0, longest)}*`;
    else merged.push(pattern);
  });
  return [...new Set(merged)];
}

/** The text before the first wildcard. */
function fixed(pattern: string): string {
  return pattern.slice(0, pattern.search(/[*?]|$/));
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
