import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { statementsOf, type Statement } from './iam';
import { nestedStacks } from './nested';
import { Resolver, TemplateError, type CfnResource, type CfnTemplate, type Place } from './cfn';

export { TemplateError, type Place } from './cfn';

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
  /** What its role allows: the identity policies in the template. */
  readonly policies: readonly Statement[];
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
  /** JSON text with `<aws.scheduler.…>` still in it. */
  readonly input: string;
}

export interface RuleTarget {
  readonly arn: string;
  readonly input: string | undefined;
}

export interface RuleResource {
  readonly logicalId: string;
  readonly name: string;
  readonly pattern: unknown;
  readonly scheduleExpression: string | undefined;
  readonly targets: readonly RuleTarget[];
}

/** A secret of the app. */
export interface SecretResource extends NamedResource {
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
export function readAssembly(
  directory: string,
  place: Place = { account: '123456789012', region: 'us-east-1' },
): Assembly {
  const stacks = readStacks(directory);
  const resolvers = new Map<string, Resolver>();
  const imports = (name: string): unknown => {
    for (const stack of stacks) {
      const resolver = resolvers.get(stack.name);
      for (const output of Object.values(stack.template.Outputs ?? {})) {
        if (output.Export !== undefined && resolver?.resolve(output.Export.Name) === name)
          return resolver.resolve(output.Value);
      }
    }
    throw new TemplateError(`No stack of this assembly exports ${name}`);
  };
  for (const stack of stacks) resolvers.set(stack.name, new Resolver(stack.name, stack.template, place, imports));
  for (const outer of stacks.slice()) {
    for (const nested of nestedStacks(resolvers.get(outer.name) as Resolver, outer.assetsFile)) {
      stacks.push({ ...outer, ...nested });
      resolvers.set(nested.name, new Resolver(nested.name, nested.template, place, imports));
    }
  }

  const collect = <T>(
    type: string,
    read: (id: string, properties: Properties, resolver: Resolver, stack: Stack) => T,
  ): T[] =>
    stacks.flatMap((stack) => {
      const resolver = resolvers.get(stack.name) as Resolver;
      return Object.entries(stack.template.Resources ?? {})
        .filter(([, resource]) => resource.Type === type && isWanted(resource, resolver))
        .map(([id, resource]) => read(id, new Properties(id, resource, resolver), resolver, stack));
    });
  const named = (id: string, _: Properties, resolver: Resolver): NamedResource => ({
    logicalId: id,
    name: resolver.nameOf(id),
    arn: resolver.arnOf(id),
  });

  return {
    place,
    functions: collect('AWS::Lambda::Function', readFunction),
    machines: collect('AWS::StepFunctions::StateMachine', readMachine),
    schedules: collect('AWS::Scheduler::Schedule', readSchedule),
    rules: collect('AWS::Events::Rule', readRule),
    buckets: collect('AWS::S3::Bucket', named),
    secrets: collect('AWS::SecretsManager::Secret', (id, properties, resolver) => ({
      ...named(id, properties, resolver),
      generated: properties.get('GenerateSecretString') !== undefined,
    })),
    topics: collect('AWS::SNS::Topic', named),
  };
}

/** The properties of one resource, resolved when asked for. */
class Properties {
  constructor(
    readonly id: string,
    readonly resource: CfnResource,
    readonly resolver: Resolver,
  ) {}

  get(name: string): unknown {
    return this.resolver.resolve(this.resource.Properties?.[name]);
  }

  text(name: string, fallback?: string): string {
    const value = this.get(name) ?? fallback;
    if (typeof value !== 'string')
      throw new TemplateError(`${this.id}.${name} is not a string: ${JSON.stringify(value)}`);
    return value;
  }

  number(name: string, fallback: number): number {
    return Number(this.get(name) ?? fallback);
  }

