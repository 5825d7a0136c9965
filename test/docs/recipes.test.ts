import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDefinition } from '../../cli/try/tried-definition';
import { tryFiles } from '../../cli/try/attempt';
import { reportText } from '../../cli/try/tell-tried';
import { gatherFiles } from '../../cli/try/tried-files';
import { showValues } from '../../core/domain/batch/sensitive';
import { layOut, RECIPES, type Recipe } from './recipe-page';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-recipes-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What `rollcall try` prints, with the files' keys in place of their paths. */
async function printed(recipe: Recipe): Promise<{ readonly text: string; readonly code: string }> {
  const own = join(folder, recipe.name);
  layOut(own, recipe);
  const definition = await loadDefinition(join(own, 'datasets'), recipe.name);
  const s3 = () => {
    throw new Error('no S3 is needed');
  };
  const gathered = await gatherFiles(definition.dataset, [join(own, 'source')], { s3 });
  const show = showValues(definition.dataset, 'a key of the tests');
  const tried = await tryFiles({ ...definition, gathered, rows: 10, show });
  const text = reportText(recipe.name, gathered, tried, 120).replaceAll(`${join(own, 'source')}/`, '');
  return { text, code: tried.would.code };
}

describe('docs/recipes.md', () => {
  it('has the deliveries that people bring', () => {
    expect(RECIPES.length).toBeGreaterThanOrEqual(15);
    expect(new Set(RECIPES.map(({ name }) => name)).size).toBe(RECIPES.length);
  });

  it.each(RECIPES.map((recipe) => [recipe.title, recipe] as const))('%s', async (_title, recipe) => {
    const { text, code } = await printed(recipe);
    expect(recipe.shown).not.toBe('');
    expect(text).toContain(recipe.shown);
    // A recipe reads all that it shows, or says what it does not.
    if (!recipe.shown.includes(code)) expect(code).toBe('COMPLETE');
  });
});
