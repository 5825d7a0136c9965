import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../asl-lint/rules';

test('docs/asl-lint.md has one row for each rule, in the order in which findings are told', () => {
  const text = readFileSync(join(__dirname, '../../docs/asl-lint.md'), 'utf8');
  const table = text.slice(text.indexOf('## Rules'), text.indexOf('## How paths'));
  const rows = [...table.matchAll(/^\| `([a-z-]+)`(?: \\\*)? +\|/gm)].map((match) => match[1]);
  expect(rows).toEqual(RULES.map((rule) => rule.id));
});

test('the rules that a line may allow have a star', () => {
  const text = readFileSync(join(__dirname, '../../docs/asl-lint.md'), 'utf8');
  const starred = [...text.matchAll(/^\| `([a-z-]+)` \\\*/gm)].map((match) => match[1]);
  expect(starred).toEqual(RULES.filter(({ allowable }) => allowable === true).map(({ id }) => id));
});