  object(name: string): Record<string, unknown> {
    return (this.get(name) ?? {}) as Record<string, unknown>;
  }
}

function isWanted(resource: CfnResource, resolver: Resolver): boolean {
  return resource.Condition === undefined || resolver.condition(resource.Condition);
}

function readFunction(id: string, properties: Properties, resolver: Resolver, stack: Stack): FunctionResource {
  const variables = properties.object('Environment')['Variables'] as Record<string, unknown> | undefined;
  const environment = Object.entries(variables ?? {}).map(([name, value]) => [name, String(value)] as const);
  const code = stack.template.Resources?.[id]?.Properties?.['Code'] as { readonly S3Key?: unknown } | undefined;
  const key = code?.S3Key === undefined ? undefined : String(resolver.resolve(code.S3Key));
  const arn = resolver.arnOf(id);
  const versions = Object.entries(stack.template.Resources ?? {})
    .filter(
      ([, other]) =>
        other.Type === 'AWS::Lambda::Version' && refersTo(resolver.resolve(other.Properties?.['FunctionName']), arn),
    )
    .map(([logicalId]) => logicalId);
  return {
    logicalId: id,
    name: resolver.nameOf(id),
    arn,
    handler: properties.text('Handler', ''),
    runtime: properties.text('Runtime', ''),
    timeoutSeconds: properties.number('Timeout', 3),
    memoryMb: properties.number('MemorySize', 128),
    environment: Object.fromEntries(environment),
    assetDirectory: key === undefined ? undefined : stack.assets.get(key),
    versions,
    policies: policiesOf(stack.template, resolver, properties.get('Role')),
  };
}

/** The statements of a role: its inline policies, and the policies that name it. AWS's managed policies are not in a template. */
function policiesOf(template: CfnTemplate, resolver: Resolver, roleArn: unknown): Statement[] {
  const resources = Object.entries(template.Resources ?? {});
  return resources.flatMap(([id, { Type, Properties: given = {} }]) => {
    if (Type === 'AWS::IAM::Role' && resolver.arnOf(id) === roleArn) {
      const inline = (resolver.resolve(given['Policies']) ?? []) as readonly { readonly PolicyDocument: unknown }[];
      return inline.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument));
    }
    if (Type !== 'AWS::IAM::Policy' && Type !== 'AWS::IAM::ManagedPolicy') return [];
    const roles = (resolver.resolve(given['Roles']) ?? []) as readonly string[];
    const names = roles.some((role) => typeof roleArn === 'string' && roleArn.endsWith(`:role/${role}`));
    return names ? statementsOf(resolver.resolve(given['PolicyDocument'])) : [];
  });
}

function refersTo(nameOrArn: unknown, arn: string): boolean {
  return nameOrArn === arn || (typeof nameOrArn === 'string' && arn.endsWith(`:function:${nameOrArn}`));
}

function readMachine(id: string, properties: Properties, resolver: Resolver): MachineResource {
  let definition = properties.get('DefinitionString') ?? properties.get('Definition');
  if (definition === undefined) throw new TemplateError(`${id}: only DefinitionString and Definition are read`);
  if (typeof definition !== 'string') definition = JSON.stringify(definition);
  const substitutions = properties.object('DefinitionSubstitutions');
  const text = (definition as string).replace(/\$\{([A-Za-z0-9]+)\}/g, (whole, name: string) =>
    String(substitutions[name] ?? whole),
  );
  return {
    logicalId: id,
    name: resolver.nameOf(id),
    arn: resolver.arnOf(id),
    roleArn: properties.text('RoleArn', ''),
    type: properties.text('StateMachineType', 'STANDARD') === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
    definition: text,
  };
}

function readSchedule(id: string, properties: Properties, resolver: Resolver): ScheduleResource {
  const target = properties.object('Target');
  return {
    logicalId: id,
    name: resolver.nameOf(id),
    expression: properties.text('ScheduleExpression'),
    timeZone: properties.text('ScheduleExpressionTimezone', 'UTC'),
    state: properties.text('State', 'ENABLED'),
    targetArn: String(target['Arn']),
    input: typeof target['Input'] === 'string' ? target['Input'] : '{}',
  };
}

function readRule(id: string, properties: Properties, resolver: Resolver): RuleResource {
  const targets = (properties.get('Targets') ?? []) as readonly Readonly<Record<string, unknown>>[];
  if (targets.some((target) => target['InputTransformer'] !== undefined || target['InputPath'] !== undefined)) {
    throw new TemplateError(`${id}: input transformers of rules have no local meaning`);
  }
  return {
    logicalId: id,
    name: resolver.nameOf(id),
    pattern: properties.get('EventPattern'),
    scheduleExpression: properties.get('ScheduleExpression') as string | undefined,
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
