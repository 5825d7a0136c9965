import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { assertElf } from './elf';
import type { Platform } from './build-target';

/** Packages of DuckDB in pure JavaScript: the same for every platform. */
const JAVASCRIPT_PACKAGES = ['@duckdb/node-api', '@duckdb/node-bindings'];

/** What `package-lock.json` says about a package. */
interface Locked {
  readonly version: string;
  readonly integrity: string;
}

/** Thrown when DuckDB's binary for the target can't be had. */
class MissingDuckDb extends Error {
  override readonly name = 'MissingDuckDb';
}

/**
 * Puts DuckDB for a platform under `<folder>/node_modules`. Without Docker and from any machine: the binary for Lambda is downloaded once
 * with npm, which checks it against the integrity in `package-lock.json`.
 * @throws MissingDuckDb, WrongBinary
 */
export function installDuckDb(root: string, folder: string, platform: Platform): void {
  const modules = join(folder, 'node_modules');
  for (const name of JAVASCRIPT_PACKAGES) {
    copyPackage(join(root, 'node_modules', name), join(modules, name));
  }
  const name = `@duckdb/node-bindings-${platform.os}-${platform.cpu}`;
  const installed = join(root, 'node_modules', name);
  // This machine's own binary is there already.
  const source = existsSync(installed) ? installed : download(root, name, platform);
  copyPackage(source, join(modules, name));
  assertBinary(join(modules, name), platform);
}

/** Makes sure that both files are there and, for Linux, of the right processor. */
export function assertBinary(folder: string, platform: Platform): void {
  const files = readdirSync(folder);
  const libraries = files.filter((file) => /\.(node|so|dylib|dll)$/.test(file));
  if (!libraries.some((file) => file.endsWith('.node')) || libraries.length < 2)
    throw new MissingDuckDb(`${folder}: found ${files.join(', ')}, expected duckdb.node and DuckDB's library`);
  if (platform.os === 'linux') for (const file of libraries) assertElf(join(folder, file), platform.cpu);
}

/** Fetches a package that npm would not install on this machine, into `.cache/`. */
function download(root: string, name: string, platform: Platform): string {
  const locked = lockedPackage(root, name);
  const cached = join(root, '.cache', 'duckdb', `${basename(name)}-${locked.version}`);
  const inCache = join(cached, 'node_modules', name);
  if (existsSync(inCache)) return inCache;

  mkdirSync(join(root, '.cache', 'duckdb'), { recursive: true });
  const work = mkdtempSync(join(root, '.cache', 'duckdb', 'download-'));
  const dependencies = { [name]: locked.version };
  writeFileSync(join(work, 'package.json'), JSON.stringify({ name: 'duckdb', version: '0.0.0', dependencies }));
  // A lock file of this one package, so that `npm ci` checks the integrity that the project has locked.
  writeFileSync(
    join(work, 'package-lock.json'),
    JSON.stringify({
      name: 'duckdb',
      version: '0.0.0',
      lockfileVersion: 3,
      requires: true,
      packages: { '': { name: 'duckdb', version: '0.0.0', dependencies }, [`node_modules/${name}`]: locked },
    }),
  );
  const args = ['ci', '--ignore-scripts', `--os=${platform.os}`, `--cpu=${platform.cpu}`, '--libc=glibc'];
  try {
    execFileSync('npm', args, { cwd: work, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  } catch (cause) {
    rmSync(work, { recursive: true, force: true });
    const { stderr } = cause as { stderr?: Buffer };
    throw new MissingDuckDb(
      `${name}@${locked.version}: npm ${args.join(' ')} failed. The first build for Lambda needs the npm registry.\n${stderr?.toString() ?? ''}`,
      { cause },
    );
  }
  if (!existsSync(join(work, 'node_modules', name))) {
    rmSync(work, { recursive: true, force: true });
    // npm exits 0 when it skips a package, e.g. because the registry has no build for this platform.
    throw new MissingDuckDb(
      `${name}@${locked.version}: npm installed nothing. Choose a version of @duckdb/node-api that has it.`,
    );
  }
  assertBinary(join(work, 'node_modules', name), platform);
  try {
    renameSync(work, cached);
  } catch (error) {
    // Another build was faster.
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(inCache)) throw error;
  }
  return inCache;
}

function lockedPackage(root: string, name: string): Locked {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages?: Record<string, Partial<Locked>>;
  };
  const { version, integrity } = lock.packages?.[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) {
    throw new MissingDuckDb(
      `package-lock.json: got no ${name} with version and integrity, expected the version of @duckdb/node-api to have a build for it`,
    );
  }
  return { version, integrity };
}

/** What a function needs of a package: no type declarations, no maps, no documentation. */
function copyPackage(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || /\.(d\.ts|map|md)$/.test(entry.name)) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, source));
    mkdirSync(dirname(target), { recursive: true });
    try {
      // 63 MB that never change: every build can have the same file.
      linkSync(source, target);
    } catch {
      // Another file system, or one without links.
      copyFileSync(source, target);
    }
  }
}
