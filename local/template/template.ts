import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { TemplateError, type CfnTemplate, type Place } from '../../edges/cfn';
import { definitionOf } from '../../edges/machines';
import { withNested } from '../../edges/nested';
import { LOCAL_PLACE, resourcesOf, type NamedTemplate, type Resource } from '../../edges/resource';

export type { Place } from '../../edges/cfn';

export interface FunctionResource {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined for inline code and images, which the local world does not run. */
  readonly assetDirectory: string | undefined;
  /** Versions published of it: their logical ids. */
  readonly versions: readonly string[];
  readonly roleArn: string;
}

export interface MachineResource {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  /** The ASL definition, JSON text, with every name and ARN filled in. */
  readonly definition: string;
}

export interface ScheduleResource {
  readonly logicalId: string;
  readonly name: string;
  readonly expression: string;
  readonly timeZone: string;
  readonly state: string;
  readonly targetArn: string;
  readonly roleArn: string;
  /** JSON text with `<aws.scheduler.…>` still in it. */
  readonly input: string;
}

interface RuleTarget {
  readonly arn: string;
  readonly input: string | undefined;
}

export interface RuleResource {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly pattern: unknown;
  readonly scheduleExpression: string | undefined;
  readonly targets: readonly RuleTarget[];
}

/** A secret of the app. */
interface SecretResource extends NamedResource {
  /** Whether Secrets Manager makes up its value. */
  readonly generated: boolean;
}

