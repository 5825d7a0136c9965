import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { definitionsIn } from '../../asl-lint/template';
import { lintDefinition, type Finding } from '../../asl-lint/lint';
import { STEP_SHAPES } from '../../asl-lint/step-shapes';
import { stubBundle } from '../../lib/build/bundle';
import { RollcallStack } from '../../lib/rollcall-stack';
import { parseSettings } from '../../lib/settings';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- mutants reach into any part of a definition.
export type Json = any;

/** The state machines of the synthesized app by logical id, with functions that have no code. */
export function ownMachines(): Record<string, Json> {
  const stack = new RollcallStack(new App(), 'Rollcall', {
    datasets: [],
    settings: parseSettings({}),
    bundle: stubBundle(),
    now: new Date('2026-01-20T00:00:00Z'),
  });
  const found = definitionsIn(Template.fromStack(stack).toJSON());
  return Object.fromEntries(found.map(({ name, definition }) => [name, definition]));
}

/** The definition of PartitionRun. */
export function partitionRun(): Json {
  const found = Object.entries(ownMachines()).find(([name]) => name.startsWith('PartitionRun'));
  if (found === undefined) throw new Error('the app has no PartitionRun');
  return found[1];
}

/** As the app is linted at synth, with functions that end just before their Tasks give up. */
export function lintOwn(definition: Json): Finding[] {
  return lintDefinition(definition, { shapes: STEP_SHAPES, strict: true, functionTimeouts: { PublishPartition: 60 } });
}

/** All state objects of a definition by path, as the linter names them. */
export function statesByPath(scope: Json, prefix = ''): Record<string, Json> {
  const found: Record<string, Json> = {};
  for (const [name, state] of Object.entries<Json>(scope.States)) {
    found[prefix + name] = state;
    const inner: Json[] = [...(state.ItemProcessor ? [state.ItemProcessor] : []), ...(state.Branches ?? [])];
    for (const one of inner) Object.assign(found, statesByPath(one, `${prefix}${name}/`));
  }
  return found;
}
