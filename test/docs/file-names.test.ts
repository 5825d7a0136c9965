import path from 'node:path';
import { filesUnder } from './pages';

/** TypeScript of the app: tests and benchmarks have files by the name of what they test. */
const FILES = filesUnder('.').filter((file) => file.endsWith('.ts') && !/^(test|bench)\//.test(file));

/** Of these each folder has its own: a loader, or whoever reads the folder, looks for the name. */
const ONE_PER_FOLDER = ['index.ts', 'handler.ts', 'dataset.ts', 'process.ts'];

/** Files that are named for people: by what they type, or by what a rule is about. */
const NAMED_FOR_PEOPLE = [
  /^cli\/commands\/[\w-]+\.ts$/, // `rollcall <command>`
  /^local\/tour\/[\w-]+\.ts$/, // `npm run local -- tour <topic>`
  /^asl-lint\/rules\/[\w-]+\.ts$/,
];

/** Files that do the same for one of several kinds, beside what is shared by all: the folder is part of the name. */
const PART_OF_A_KIND = [
  /^core\/engine\/(formats\/[\w-]+|lines|encodings)\/[\w-]+\.ts$/,
  /^core\/runtime\/(notifiers\/[\w-]+|notifiers|delivery)\/(kind|notifier|answers|render)\.ts$/,
];

const TWICE: Readonly<Record<string, string>> = {
  'rollcall.ts': 'the app and the command, both by the name of the project',
  'partition-record.ts': 'the document of contracts, and the only one that reads and swaps it',
};

/** The groups of files that have one name without a reason, each as its paths. */
function doubled(files: readonly string[], twice: Readonly<Record<string, string>> = {}): string[][] {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const name = path.basename(file);
    if (ONE_PER_FOLDER.includes(name) || name in twice || NAMED_FOR_PEOPLE.some((pattern) => pattern.test(file)))
      continue;
    // Parts of one sort of kind count as one file.
    const sort = PART_OF_A_KIND.findIndex((pattern) => pattern.test(file));
    const group = groups.get(name) ?? groups.set(name, []).get(name);
    if (sort === -1 || !group?.some((other) => PART_OF_A_KIND[sort]?.test(other) === true)) group?.push(file);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

describe('files of source', () => {
  it('have names of their own, so that a name says which one is meant', () => {
    expect(FILES.length).toBeGreaterThan(500);
    expect(doubled(FILES, TWICE)).toEqual([]);
  });

  it('have no more exceptions than are needed', () => {
    expect(
      doubled(FILES)
        .map(([file = '']) => path.basename(file))
        .toSorted(),
    ).toEqual(Object.keys(TWICE).toSorted());
    for (const pattern of [...NAMED_FOR_PEOPLE, ...PART_OF_A_KIND])
      expect(FILES.filter((file) => pattern.test(file)).length).toBeGreaterThan(1);
  });

  it('are found where they share a name', () => {
    expect(doubled(['lib/a/records.ts', 'core/engine/formats/csv/records.ts', 'core/engine/lines/records.ts'])).toEqual(
      [['lib/a/records.ts', 'core/engine/formats/csv/records.ts']],
    );
    expect(doubled(['core/engine/formats/csv/records.ts', 'core/engine/formats/json/records.ts'])).toEqual([]);
    expect(doubled(['cli/commands/circuit.ts', 'core/contracts/run/circuit.ts'])).toEqual([]);
  });

  it('are at most 24 in a folder', () => {
    const counts = new Map<string, number>();
    for (const file of FILES) counts.set(path.dirname(file), (counts.get(path.dirname(file)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > 24)).toEqual([]);
  });
});
