import { definitionsIn } from '../../asl-lint/definitions-in-template';
import { lintDefinition, type Finding } from '../../asl-lint/lint';
import { STEP_SHAPES } from '../../asl-lint/step-shapes';
import { synthesize } from '../kit/template';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- mutants reach into any part of a definition.
export type Json = any;

/** The state machines of the synthesized app by name, with functions that have no code. */
export function ownMachines(): Record<'PartitionRun' | 'Backfill', Json> {
  const found = definitionsIn(synthesize().template.toJSON());
  const definitionOf = (id: string): Json => {
    const { definition } = found.find(({ name }) => name.startsWith(id)) ?? {};
    if (definition === undefined) throw new Error(`the app has no ${id}`);
    return definition;
  };
  return { PartitionRun: definitionOf('PartitionRun'), Backfill: definitionOf('Backfill') };
}

/** The definition of PartitionRun. */
export function partitionRun(): Json {
  return ownMachines().PartitionRun;
}

/** As the app is linted at synth, with functions that end just before their Tasks give up. */
export function lintOwn(definition: Json): Finding[] {
  const functionTimeouts = { PublishPartition: 60 };
  return lintDefinition(definition, { shapes: STEP_SHAPES, strict: true, distrust: true, functionTimeouts });
}

/** Only as the machine is meant to be, which takes half the time: for faults that have nothing to do with what steps answer. */
export function lintTrusting(definition: Json): Finding[] {
  return lintDefinition(definition, { shapes: STEP_SHAPES, strict: true });
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
