import { parseAppSettings, SETTING_NAMES } from '../../lib/app-settings';
import { synthesize } from '../lib/synthesize';
import { cells, read } from './pages';

const page = cells(read('docs/deploying.md'));
const sectionOf = (title: string) => page.split(/^## /m).find((section) => section.startsWith(title)) ?? '';
const rowsOf = (title: string) => [...sectionOf(title).matchAll(/^\|`(\w+)`\|([^|]+)\|/gm)];

describe('docs/deploying.md', () => {
  it('has every setting with its default', () => {
    const defaults = parseAppSettings({});
    const right = SETTING_NAMES.map((name): [string, string] => [
      name,
      defaults[name] === undefined ? 'none' : `\`${JSON.stringify(defaults[name])}\``,
    ]);
    expect(new Map(rowsOf('Settings').map(([, name = '', fallback]) => [name, fallback]))).toEqual(new Map(right));
  });

  it('has every output of the stack', () => {
    const outputs = Object.keys(synthesize().template.toJSON()['Outputs'] as object);
    const told = rowsOf('Outputs').map(([, name]) => name);
    // Only where a column is sensitive.
    expect(new Set(told)).toEqual(new Set([...outputs, 'SampleKeySecret']));
  });
});
