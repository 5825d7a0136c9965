/** Something that a story claims: what it is about, how it was, how it should have been. */
export type Fact = readonly [what: string, was: unknown, should: unknown];

/** One line for each claim that did not hold. */
export function listWrong(facts: readonly Fact[]): string[] {
  return facts.flatMap(([what, was, should]) => {
    const [is, expected] = [JSON.stringify(was), JSON.stringify(should)];
    return is === expected ? [] : [`${what}: ${is}, not ${expected}`];
  });
}
