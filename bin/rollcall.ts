import { resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { AslLint } from '../lib/checks/asl-lint-plugin';
import { bundleFor } from '../lib/build/bundle-for-target';
import { parseTarget } from '../lib/build/build-target';
import { resolveRollcall } from '../lib/build/definition-imports';
import { loadDatasets } from '../lib/datasets';
import { ProvenEdges } from '../lib/checks/edges-plugin';
import { RollcallStack } from '../lib/rollcall-stack';
import { parseNow, parseAppSettings, SETTING_NAMES } from '../lib/app-settings';
import { checkDefinitions } from './check-definitions';

/*
 * The CDK app. The only place that reads context and environment: `npx cdk synth -c <name>=<value>`.
 *   target       what the functions are built for: arm64 (default), x64, host (this machine's processor; local runs and emulators),
 *                none (functions without code: to look at the template only)
 *   datasetsDir  folder of the datasets, default `datasets`
 *   stackName    name of the deployment, default `Rollcall`
 *   now          the time of the synthesis, which decides which schedules are over; default the real one (a laptop's clock is simulated)
 *   stageAssets  false: the functions' code is not copied into the cloud assembly, which then needs it where it was built (local runs)
 *   and the settings of `lib/app-settings.ts`
 */
const root = resolve(__dirname, '..');
resolveRollcall();
const app = new App();
Validations.of(app).addPlugins(new AslLint(), new ProvenEdges());
const context = (name: string): unknown => app.node.tryGetContext(name);

async function main(): Promise<void> {
  if (String(context('stageAssets')) === 'false') app.node.setContext(DISABLE_ASSET_STAGING_CONTEXT, true);
  const target = parseTarget(context('target') ?? 'arm64');
  const settings = parseAppSettings(Object.fromEntries(SETTING_NAMES.map((name) => [name, context(name)])));
  const datasetsDir = resolve(root, String(context('datasetsDir') ?? 'datasets'));
  const datasets = loadDatasets(datasetsDir);
  await checkDefinitions(datasets);
  const bundle = bundleFor({ target, root, datasets, datasetsDir });
  const now = parseNow(context('now'));
  new RollcallStack(app, String(context('stackName') ?? 'Rollcall'), { datasets, settings, bundle, now });
  app.synth();
}

main().catch((error: unknown) => {
  // What a user can put right is said in one line; anything else keeps its stack.
  const known = /^(Invalid|Missing|Wrong|BundleFailed)/;
  const said = error instanceof Error && known.test(error.name) ? `${error.name}: ${error.message}` : error;
  console.error(said);
  process.exitCode = 1;
});
