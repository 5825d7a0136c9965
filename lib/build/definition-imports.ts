import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The name by which definitions import what they need of Rollcall, from anywhere on disk. */
const NAME = 'rollcall';
const FILE = resolve(__dirname, '..', '..', 'core', 'contracts', 'definitions.ts');

/** For esbuild, which bundles the transforms beside the definitions. */
export const DEFINITION_ALIAS: Readonly<Record<string, string>> = { [NAME]: FILE };

/** Loads a definition; what it imports as `rollcall` is this project's own. */
export function requireDefinition(file: string): { default?: unknown } {
  const url = pathToFileURL(FILE).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === NAME ? { url, shortCircuit: true } : next(specifier, context),
  });
  try {
    // Files of the user, known only now; tsx (or jest) compiles them.
    return require(file) as { default?: unknown };
  } finally {
    hooks.deregister();
  }
}
