import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { stubBundle } from '../../lib/build/bundle';
import { loadDatasets } from '../../lib/datasets';
import { RollcallStack } from '../../lib/rollcall-stack';
import { parseAppSettings, type AppSettings } from '../../lib/app-settings';
import { onceInRun } from '../helpers/once-in-run';

const ROOT = join(__dirname, '..', '..');
export const DATASETS_DIR = join(__dirname, 'datasets');
/** The time of the synthesis in tests. */
export const NOW = new Date('2026-03-01T00:00:00Z');

export interface Resource {
  readonly Type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- what is in a template is for the expectations to say
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export type MachineName = 'PartitionRun' | 'Backfill';

/** A synthesized stack and easy ways to look at it. */
export class Synthesized {
  constructor(readonly template: Template) {}

  /** Resources of a type by logical id. */
  resources(type: string): Record<string, Resource> {
    return this.template.findResources(type) as Record<string, Resource>;
  }

  /** The only resource of a type whose logical id matches. */
  resource(type: string, id: RegExp = /./): Resource {
    const found = Object.entries(this.resources(type)).filter(([logicalId]) => id.test(logicalId));
    if (found.length !== 1)
      throw new Error(`${type} ${String(id)}: found ${found.map(([key]) => key).join(', ') || 'none'}`);
    return found[0]![1];
  }

  /** The function of a step, e.g. `ClaimPartition`. */
  function(step: string): Resource {
    return this.resource('AWS::Lambda::Function', new RegExp(`^Functions${step}[0-9A-F]{8}$`));
  }

  /** A state machine. */
  machine(name: MachineName = 'PartitionRun'): Resource {
    return this.resource('AWS::StepFunctions::StateMachine', new RegExp(`^${name}StateMachine`));
  }

  /** The definition of a machine, with `<LogicalId>` where CloudFormation fills something in. */
  definition(name?: MachineName): Asl {
    return JSON.parse(this.definitionText(name)) as Asl;
  }

  definitionText(name?: MachineName): string {
    return text(this.machine(name).Properties['DefinitionString']);
  }
}

/** Resolves joins and references of a template value to text that a person can read. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[key, argument] = ['', undefined]] = Object.entries(value as object);
  if (key === 'Fn::Join') return (argument as [string, unknown[]])[1].map(text).join((argument as [string])[0]);
  if (key === 'Ref') return `<${String(argument)}>`;
  if (key === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}

export interface AslState {
  readonly Type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly [field: string]: any;
}
export interface Asl {
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: Record<string, AslState>;
}

/** Every state with its name, those inside Maps too. */
export function allStates({ States }: Pick<Asl, 'States'>): [string, AslState][] {
  return Object.entries(States).flatMap(([name, state]): [string, AslState][] => [
    [name, state],
    ...(state['ItemProcessor'] === undefined ? [] : allStates(state['ItemProcessor'] as Asl)),
  ]);
}

export interface SynthesizeOptions {
  readonly datasets?: readonly Dataset[];
  readonly settings?: Partial<Record<keyof AppSettings, unknown>>;
  readonly now?: Date;
  readonly stackName?: string;
}

/** The app with the feature flags of `cdk.json` and functions without code: synthesized once in a run of jest for the same options. */
export function synthesize(options: SynthesizeOptions = {}): Synthesized {
  return new Synthesized(Template.fromJSON(onceInRun(['template', options], () => templateOf(options))));
}

function templateOf(options: SynthesizeOptions): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const stack = new RollcallStack(new App({ context }), options.stackName ?? 'Rollcall', {
    datasets: options.datasets ?? loadDatasets(DATASETS_DIR),
    settings: parseAppSettings(options.settings ?? {}),
    bundle: stubBundle(),
    now: options.now ?? NOW,
  });
  return Template.fromStack(stack).toJSON();
}
