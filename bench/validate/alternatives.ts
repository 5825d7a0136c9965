import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { CONTESTANTS, type Contestant } from './contestants';

const ROOT = path.resolve(__dirname, '..', '..');
/** Where `npm run bench:install` puts what users would take instead: none of it is a dependency of the project. */
export const ALTERNATIVES = path.join(ROOT, 'bench', 'alternatives');
export const PYTHON = path.join(ALTERNATIVES, '.venv', 'bin', 'python');
const INSTALL = 'npm run bench:install';

/** How to start a contestant here and what its packages' versions are, or why it can't be started. */
export type Available =
  | { readonly command: readonly string[]; readonly versions: Readonly<Record<string, string>> }
  | { readonly missing: string };

/** Looks at what is installed, and bundles the contestants in Node, so that none pays for a compiler. */
export function available(): ReadonlyMap<string, Available> {
  const bundle = path.join(ROOT, '.build', 'bench', 'contest.cjs');
  buildSync({
    entryPoints: [path.join(__dirname, 'contest.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'warning',
  });
  const python = pythonVersions();
  return new Map(Object.entries(CONTESTANTS).map(([name, one]) => [name, availableOne(name, one, { bundle, python })]));
}

function availableOne(
  name: string,
  { does, packages }: Contestant,
  { bundle, python }: { bundle: string; python: Readonly<Record<string, string>> | undefined },
): Available {
  if (typeof does === 'function')
    return { command: [process.execPath, bundle, name], versions: npmVersions(ROOT, packages) };
  const script = path.join(ALTERNATIVES, does.script);
  const versions = does.language === 'node' ? npmVersions(ALTERNATIVES, packages) : (python ?? {});
  const absent = packages.filter((one) => versions[one] === undefined);
  if (absent.length > 0) return { missing: `${absent.join(', ')} not installed: ${INSTALL}` };
  if (does.java === true && spawnSync('java', ['-version']).status !== 0) return { missing: 'no Java on the PATH' };
  return {
    command: [does.language === 'node' ? process.execPath : PYTHON, script],
    versions: Object.fromEntries(packages.map((one) => [one, versions[one] ?? ''])),
  };
}

/** Versions of those packages that are installed. */
function npmVersions(folder: string, packages: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    packages.flatMap((name) => {
      const file = path.join(folder, 'node_modules', name, 'package.json');
      return existsSync(file)
        ? [[name, (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version] as const]
        : [];
    }),
  );
}

/** Versions of all that the virtual environment has; undefined where there is none. */
function pythonVersions(): Readonly<Record<string, string>> | undefined {
  if (!existsSync(PYTHON)) return undefined;
  const list =
    'import importlib.metadata as m, json; print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))';
  return JSON.parse(execFileSync(PYTHON, ['-c', list], { encoding: 'utf8' })) as Record<string, string>;
}
