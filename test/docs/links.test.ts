import { existsSync } from 'node:fs';
import path from 'node:path';
import { anchors, pages, prose, read, root } from './pages';

const LINK = /\]\((?!https?:|mailto:)([^)\s]+)\)|src(?:set)?="(?!https?:)([^"]+)"/g;
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);

describe.each(pages())('%s', (page) => {
  const text = read(page);

  it('links only to files and titles that exist', () => {
    const broken = [...prose(text).matchAll(LINK)]
      .map(([, link, source]) => link ?? source ?? '')
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
        if (!existsSync(path.join(root, target))) return true;
        return anchor !== undefined && !anchors(read(target)).has(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = [...text.matchAll(/npm run (?:-s |--silent )?([\w:-]*\w)/g)].map(([, name]) => name ?? '');
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  it('imports in its examples only what is there', () => {
    // Examples are files of datasets/<name>/.
    const imported = [...text.matchAll(/^import .* from '\.\.\/\.\.\/([^']+)';$/gm)].map(([, file]) => `${file}.ts`);
    expect(imported.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});

it('a broken link and a title that is not there would be found', () => {
  expect([...'[a](b.md#c) ![d](e.svg) [f](https://g)'.matchAll(LINK)].map(([, link]) => link)).toEqual([
    'b.md#c',
    'e.svg',
  ]);
  expect(anchors('# What `a` is: b, c\n```\n# no title\n```\n')).toEqual(new Set(['what-a-is-b-c']));
});
