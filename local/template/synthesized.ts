import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson } from '../../core/contracts/canonical-json';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { addFolder } from '../../lib/build/code-version';
import { removeOldBuilds } from '../../lib/build/bundle-for-target';
import { ROOT, synthesize } from './synthesize';
import { assetsOf } from './template';

/** What of the project a synthesized app is made of, besides the definitions. */
const FOLDERS = ['asl-lint', 'bin', 'core', 'edges', 'lambdas', 'lib'];
const FILES = ['cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json'];

const CONTEXT = {
  // The template is played on a simulated clock: with every schedule that there can be, the same definitions make the same app.
  now: new Date(0).toISOString(),
  // Functions stay where they are built: a copy is 100 MB.
  stageAssets: 'false',
};

/**
 * The app of some definitions, synthesized: taken from `.build/local/` where nothing that it is made of has changed since. The folder is
 * complete when it is there, so that several sessions at a time don't meet.
 * @param datasetsDir absolute path of the folder that they are declared in
 * @throws SynthesisFailed with CDK's own words
 */
export async function synthesizedApp(
  datasets: readonly Dataset[],
  datasetsDir: string,
  say?: (line: string) => void,
): Promise<string> {
  const apps = path.join(ROOT, '.build', 'local');
  const folder = path.join(apps, keyOf(datasets));
  if (isThere(folder)) return folder;
  say?.('Synthesizing the app …');
  mkdirSync(apps, { recursive: true });
  removeOldBuilds(apps);
  const work = mkdtempSync(path.join(apps, 'work-'));
  try {
    await synthesize(work, { ...CONTEXT, datasetsDir });
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    // A session beside this one may have been faster.
    if (!isThere(folder)) throw error;
  }
  return folder;
}

/** Whether an app is there with its functions, which are kept as long as they are used. */
function isThere(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const assets = assetsOf(folder);
  if (!assets.every((asset) => existsSync(asset))) {
    rmSync(folder, { recursive: true, force: true });
    return false;
  }
  for (const used of [folder, ...new Set(assets.map((asset) => path.dirname(asset)))])
    utimesSync(used, new Date(), new Date());
  return true;
}

/** Of everything that the app is made of. The code of transforms is in their definitions, as a hash. */
function keyOf(datasets: readonly Dataset[]): string {
  const hash = createHash('sha256');
  for (const folder of FOLDERS) addFolder(hash, path.join(ROOT, folder), folder);
  for (const file of FILES) hash.update(`${file}\0`).update(readFileSync(path.join(ROOT, file)));
  hash.update(canonicalJson({ datasets, context: CONTEXT, node: process.version, cpu: process.arch }));
  return hash.digest('hex').slice(0, 24);
}
