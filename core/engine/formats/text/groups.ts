import { PATTERN_PARTS } from '../../../contracts/dataset/formats/text';

/** A named group of a pattern. */
export interface Group {
  readonly name: string;
  /** What stands in it, for RE2. */
  readonly body: string;
  /** Whether a line can match without it; where not, an empty text is one that it matched. */
  readonly isOptional: boolean;
}

/** A pair of parentheses, or the pattern as a whole. */
interface Level {
  readonly name: string | undefined;
  readonly inside: Level | null;
  readonly from: number;
  to: number;
  hasAlternatives: boolean;
  /** Whether what stands behind it lets it be left out. */
  mayBeLeftOut: boolean;
}

/** The named groups of a pattern that compiles. */
export function groupsIn(pattern: string): Group[] {
  let level = levelOf(undefined, null, 0);
  const levels: Level[] = [];
  for (const { 0: part, 1: name, index } of pattern.matchAll(PATTERN_PARTS)) {
    const after = index + part.length;
    if (part.startsWith('(')) {
      level = levelOf(name, level, after);
      levels.push(level);
    } else if (part === '|') {
      level.hasAlternatives = true;
    } else if (part === ')' && level.inside !== null) {
      level.to = index;
      level.mayBeLeftOut = /^(?:[?*]|\{0)/.test(pattern.slice(after, after + 2));
      level = level.inside;
    }
  }
  return levels.flatMap((one) =>
    one.name === undefined
      ? []
      : [{ name: one.name, body: pattern.slice(one.from, one.to), isOptional: isOptional(one) }],
  );
}

function levelOf(name: string | undefined, inside: Level | null, from: number): Level {
  return { name, inside, from, to: from, hasAlternatives: false, mayBeLeftOut: false };
}

function isOptional({ inside, mayBeLeftOut }: Level): boolean {
  return inside !== null && (mayBeLeftOut || inside.hasAlternatives || isOptional(inside));
}