export interface NamedResource {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

/** What a cloud assembly would deploy, as far as the local world plays it. */
export interface Assembly {
  readonly place: Place;
  /** Everything in its templates. */
  readonly resources: readonly Resource[];
  readonly functions: readonly FunctionResource[];
  readonly machines: readonly MachineResource[];
  readonly schedules: readonly ScheduleResource[];
  readonly rules: readonly RuleResource[];
  readonly buckets: readonly NamedResource[];
  readonly secrets: readonly SecretResource[];
  readonly topics: readonly NamedResource[];
}

interface Stack {
  readonly name: string;
  readonly directory: string;
  readonly template: CfnTemplate;
  readonly assetsFile: string;
  /** Asset directories by the key that the template names. */
  readonly assets: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly artifacts?: Readonly<
    Record<
      string,
      { readonly type: string; readonly properties?: Readonly<Record<string, unknown>>; readonly displayName?: string }
    >
  >;
}

/** Reads a cloud assembly (`cdk.out`) and resolves what is in it; nested assemblies (stages) included. */
export function readAssembly(directory: string, place: Place = LOCAL_PLACE): Assembly {
  const stacks = withNested(readStacks(directory), place);
  const resources = resourcesOf(stacks, place);
  const collect = <T>(type: string, read: (resource: Resource) => T): T[] =>
    resources.filter((resource) => resource.type === type).map(read);
  const assets = new Map(stacks.flatMap((stack) => [...stack.assets]));
  return {
    place,
    resources,
    functions: collect('AWS::Lambda::Function', (fn) => readFunction(fn, resources, assets)),
    machines: collect('AWS::StepFunctions::StateMachine', readMachine),
    schedules: collect('AWS::Scheduler::Schedule', readSchedule),
    rules: collect('AWS::Events::Rule', readRule),
    buckets: collect('AWS::S3::Bucket', named),
    secrets: collect('AWS::SecretsManager::Secret', (secret) => ({
      ...named(secret),
      generated: secret.get('GenerateSecretString') !== undefined,
    })),
    topics: collect('AWS::SNS::Topic', named),
  };
}

/** The templates of a cloud assembly. */
export function readTemplates(directory: string): readonly NamedTemplate[] {
  return withNested(readStacks(directory), LOCAL_PLACE);
}

/** The folders of functions' code that a cloud assembly names. */
export function assetsOf(directory: string): string[] {
  return readStacks(directory).flatMap(({ assets }) => [...assets.values()]);
}

const named = ({ id, name, arn }: Resource): NamedResource => ({ logicalId: id, name, arn });

function readFunction(
  fn: Resource,
  resources: readonly Resource[],
  assets: ReadonlyMap<string, string>,
): FunctionResource {
  const variables = fn.object('Environment')['Variables'] as Record<string, unknown> | undefined;
  const environment = Object.entries(variables ?? {}).map(([name, value]) => [name, String(value)] as const);
  const code = fn.cfn.Properties?.['Code'] as { readonly S3Key?: unknown } | undefined;
  const key = code?.S3Key === undefined ? undefined : String(fn.resolver.resolve(code.S3Key));
  const versions = resources.filter(
    (other) =>
      other.type === 'AWS::Lambda::Version' && other.stack === fn.stack && refersTo(other.get('FunctionName'), fn.arn),
  );
  return {
    ...named(fn),
    handler: fn.text('Handler', ''),
    runtime: fn.text('Runtime', ''),
    timeoutSeconds: fn.number('Timeout', 3),
    memoryMb: fn.number('MemorySize', 128),
    environment: Object.fromEntries(environment),
    assetDirectory: key === undefined ? undefined : assets.get(key),
    versions: versions.map(({ id }) => id),
    roleArn: fn.text('Role', ''),
  };
}

function refersTo(nameOrArn: unknown, arn: string): boolean {
  return nameOrArn === arn || (typeof nameOrArn === 'string' && arn.endsWith(`:function:${nameOrArn}`));
}

function readMachine(machine: Resource): MachineResource {
  return {
    ...named(machine),
    roleArn: machine.text('RoleArn', ''),
    type: machine.text('StateMachineType', 'STANDARD') === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
    definition: definitionOf(machine),
  };
}

function readSchedule(schedule: Resource): ScheduleResource {
  const target = schedule.object('Target');
  return {
    logicalId: schedule.id,
    name: schedule.name,
    expression: schedule.text('ScheduleExpression'),
    timeZone: schedule.text('ScheduleExpressionTimezone', 'UTC'),
    state: schedule.text('State', 'ENABLED'),
    targetArn: String(target['Arn']),
    roleArn: String(target['RoleArn']),
    input: typeof target['Input'] === 'string' ? target['Input'] : '{}',
  };
}

function readRule(rule: Resource): RuleResource {
  const targets = (rule.get('Targets') ?? []) as readonly Readonly<Record<string, unknown>>[];
  if (targets.some((target) => target['InputTransformer'] !== undefined || target['InputPath'] !== undefined)) {
    throw new TemplateError(`${rule.id}: input transformers of rules have no local meaning`);
  }
  return {
    ...named(rule),
    pattern: rule.get('EventPattern'),
    scheduleExpression: rule.get('ScheduleExpression') as string | undefined,
    targets: targets.map((target) => ({ arn: String(target['Arn']), input: target['Input'] as string | undefined })),
  };
}

function readStacks(directory: string): Stack[] {
  const manifest = readJson<Manifest>(path.join(directory, 'manifest.json'));
  return Object.entries(manifest.artifacts ?? {}).flatMap(([id, artifact]) => {
    if (artifact.type === 'cdk:cloud-assembly')
      return readStacks(path.join(directory, String(artifact.properties?.['directoryName'])));
    if (artifact.type !== 'aws:cloudformation:stack') return [];
    const templateFile = String(artifact.properties?.['templateFile']);
    const assetsFile = path.join(directory, templateFile.replace(/\.template\.json$/, '.assets.json'));
    return [
      {
        name: String(artifact.properties?.['stackName'] ?? id),
        directory,
        template: readJson<CfnTemplate>(path.join(directory, templateFile)),
        assetsFile,
        assets: readAssets(assetsFile),
      },
    ];
  });
}

interface AssetFile {
  readonly source: { readonly path?: string; readonly packaging?: string };
  readonly destinations: Readonly<Record<string, { readonly objectKey?: string }>>;
}

function readAssets(file: string): Map<string, string> {
  const assets = new Map<string, string>();
  if (!existsSync(file)) return assets;
  for (const asset of Object.values(
    readJson<{ readonly files?: Readonly<Record<string, AssetFile>> }>(file).files ?? {},
  )) {
    for (const { objectKey } of Object.values(asset.destinations)) {
      if (objectKey !== undefined && asset.source.path !== undefined && asset.source.packaging === 'zip') {
        assets.set(objectKey, path.resolve(path.dirname(file), asset.source.path));
      }
    }
  }
  return assets;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
