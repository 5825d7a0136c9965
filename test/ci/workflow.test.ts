import { readdirSync } from 'node:fs';
import path from 'node:path';
import { read, root } from '../docs/pages';

/** What GitHub runs, against `.ci/run`. */

const workflow = read('.github/workflows/ci.yml');

/** The guards of .ci/run, in order; those of its loop one by one. */
function guards(): string[] {
  const run = read('.ci/run');
  const topics = /^for topic in (.+); do$/m.exec(run)?.[1]?.split(' ') ?? [];
  return [...run.matchAll(/^ *check(?:_jest)? (['"])(.+?)\1 /gm)].flatMap(([, , name = '']) =>
    name.includes('$topic') ? topics.map((topic) => name.replace('$topic', topic)) : [name],
  );
}

/** A scalar of YAML without its quotes, of either kind. */
const scalar = (text: string) =>
  text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text.replace(/^"|"$/g, '');

/** Words of a shell, as `.ci/run` gets them. */
const words = (text: string) => [...text.matchAll(/'([^']+)'|([^\s']+)/g)].map(([, quoted, bare]) => quoted ?? bare);

it('every guard of .ci/run is in one job, and no job names another', () => {
  const parts = [...workflow.matchAll(/^ +parts: (.+)$/gm)].flatMap(([, text = '']) => words(scalar(text)));
  expect(guards().length).toBeGreaterThan(15);
  expect(new Set(parts)).toEqual(new Set(guards()));
  expect(parts).toHaveLength(new Set(parts).size);
});

it('the job on the oldest Node names guards that there are', () => {
  const [, text = ''] = /^ +- run: \.ci\/run (?!\$)(.+)$/m.exec(workflow) ?? [];
  expect(words(text).length).toBeGreaterThan(0);
  for (const name of words(text)) expect(guards()).toContain(name);
});

it.each(readdirSync(path.join(root, '.github/workflows')))(
  '%s pins actions by major version, and may only read',
  (file) => {
    const text = read(`.github/workflows/${file}`);
    const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w/-]+@v\d+$/);
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
  },
);
