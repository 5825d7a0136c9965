import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { parseDataset } from '../../core/contracts/dataset/dataset';
import { withEndingsTable } from '../../scripts/endings-table';

const root = path.join(__dirname, '..', '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const scripts = (
  JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts;

describe('the README', () => {
  it('has the table of endings as the code has it', () => {
    // The formatter pads Markdown tables; what is compared is what the cells say.
    const cells = (text: string) => text.replace(/-{3,}/g, '---').replace(/ *\| */g, '|');
    expect(cells(readme)).toBe(cells(withEndingsTable(readme)));
  });

  it('names only npm scripts that exist', () => {
    const named = [...readme.matchAll(/npm (?:run (?:--silent )?([\w:-]+)|(test)\b)/g)].map(
      ([, run, test]) => run ?? test ?? '',
    );
    expect(named.length).toBeGreaterThan(3);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  it('shows definitions that are accepted as they stand', () => {
    const examples = [...readme.matchAll(/defineDataset\((\{[\s\S]*?\n\})\);/g)].map(([, text = '']) => text);
    expect(examples).toHaveLength(3);
    for (const example of examples) {
      // The README's own text, evaluated: what a reader would paste.
      const definition = parseDataset(runInNewContext(`(${example})`));
      expect(definition.name).toMatch(/^[a-z-]+$/);
    }
  });

  it('links only to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)|src(?:set)?="(?!https?:)([^"]+)"/g)].map(
      ([, link, source]) => link ?? source ?? '',
    );
    expect(links.length).toBeGreaterThan(3);
    for (const link of links)
      expect({ link, exists: existsSync(path.join(root, link)) }).toEqual({ link, exists: true });
  });
});
