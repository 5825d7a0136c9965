import { filesUnder, read } from './pages';

/** Words that a newcomer has to read twice, and that have a plain one: they must not come back. */

/** Every page and source file, but for the ledgers of former releases and this list. */
const FILES = filesUnder('.').filter(
  (file) => !file.startsWith('test/fixtures/') && file !== 'test/docs/words.test.ts',
);

/** Every line that has one of the words, as `<file>:<number> <line>`. */
function linesWith(words: RegExp, files: readonly string[] = FILES): string[] {
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, i) => (words.test(line) ? [`${file}:${i + 1} ${line.trim()}`] : [])),
  );
}

const AGENTS = /\b(no|some|any)body|\bwhoever\b/i;
const FORMER = /\b(owed|owes?|mend(s|ed|ing)?|passing faults?)\b/i;
const OVERVIEW = /\broll calls?\b/i;
const IDIOMS = /\b(is|are) at it\b/i;

/** What people see: pages, messages, sentences and hints of endings, the command line, what runs on their machine. */
const isSeen = (file: string): boolean =>
  file.endsWith('.md') ||
  /^(cli|local|core\/domain\/messages)\//.test(file) ||
  /^core\/contracts\/.*endings\.ts$/.test(file);

describe('plain words', () => {
  it('are looked for everywhere', () => {
    expect(FILES.filter(isSeen).length).toBeGreaterThan(100);
    expect(FILES.length).toBeGreaterThan(500);
    expect(linesWith(/^## Ten words$/, ['README.md'])).toHaveLength(1);
    for (const [words, line] of [
      [AGENTS, 'Nobody holds it'],
      [FORMER, 'what is owed'],
      [OVERVIEW, 'the daily roll call'],
      [IDIOMS, 'run 3 is at it'],
    ] as const)
      expect(line).toMatch(words);
  });

  it('say who it is: a person, a run, the sweep, not nobody or somebody', () => {
    expect(linesWith(AGENTS, FILES.filter(isSeen))).toEqual([]);
    expect(linesWith(AGENTS).length).toBeLessThanOrEqual(40);
  });

  it('are missing, status, fix and temporary error: the old ones are left in stored fields only', () => {
    expect(linesWith(FORMER).length).toBeLessThanOrEqual(40);
  });

  it('are an overview where a channel hears how its day or week was: the old name is only that of stored kinds', () => {
    expect(linesWith(OVERVIEW)).toEqual([]);
  });

  it('say what a run does: it works on a partition', () => {
    expect(linesWith(IDIOMS)).toEqual([]);
  });
});
