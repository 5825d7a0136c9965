import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { stubBundle } from '../lib/build/bundle';
import { RollcallStack } from '../lib/rollcall-stack';
import { parseSettings } from '../lib/settings';
import { graphOf, type AslMachine } from './draw/graph';
import { layOut } from './draw/layout';
import { svgOf } from './draw/svg';

/*
 * Draws every state machine of the synthesized app to docs/images/<machine>.svg: `npx tsx scripts/draw-machines.ts`.
 * With --check it writes nothing, and fails when a committed picture is not what it would draw.
 */
const ROOT = resolve(__dirname, '..');
const IMAGES = join(ROOT, 'docs', 'images');

/** The machines' definitions by name, out of the template. What CloudFormation fills in (ARNs) plays no part in a picture. */
function definitions(): Map<string, AslMachine> {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const app = new App({ context });
  const stack = new RollcallStack(app, 'Rollcall', {
    datasets: [],
    settings: parseSettings({}),
    bundle: stubBundle(),
    now: new Date(0),
  });
  const { Resources } = app.synth().getStackByName(stack.stackName).template as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  };
  const machines = Object.values(Resources).filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
  return new Map(
    machines.map(({ Properties }) => [
      String(Properties['StateMachineName']).replace(/^Rollcall-/, ''),
      JSON.parse(joined(Properties['DefinitionString'])) as AslMachine,
    ]),
  );
}

function joined(definition: unknown): string {
  if (typeof definition === 'string') return definition;
  const [, parts] = (definition as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : '')).join('');
}

function fileOf(machine: string): string {
  return join(IMAGES, `${machine.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.svg`);
}

async function main(check: boolean): Promise<void> {
  const stale: string[] = [];
  mkdirSync(IMAGES, { recursive: true });
  for (const [machine, definition] of definitions()) {
    const svg = svgOf(await layOut(graphOf(definition)), `The state machine ${machine}`);
    const file = fileOf(machine);
    if (!check) writeFileSync(file, svg);
    else if (!existsSync(file) || readFileSync(file, 'utf8') !== svg) stale.push(file);
  }
  if (stale.length > 0) {
    console.error(`not what the machine is now: ${stale.join(', ')}; run npx tsx scripts/draw-machines.ts`);
    process.exitCode = 1;
  }
}

void main(process.argv.includes('--check'));
