import { number } from '../../core/domain/text/numbers';
/** Something in a template that AWS would refuse. */
export interface Excess {
  /** Stable id of the limit, e.g. `managed-policy-size`; all of them are in docs/limits.md. */
  readonly limit: string;
  /** Logical id; empty for the template as a whole. */
  readonly resource: string;
  /** One sentence: what has how much, what AWS allows, what to do. */
  readonly sentence: string;
}

export interface CfnResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** The parts of a CloudFormation template that have limits. */
export interface CfnTemplate {
  readonly Description?: string;
  readonly Resources?: Readonly<Record<string, CfnResource>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, { readonly Description?: unknown }>>;
  readonly Mappings?: Readonly<Record<string, unknown>>;
}

export interface Limit {
  readonly limit: string;
  readonly resource: string;
  /** What is measured, e.g. `the environment`. */
  readonly what: string;
  readonly found: number;
  readonly most: number;
  readonly unit: string;
  readonly remedy: string;
}

/** What is over its limit, as a sentence; nothing where it isn't. */
export function over({ limit, resource, what, found, most, unit, remedy }: Limit): Excess[] {
  if (found <= most) return [];
  const whose = resource === '' ? '' : ` of ${resource}`;
  const sentence = `${what}${whose}: ${number(found)} ${unit}, AWS allows ${number(most)}; ${remedy}`;
  return [{ limit, resource, sentence }];
}

/** `Resources` of one type, by logical id. */
export function resourcesOf(template: CfnTemplate, type: string): [id: string, properties: Record<string, unknown>][] {
  return Object.entries(template.Resources ?? {})
    .filter(([, resource]) => resource.Type === type)
    .map(([id, { Properties }]) => [id, { ...Properties }]);
}
