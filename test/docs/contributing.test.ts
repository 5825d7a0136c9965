import { existsSync } from 'node:fs';
import path from 'node:path';
import { prose, read, root } from './pages';

const page = prose(read('CONTRIBUTING.md'));
const section = (title: string) => page.split(/^## /m).find((one) => one.startsWith(title)) ?? '';

describe('CONTRIBUTING.md', () => {
  it('names only files and folders that exist', () => {
    const named = [...page.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\/?)`/g)].map(([, file = '']) => file);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it('names only identifiers that the files beside them have', () => {
    // "`file.ts`: … `name` …": each recipe's line is about the files that it names.
    const wrong = section('Recipes')
      .split('\n')
      .flatMap((line) => {
        const files = [...line.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.ts)`/g)].map(([, file = '']) => file);
        const names = [...line.matchAll(/`([A-Z][A-Z_]{4,}|[a-z]+[A-Z]\w+)`/g)].map(([, name = '']) => name);
        if (files.length === 0) return [];
        const texts = files.map(read).join('\n');
        return names.filter((name) => !texts.includes(name)).map((name) => `${name} in ${files.join(', ')}`);
      });
    expect(wrong).toEqual([]);
  });

  it('leads in five clicks to the line that decides', () => {
    expect(read('README.md')).toContain('(CONTRIBUTING.md#from-the-readme-to-the-line-that-decides)');
    const clicks = section('From the README')
      .split('\n')
      .filter((line) => /^\d\. /.test(line));
    expect(clicks).toHaveLength(5);
    const files = clicks.flatMap((line) => /^\d\. \[([^\]]+\.ts)\]\(\1\)/.exec(line)?.[1] ?? []);
    expect(files).toHaveLength(4);
    // What leads from each to the next, and in the last one the decision itself.
    const said = ['tasks.PublishPartition', 'await publish(', 'decidePublish(record', "kind: 'swap'"];
    files.forEach((file, i) => expect(read(file)).toContain(said[i]));
  });

  it('names every suite of tests', () => {
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
    for (const suite of scripts.filter((name) => name.startsWith('test:'))) expect(page).toContain(`npm run ${suite}`);
  });
});
