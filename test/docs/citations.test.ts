import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brokenCitations, type Files } from './citations';
import { filesUnder } from './pages';

const root = path.join(__dirname, '..', '..');
const real: Files = {
  has: (file) => existsSync(path.join(root, file)),
  read: (file) => readFileSync(path.join(root, file), 'utf8'),
};

/** A repository of a few files, for citations that are right or wrong on purpose. */
function made(contents: Readonly<Record<string, string>>): Files {
  return { has: (file) => file in contents, read: (file) => contents[file] ?? '' };
}
const PAGE = '# Page\n\n## 1. Words\n\n## The `code`, and (more)\n\n## Twice\n\n## Twice\n';
const brokenIn = (file: string, text: string) =>
  brokenCitations(made({ 'docs/page.md': PAGE, 'docs/deeper/other.md': '', 'lib/a.ts': '', [file]: text }), file);

describe('every document and section that is cited', () => {
  const all = filesUnder('.');

  it('exists', () => {
    // This file cites what does not exist, on purpose.
    const checked = all.filter((file) => file !== 'test/docs/citations.test.ts');
    expect(checked.flatMap((file) => brokenCitations(real, file))).toEqual([]);
  });

  it('is looked for in code, in comments and in pages', () => {
    const citing = (pattern: RegExp, ending: string) =>
      all.filter((file) => file.endsWith(ending) && pattern.test(real.read(file))).length;
    expect(citing(/docs\/design\.md` §\d/, '.ts')).toBeGreaterThan(15);
    expect(citing(/docs\/engine\.md` §\d/, '.ts')).toBeGreaterThan(5);
    expect(citing(/\]\([^)]*\.md/, '.md')).toBeGreaterThan(10);
  });
});

describe('a citation in code', () => {
  it.each([
    ['a page', '// see docs/page.md'],
    ['a section by number', ' * As `docs/page.md` §1 has it'],
    ['an anchor', "const says = 'Runbook: docs/page.md#twice-1';"],
    ['an anchor that is put together at run time', 'const says = `docs/page.md#twice-${id}`;'],
    ['a page from its own folder', ' * (../docs/page.md)'],
    ['a file that it only opens', "readFileSync(join('docs', 'gone.md'))"],
  ])('of %s is right', (_, text) => {
    expect(brokenIn('lib/a.ts', text)).toEqual([]);
  });

  it.each([
    ['a page that is gone', '// see docs/gone.md', 'there is no docs/gone.md'],
    ['a page without its folder', ' * changed by swap only (page.md)', 'there is no page.md'],
    ['a section that is gone', ' * As `docs/page.md` §2 has it', 'docs/page.md has no section 2'],
    ['an anchor that is gone', "'docs/page.md#thrice'", 'docs/page.md has no section #thrice'],
    ['a page in a message', "throw new Error('see docs/gone.md')", 'there is no docs/gone.md'],
    ['a page behind code', 'const a = 1; // docs/gone.md', 'there is no docs/gone.md'],
  ])('of %s is found out', (_, text, why) => {
    expect(brokenIn('lib/a.ts', text)).toEqual([expect.stringContaining(why)]);
  });
});

describe('a link of a page', () => {
  it.each([
    ['a page beside it', '[a](page.md)'],
    ['a section', '[a](page.md#1-words)'],
    ['a section whose heading has code and signs', '[a](page.md#the-code-and-more)'],
    ['the second section of a name', '[a](page.md#twice-1)'],
    ['a section of its own', '## Here\n\n[a](#here)'],
    ['code', '[a](../lib/a.ts)'],
    ['the world', '[a](https://example.com/gone.md)'],
    ['nothing, in an example', '```md\n[a](gone.md)\n```\n\n`[a](gone.md)`'],
  ])('to %s is right', (_, text) => {
    expect(brokenIn('docs/citing.md', text)).toEqual([]);
  });

  it.each([
    ['a page that is gone', '[a](gone.md)', 'there is no docs/gone.md'],
    ['a page of another folder', '[a](deeper/page.md)', 'there is no docs/deeper/page.md'],
    ['a section that is gone', '[a](page.md#2-words)', 'docs/page.md has no section #2-words'],
    ['a third section of a name', '[a](page.md#twice-2)', 'docs/page.md has no section #twice-2'],
    ['a section of its own that is gone', '[a](#here)', 'docs/citing.md has no section #here'],
    ['a picture that is gone', '![a](images/gone.svg)', 'there is no docs/images/gone.svg'],
    ['a heading that is only in an example', '```\n## Here\n```\n\n[a](#here)', 'has no section #here'],
  ])('to %s is found out', (_, text, why) => {
    expect(brokenIn('docs/citing.md', text)).toEqual([expect.stringContaining(why)]);
  });

  it('is not needed to name a source file, which has to exist all the same', () => {
    expect(brokenIn('docs/citing.md', 'in `lib/a.ts`')).toEqual([]);
    expect(brokenIn('docs/citing.md', 'in `lib/gone.ts`')).toEqual([
      'docs/citing.md: lib/gone.ts: there is no lib/gone.ts',
    ]);
  });
});
