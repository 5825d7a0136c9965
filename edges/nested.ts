import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Resolver, TemplateError, type CfnTemplate, type Place } from './cfn';

/** A stack inside another: its template, with what the other one passes to it as the values of its parameters. */
interface Nested {
  readonly name: string;
  readonly template: CfnTemplate;
}

/** A stack of an assembly: its template, and the file that names its assets. */
interface Outer {
  readonly name: string;
  readonly template: CfnTemplate;
  readonly assetsFile: string;
}

/** The stacks of an assembly, and those that are nested in them, in the same form. */
export function withNested<S extends Outer>(stacks: readonly S[], place: Place): S[] {
  const imports = (name: string): never => {
    throw new TemplateError(`A nested stack is given the export ${name}, which is not supported here`);
  };
  return stacks.flatMap((outer) => {
    const resolver = new Resolver(outer.name, outer.template, place, imports);
    return [outer, ...nestedStacks(resolver, outer.assetsFile).map((nested): S => ({ ...outer, ...nested }))];
  });
}

interface AssetsFile {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path?: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey?: string }>>;
      }
    >
  >;
}

/**
 * The stacks that are nested in one. They read the parameters that they are given; nothing here reads their outputs.
 * @param assetsFile of the outer stack: nested templates are assets
 */
function nestedStacks(outer: Resolver, assetsFile: string): Nested[] {
  const resources = Object.entries(outer.template.Resources ?? {});
  return resources
    .filter(([, { Type }]) => Type === 'AWS::CloudFormation::Stack')
    .map(([id, { Properties = {} }]) => {
      const url = outer.text(Properties['TemplateURL'], `${id}.TemplateURL`);
      const file = assetFile(assetsFile, url.slice(url.lastIndexOf('/') + 1));
      if (file === undefined) throw new TemplateError(`${outer.stack}: no asset is the template of ${id}: ${url}`);
      const template = JSON.parse(readFileSync(file, 'utf8')) as CfnTemplate;
      const given = (outer.resolve(Properties['Parameters']) ?? {}) as Readonly<Record<string, unknown>>;
      const parameters = Object.entries(template.Parameters ?? {}).map(([name, parameter]) => [
        name,
        name in given ? { Default: given[name] } : parameter,
      ]);
      return { name: `${outer.stack}-${id}`, template: { ...template, Parameters: Object.fromEntries(parameters) } };
    });
}

function assetFile(assetsFile: string, objectKey: string): string | undefined {
  if (!existsSync(assetsFile)) return undefined;
  const { files = {} } = JSON.parse(readFileSync(assetsFile, 'utf8')) as AssetsFile;
  const source = Object.values(files).find(({ destinations }) =>
    Object.values(destinations).some((destination) => destination.objectKey === objectKey),
  )?.source.path;
  return source === undefined ? undefined : path.resolve(path.dirname(assetsFile), source);
}
