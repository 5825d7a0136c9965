import { Resolver, TemplateError, type CfnResource, type CfnTemplate, type Place } from './cfn';

export interface NamedTemplate {
  readonly name: string;
  readonly template: CfnTemplate;
}

/** One resource of a template; its properties are resolved when they are asked for. */
export class Resource {
  readonly #resolved = new Map<string, unknown>();

  constructor(
    readonly id: string,
    readonly stack: string,
    readonly cfn: CfnResource,
    readonly resolver: Resolver,
  ) {}

  get type(): string {
    return this.cfn.Type;
  }

  get name(): string {
    return this.resolver.nameOf(this.id);
  }

  /** @throws TemplateError for a type that has none here */
  get arn(): string {
    return this.resolver.arnOf(this.id);
  }

  get(property: string): unknown {
    if (!this.#resolved.has(property))
      this.#resolved.set(property, this.resolver.resolve(this.cfn.Properties?.[property]));
    return this.#resolved.get(property);
  }

  /** @throws TemplateError where it is not text */
  text(property: string, fallback?: string): string {
    const value = this.get(property) ?? fallback;
    if (typeof value !== 'string')
      throw new TemplateError(`${this.id}.${property} is not a string: ${JSON.stringify(value)}`);
    return value;
  }

  number(property: string, fallback: number): number {
    return Number(this.get(property) ?? fallback);
  }

  object(property: string): Readonly<Record<string, unknown>> {
    return (this.get(property) ?? {}) as Readonly<Record<string, unknown>>;
  }
}

/** The account and the region that local values are made of. */
export const LOCAL_PLACE: Place = { account: '123456789012', region: 'us-east-1' };

/** The resources of templates that are deployed together, those left out whose condition does not hold. */
export function resourcesOf(templates: readonly NamedTemplate[], place: Place = LOCAL_PLACE): Resource[] {
  const resolvers = new Map<string, Resolver>();
  const imports = (name: string): unknown => {
    for (const { name: stack, template } of templates) {
      const resolver = resolvers.get(stack);
      for (const output of Object.values(template.Outputs ?? {})) {
        if (output.Export !== undefined && resolver?.resolve(output.Export.Name) === name)
          return resolver.resolve(output.Value);
      }
    }
    throw new TemplateError(`No stack of this assembly exports ${name}`);
  };
  for (const { name, template } of templates) resolvers.set(name, new Resolver(name, template, place, imports));
  return templates.flatMap(({ name, template }) => {
    const resolver = resolvers.get(name) ?? new Resolver(name, template, place, imports);
    return Object.entries(template.Resources ?? {})
      .filter(([, { Condition: condition }]) => condition === undefined || resolver.condition(condition))
      .map(([id, cfn]) => new Resource(id, name, cfn, resolver));
  });
}
