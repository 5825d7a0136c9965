import { runInNewContext } from 'node:vm';
import { parseDataset } from '../../core/contracts/dataset/dataset';
import { withEndingsTable } from '../../scripts/endings-table';
import { withExampleMessage } from '../../scripts/example-message';
import { cells, read } from './pages';

const readme = read('README.md');

describe('the README', () => {
  it('is three screens, not a book', () => {
    expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(16_000);
  });

  it('shows a failure as the renderer writes it today', () => {
    // The formatter puts a line between a sentence and a list.
    const lines = (text: string) => text.split('\n').filter((line) => line !== '>' && line !== '');
    expect(lines(readme)).toEqual(lines(withExampleMessage(readme)));
    expect(readme).toContain('❌');
  });

  it('names the two commands', () => {
    expect(readme).toMatch(/^npm ci && npm run local\b/m);
    expect(readme).toMatch(/^npm ci && npm test\b/m);
  });

  it('shows a definition that is accepted as it is', () => {
    const examples = [...readme.matchAll(/defineDataset\((\{[\s\S]*?\n\})\);/g)].map(([, text = '']) => text);
    expect(examples).toHaveLength(1);
    for (const example of examples) {
      // The README's own text, evaluated: what a reader would paste.
      expect(parseDataset(runInNewContext(`(${example})`)).name).toBe('orders');
    }
  });

  it('explains ten words', () => {
    const [, glossary = ''] = /^## Ten words$([\s\S]*?)^## /m.exec(readme) ?? [];
    expect([...cells(glossary).matchAll(/^\|(?!Word|---)[^|]+\|[^|]+\|$/gm)]).toHaveLength(10);
  });
});

describe('docs/endings.md', () => {
  it('has the table of endings as the code has it', () => {
    const page = read('docs/endings.md');
    expect(cells(page)).toBe(cells(withEndingsTable(page)));
  });
});
