import { firstLines, type TextSample } from '../sample';

/** Characters that separate, and how likely they do where others do as well. */
const SINGLE: readonly (readonly [string, number])[] = [
  [',', 1],
  [';', 1],
  ['\t', 1],
  ['|', 1],
  ['\x01', 1],
  ['\x1f', 1],
  ['~', 0.9],
  ['^', 0.9],
  ['¦', 0.9],
  ['§', 0.9],
  [' ', 0.7],
  [':', 0.4],
];

/** One character that separates, or several that stand together in nearly every line. */
export function delimitersOf(samples: readonly TextSample[]): (readonly [string, number])[] {
  const lines = samples.flatMap((sample) => firstLines(sample, 50)).filter((line) => line.trim() !== '');
  const runs = new Map<string, number>();
  for (const line of lines) {
    const seen = new Set<string>();
    for (const [run] of line.slice(0, 4096).matchAll(/[^\p{L}\p{N}\s"'.,\-_/\\()[\]{}]{2,4}/gu)) {
      seen.add(run);
      // `|||` is `||` with an empty value beside it, or the other way round.
      if (run.length > 2) seen.add(run.slice(0, 2)).add(run.slice(0, 3));
    }
    for (const run of seen) runs.set(run, (runs.get(run) ?? 0) + 1);
  }
  const several = [...runs]
    .filter(([, n]) => n >= lines.length * 0.6)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 6);
  const uses = several.map(([run]) => ({ run, ...aloneAndTogether(run, lines) }));
  const whole = uses.filter(({ alone, together }) => alone <= together).map(({ run }) => [run, 1.05] as const);
  // `a||b` in every line, and never `|` alone: then no value is empty, the delimiter is two characters.
  const never = new Set(uses.filter(({ alone, together }) => alone === 0 && together > 0).map(({ run }) => run[0]));
  return [...SINGLE.filter(([one]) => !never.has(one) && lines.some((line) => line.includes(one))), ...whole];
}

/** How often the character of a run stands alone, as a delimiter beside an empty value does, and how often the run. */
function aloneAndTogether(run: string, lines: readonly string[]): { alone: number; together: number } {
  const [first = ''] = run;
  let alone = 0;
  let together = 0;
  if (run !== first.repeat(run.length)) return { alone, together };
  for (const line of lines) {
    const parts = line.split(run);
    together += parts.length - 1;
    alone += parts.reduce((sum, part) => sum + part.split(first).length - 1, 0);
  }
  return { alone, together };
}
