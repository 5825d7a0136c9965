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

describe('plain words', () => {
  it('find what they look for', () => {
    expect(FILES.length).toBeGreaterThan(500);
    expect(linesWith(/^## Ten words$/, ['README.md'])).toHaveLength(1);
  });

  it('say who it is: a person, a run, the sweep, not nobody or somebody', () => {
    expect(linesWith(/\b(no|some|any)body|\bwhoever\b/i)).toEqual([]);
  });

  it('are missing, status, fix and temporary error: the old ones are left in stored fields only', () => {
    expect(linesWith(/\b(owed|owes?|mend(s|ed|ing)?|passing faults?)\b/i).length).toBeLessThanOrEqual(40);
  });

  it('are an overview where a channel hears how its day or week was: the old name is only that of stored kinds', () => {
    expect(linesWith(/\broll calls?\b/i)).toEqual([]);
  });
});
