import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { FUNCTION_NAMES } from '../../core/contracts/function-table';
import { assetLayout, ENGINE_FUNCTIONS, stubBundle, type Bundle } from './bundle';
import { addFolder, codeVersion } from './code-version';
import { installDuckDb } from './duckdb';
import { bundleProcesses } from './bundle-processes';
import { architectureOf, platformOf, type Target } from './build-target';

/** Lambda's limit for a function's code, unzipped. */
const LAMBDA_CODE_LIMIT = 250 * 1024 * 1024;
/** Builds that are neither among the last few nor used in the last hour are removed; each takes 30 MB (DuckDB is a hard link). */
const KEEP_BUILDS = 4;
const KEEP_BUILDS_MS = 60 * 60 * 1000;

/** Thrown when the code can't be bundled as it should be. */
class BundleFailed extends Error {
  override readonly name = 'BundleFailed';
}

export interface BundleProps {
  readonly target: Target;
  /** The project's folder. */
  readonly root: string;
  readonly datasets: readonly Dataset[];
  /** Absolute path of the folder that they are declared in. */
  readonly datasetsDir: string;
}

/**
 * Builds the functions' code for a target under `.build/`, or takes it from there: the folder is named after everything that it is made
 * of, and is complete when it is there, so that several syntheses at a time don't meet.
 * @throws BundleFailed, MissingDuckDb, WrongBinary
 */
export function bundleFor({ target, root, datasets, datasetsDir }: BundleProps): Bundle {
  if (target === 'none') return stubBundle();
  const platform = platformOf(target);
  const version = codeVersion(root, datasets);
  const builds = join(root, '.build', 'functions');
  const folder = join(builds, `${platform.os}-${platform.cpu}-${version}-${builderVersion()}`);
  const bundle: Bundle = { architecture: architectureOf(platform), codeVersion: version, ...assetLayout(folder) };
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return bundle;
  }
  mkdirSync(builds, { recursive: true });
  removeOldBuilds(builds);
  const work = mkdtempSync(join(builds, 'work-'));
  try {
    compile(root, work);
    bundleProcesses(datasets, datasetsDir, join(work, 'engine', 'processes.js'));
    installDuckDb(root, join(work, 'engine'), platform);
    const definitions = JSON.stringify(Object.fromEntries(datasets.map((dataset) => [dataset.name, dataset])));
    const { folderOf } = assetLayout(work);
    for (const asset of new Set(FUNCTION_NAMES.map(folderOf))) {
      writeFileSync(join(asset, 'datasets.json'), definitions);
      assertSize(asset);
    }
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    // A synthesis beside this one may have been faster.
    if (!existsSync(folder)) throw error;
  }
  return bundle;
}

/** Bundles every handler, with the AWS SDK: the runtime's own is of no certain version. */
function compile(root: string, out: string): void {
  const { folderOf, handlerOf } = assetLayout('');
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: FUNCTION_NAMES.map((name) => ({
      in: join('lambdas', name, 'handler.ts'),
      out: join(folderOf(name), handlerOf(name).replace(/\.handler$/, '')),
    })),
    outdir: out,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Native: DuckDB lies in node_modules beside the engine functions; pg asks for its own only where an application wants it.
    external: ['@duckdb/*', 'pg-native'],
    // ES modules first: they leave out what is not used.
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    // Lines are enough; the sources themselves would double the asset.
    sourcesContent: false,
    // Not minified: half a megabyte less is not worth a bundle that is unreadable in the console.
    minify: false,
    metafile: true,
    logLevel: 'warning',
  });
  assertNoDuckDb(metafile);
}

/** @throws BundleFailed when a function that should be small needs DuckDB */
export function assertNoDuckDb(metafile: Pick<Metafile, 'outputs'>): void {
  for (const { entryPoint, imports } of Object.values(metafile.outputs)) {
    const name = FUNCTION_NAMES.find((fn) => entryPoint === `lambdas/${fn}/handler.ts`);
    const native = imports.find(({ path }) => path.startsWith('@duckdb/'));
    if (name !== undefined && native !== undefined && !ENGINE_FUNCTIONS.includes(name)) {
      throw new BundleFailed(
        `lambdas/${name}: imports ${native.path}, expected only ${ENGINE_FUNCTIONS.join(', ')} to need DuckDB`,
      );
    }
  }
}

function assertSize(folder: string): void {
  const bytes = sizeOf(folder);
  if (bytes > LAMBDA_CODE_LIMIT)
    throw new BundleFailed(`${folder}: ${bytes} bytes, expected at most Lambda's ${LAMBDA_CODE_LIMIT}`);
}

/** Bytes of all files under a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** How things are built is part of what they are made of. */
function builderVersion(): string {
  const hash = createHash('sha256');
  addFolder(hash, __dirname, 'build');
  return hash.digest('hex').slice(0, 8);
}

/** Removes the builds in a folder that are neither among the last few nor used of late. */
export function removeOldBuilds(builds: string): void {
  const byAge = readdirSync(builds)
    .map((name) => join(builds, name))
    .map((path) => ({ path, usedAt: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.usedAt - a.usedAt);
  for (const { path, usedAt } of byAge.slice(KEEP_BUILDS)) {
    if (Date.now() - usedAt > KEEP_BUILDS_MS) rmSync(path, { recursive: true, force: true });
  }
}
