/** Deals out values in turn: two dealers with different periods meet in every pair. */
export function dealer<T>(values: readonly T[], step = 1): () => T {
  let next = 0;
  return () => {
    const value = values[next % values.length];
    next += step;
    if (value === undefined) throw new Error('a dealer without values');
    return value;
  };
}
