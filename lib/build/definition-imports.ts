import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildOptions } from 'esbuild';

/*
 * What `import … from 'rollcall'` means in a dataset.ts or process.ts. For files of this folder package.json says it (`exports`); a folder
 * elsewhere on the disk has no such package, so the loaders are told. Jest allows no hooks, and is told in its configuration.
 */

const PACKAGE = 'rollcall';
/** What users import. */
const ENTRY = join(__dirname, '..', '..', 'core', 'contracts', 'definitions.ts');

/** For bundles: of `rollcall` they have what they use, and no more (`sideEffects` of package.json). */
export const USER_CODE = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  alias: { [PACKAGE]: ENTRY },
} satisfies BuildOptions;

/** For the start of a process that loads datasets: from now on `require` and `import` find `rollcall`, whoever asks. */
export function resolveRollcall(): void {
  registerHooks({
    resolve: (specifier, context, next) => next(specifier === PACKAGE ? pathToFileURL(ENTRY).href : specifier, context),
  });
}
