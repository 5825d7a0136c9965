import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { defineDataset } from '../core/contracts/dataset/dataset';
import { stubBundle } from '../lib/build/bundle';
import { RollcallStack } from '../lib/rollcall-stack';
import { parseAppSettings } from '../lib/app-settings';
import { graphOf, type AslMachine } from './draw/machine-graph';
import { layOut } from './draw/machine-layout';
import { layOutResources } from './draw/resource-layout';
import { resourceGraph } from './draw/resources';
import { svgOf } from './draw/svg';
import { flat, member, type Resources } from './draw/template-resources';

/*
 * Draws every state machine of the synthesized app to docs/images/<machine>.svg, and its resources to docs/images/resources.svg:
 * `npm run draw`. With --check it writes nothing, and fails when a committed picture is not what it would draw.
 */
const ROOT = resolve(__dirname, '..');
const IMAGES = join(ROOT, 'docs', 'images');

/** In place of whatever datasets there are: the pictures are of the app, not of what a user declares. */
const EXAMPLE = defineDataset({
  name: 'orders',
  owner: 'shop',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-01T00' },
  source: { bucket: 'vendor-bucket', prefix: 'orders/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv', compression: 'gzip' },
  empty: 'fault',
  columns: { id: { type: 'string' } },
  unique: ['id'],
});

/** The resources of the synthesized app. */
function synthesized(): Resources {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  // The CDK CLI asks for the paths; nothing does here.
  const app = new App({ context: { ...context, 'aws:cdk:enable-path-metadata': true } });
  const stack = new RollcallStack(app, 'Rollcall', {
    datasets: [EXAMPLE],
    settings: parseAppSettings({}),
    bundle: stubBundle(),
    now: new Date(0),
  });
  const { Resources } = app.synth().getStackByName(stack.stackName).template as { Resources: Resources };
  return Resources;
}

/** The machines' definitions by name, out of the template. What CloudFormation fills in (ARNs) plays no part in a picture. */
function definitions(resources: Resources): Map<string, AslMachine> {
  const machines = Object.values(resources).filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
  return new Map(
    machines.map(({ Properties }) => [
      String(member(Properties, 'StateMachineName')).replace(/^Rollcall-/, ''),
      JSON.parse(flat(member(Properties, 'DefinitionString'))) as AslMachine,
    ]),
  );
}

/** Every picture by the name of its file. */
async function pictures(): Promise<Map<string, string>> {
  const resources = synthesized();
  const drawn = new Map<string, string>();
  for (const [machine, definition] of definitions(resources)) {
    const name = machine.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
    drawn.set(`${name}.svg`, svgOf(await layOut(graphOf(definition)), `The state machine ${machine}`));
  }
  const laidOut = await layOutResources(resourceGraph(resources));
  const legend = {
    ordinary: 'starts, calls, reads or writes, tells',
    exceptional: 'what could not be delivered',
  };
  return drawn.set('resources.svg', svgOf(laidOut, 'The AWS resources of Rollcall', legend));
}

async function main(check: boolean): Promise<void> {
  const stale: string[] = [];
  mkdirSync(IMAGES, { recursive: true });
  for (const [name, svg] of await pictures()) {
    const file = join(IMAGES, name);
    if (!check) writeFileSync(file, svg);
    else if (!existsSync(file) || readFileSync(file, 'utf8') !== svg) stale.push(file);
  }
  if (stale.length > 0) {
    console.error(`not what the app is now: ${stale.join(', ')}; run npm run draw`);
    process.exitCode = 1;
  }
}

void main(process.argv.includes('--check'));
