import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { folderOf, releases } from './release';
import { firstHalf } from './week';
import { UpgradeWorld } from './upgrade-world';

/**
 * Keeps a release for the tests of upgrade and rollback: `tsx test/upgrade/freeze.ts release-1 0becf0d` writes the bundle of its logic, as
 * it was at that commit, and the ledger that it leaves after half a week. Without a commit only the ledger is written, by the code that
 * the release's entry in `release.ts` has.
 */

const ROOT = join(__dirname, '..', '..');

const ENTRY = `
export { claimPartition } from './lambdas/claim-partition/claim-partition';
export { executionEnded } from './lambdas/execution-ended/execution-ended';
export { planBackfill } from './lambdas/plan-backfill/plan-backfill';
export { recordRun } from './lambdas/record-run/record-run';
export { summarizeBackfill } from './lambdas/summarize-backfill/summarize-backfill';
export { sweep } from './lambdas/sweep/sweep';
export { publish } from './core/runtime/ledger/partition-record';
export { Store } from './core/runtime/store/store';
export { parseDataset } from './core/contracts/dataset/dataset';
import { SCHEMAS as kept } from './test/upgrade/schemas';
export const SCHEMAS = kept.SCHEMAS;
export const kindOfKey = kept.kindOfKey;
`;

/** The logic of the project at a commit, in one file without its packages. */
function bundle(commit: string, to: string): void {
  const at = mkdtempSync(join(tmpdir(), 'release-'));
  try {
    const archive = execFileSync('git', ['archive', commit, 'core', 'lambdas'], { cwd: ROOT, maxBuffer: 1 << 28 });
    execFileSync('tar', ['-x', '-C', at], { input: archive });
    symlinkSync(join(ROOT, 'node_modules'), join(at, 'node_modules'));
    mkdirSync(join(at, 'test', 'upgrade'), { recursive: true });
    cpSync(join(__dirname, 'schemas.ts'), join(at, 'test', 'upgrade', 'schemas.ts'));
    writeFileSync(join(at, 'entry.ts'), ENTRY);
    buildSync({
      absWorkingDir: at,
      entryPoints: ['entry.ts'],
      outfile: to,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      packages: 'external',
      minify: true,
      keepNames: true,
      banner: { js: `// The logic of Rollcall at ${commit}, by test/upgrade/freeze.ts. Never changed.` },
    });
  } finally {
    rmSync(at, { recursive: true });
  }
}

async function main(name = '', commit: string | undefined): Promise<void> {
  const release = releases[name];
  if (release === undefined)
    throw new Error(`which release? got "${name}", expected ${Object.keys(releases).join(', ')}`);
  const folder = folderOf(name);
  mkdirSync(folder, { recursive: true });
  if (commit !== undefined) bundle(commit, join(folder, 'release.cjs'));
  const world = new UpgradeWorld();
  await firstHalf(world, release);
  writeFileSync(join(folder, 'ledger.json'), `${world.toJson()}\n`);
}

const [, , name, commit] = process.argv;
void main(name, commit);
