/** What a column was seen to hold: different values and how often. */
export class Tally {
  /** Text: CSV's unquoted values, groups of a pattern. */
  readonly plain = new Map<string, number>();
  /** Text in quotes: CSV's quoted values, JSON's strings. */
  readonly quoted = new Map<string, number>();
  /** JSON's numbers, as they were written. */
  readonly numbers = new Map<string, number>();
  booleans = 0;
  /** JSON's null, or what a binary format has for it. */
  nulls = 0;
  /** Objects and lists. */
  nested = 0;
  /** Records without it. */
  absent = 0;
  /** Values with a line feed. */
  multiline = 0;

  add(text: string, quoted: boolean): void {
    const map = quoted ? this.quoted : this.plain;
    map.set(text, (map.get(text) ?? 0) + 1);
    if (text.includes('\n')) this.multiline += 1;
  }

  addNumber(literal: string): void {
    this.numbers.set(literal, (this.numbers.get(literal) ?? 0) + 1);
  }

  /** The same of the first texts alone, which are enough for a hint. */
  firstTexts(most: number): Tally {
    const first = new Tally();
    for (const [map, into] of [
      [this.plain, first.plain],
      [this.quoted, first.quoted],
    ] as const)
      for (const [text, count] of map) {
        if (into.size === most) break;
        into.set(text, count);
      }
    return first;
  }

  /** Records that it was looked for in. */
  get records(): number {
    return this.booleans + this.nulls + this.nested + this.absent + this.texts + sum(this.numbers);
  }

  get texts(): number {
    return sum(this.plain) + sum(this.quoted);
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  let all = 0;
  for (const count of counts.values()) all += count;
  return all;
}

/** All texts, quoted or not. */
export function textsOf({ plain, quoted }: Tally): Map<string, number> {
  const all = new Map(plain);
  for (const [text, count] of quoted) all.set(text, (all.get(text) ?? 0) + count);
  return all;
}
