import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BACKFILL_STATUSES } from '../../core/contracts/backfill/backfill-endings';
import { FUNCTION_NAMES, labelOf } from '../../core/contracts/function-table';
import { KEY_TEMPLATES } from '../../core/contracts/keys';
import { RUN_STATUSES } from '../../core/contracts/run/endings';

interface Rule {
  readonly name: string;
  readonly comment?: string;
}
const { forbidden } = jest.requireActual<{ readonly forbidden: readonly Rule[] }>('../../.dependency-cruiser.cjs');

const root = join(__dirname, '..', '..');
const read = (...file: string[]) => readFileSync(join(root, ...file), 'utf8');
const design = read('docs', 'design.md');
const section = (title: string) => design.split(/^## /m).find((part) => part.includes(title)) ?? '';

describe('docs/design.md', () => {
  it('has every key family of ledger and lake, and no other', () => {
    const families = Object.values(KEY_TEMPLATES).map((template) => template.replace(/\{(\w+)\}/g, '<$1>'));
    const cells = section('Layout').matchAll(/^\| (`[a-z-]+\/.*?) +\|/gm);
    const documented = [...cells].flatMap(([, cell = '']) => [...cell.matchAll(/`(.+?)`/g)].map(([, key]) => key));
    expect(new Set(documented)).toEqual(new Set(families));
  });

  it('has every status of a run and of a backfill', () => {
    for (const status of [...RUN_STATUSES, ...BACKFILL_STATUSES]) expect(section('Endings')).toContain(`\`${status}\``);
  });

  it('has the import rules that dependency-cruiser enforces', () => {
    const layers = /\b(runtime|engine|domain|contracts|datasets|asl-lint|edges|lib)\b/g;
    const named = (text = '') => [...new Set(text.match(layers))].toSorted();
    const rows = new Map(
      [...section('Import rules').matchAll(/^\| `(?:[\w-]+\/)?([\w<>-]+)` +\| (.+?) +\|$/gm)].map(
        ([, from = '', to = '']) => [from, to],
      ),
    );
    const places: Readonly<Record<string, string>> = { step: '<function>', datasets: '<name>' };
    const rules = forbidden.filter(({ name, comment }) => name.endsWith('-imports') && comment?.includes('→'));
    expect(rules.length).toBeGreaterThan(10);
    for (const { name, comment } of rules) {
      const of = name.replace('-imports', '');
      expect([of, named(rows.get(places[of] ?? of))]).toEqual([of, named(comment?.split('→')[1])]);
    }
  });

  it('has every folder of source, and every topic of a layer', () => {
    const folders = section('Folders');
    const source = readdirSync(root, { withFileTypes: true }).filter(
      ({ name }) => /^[a-z]/.test(name) && !['docs', 'node_modules', 'coverage', 'cdk.out'].includes(name),
    );
    for (const { name } of source.filter((one) => one.isDirectory())) expect(folders).toContain(`\`${name}/`);
    for (const layer of ['contracts', 'domain', 'runtime', 'engine']) {
      const row = folders.split('\n').find((line) => line.startsWith(`| \`core/${layer}/\``)) ?? '';
      const topics = readdirSync(join(root, 'core', layer), { withFileTypes: true }).filter((one) => one.isDirectory());
      for (const { name } of topics) expect(row).toContain(`\`${name}\``);
    }
  });
});

describe('docs/architecture.md', () => {
  it('has every function of the table in its picture, and each has its handler', () => {
    const picture = read('docs', 'images', 'resources.svg');
    expect(readdirSync(join(root, 'lambdas')).toSorted()).toEqual(FUNCTION_NAMES.toSorted());
    for (const name of FUNCTION_NAMES) {
      expect(existsSync(join(root, 'lambdas', name, 'handler.ts'))).toBe(true);
      expect(picture).toContain(`>${labelOf(name)}</text>`);
    }
  });
});
