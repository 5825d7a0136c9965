/** Statements of policies, of roles and of resources, as CloudFormation has them. */

/** Whom a statement of a resource's policy is about; absent in a policy of a role, which is about the role. */
interface Principals {
  readonly everyone: boolean;
  /** ARNs of roles, users and accounts. */
  readonly aws: readonly string[];
  /** E.g. `cloudwatch.amazonaws.com`. */
  readonly services: readonly string[];
}

export interface Statement {
  /** Where it is in the template: logical id of the resource and, where it has one, the statement's Sid or number. */
  readonly origin: string;
  readonly effect: 'Allow' | 'Deny';
  readonly principals: Principals | undefined;
  readonly actions: readonly string[];
  /** True where it is about every action but these. */
  readonly notActions: boolean;
  readonly resources: readonly string[];
  readonly notResources: boolean;
  /** Operator → key → values. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** A policy uses something that this evaluation does not know; better to say so than to guess. */
export class UnknownPolicyElement extends Error {
  override readonly name = 'UnknownPolicyElement';
}

const KNOWN = new Set(['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);

/**
 * The statements of a policy document, its intrinsic functions resolved.
 * @throws UnknownPolicyElement naming what it has that is not known here
 */
export function statementsOf(document: unknown, origin = 'policy'): Statement[] {
  const { Statement: given } = fieldsOf(document);
  return list(given).map((one, index) => {
    const statement = fieldsOf(one);
    for (const name of Object.keys(statement))
      if (!KNOWN.has(name)) throw new UnknownPolicyElement(`${origin}: ${name}`);
    const { Sid: sid, Effect: effect, Principal: principal, Action, NotAction, Resource, NotResource } = statement;
    if (effect !== 'Allow' && effect !== 'Deny')
      throw new UnknownPolicyElement(`${origin}: the effect ${JSON.stringify(effect)}`);
    return {
      origin: `${origin}[${typeof sid === 'string' ? sid : index}]`,
      effect,
      principals: principal === undefined ? undefined : principalsOf(principal, origin),
      actions: list(NotAction ?? Action).map(String),
      notActions: NotAction !== undefined,
      resources: list(NotResource ?? Resource).map(String),
      notResources: NotResource !== undefined,
      conditions: conditionsOf(statement['Condition']),
    };
  });
}

function principalsOf(given: unknown, origin: string): Principals {
  if (given === '*') return { everyone: true, aws: [], services: [] };
  const { AWS, Service, ...others } = fieldsOf(given);
  const [other] = Object.keys(others);
  if (other !== undefined) throw new UnknownPolicyElement(`${origin}: the principal ${other}`);
  const aws = list(AWS).map(String);
  return { everyone: aws.includes('*'), aws, services: list(Service).map(String) };
}

function conditionsOf(given: unknown): Statement['conditions'] {
  const byOperator = Object.entries(fieldsOf(given)).map(([operator, keys]) => {
    const byKey = Object.entries(fieldsOf(keys)).map(([key, values]) => [key, list(values).map(String)] as const);
    return [operator, Object.fromEntries(byKey)] as const;
  });
  return Object.fromEntries(byOperator);
}

export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** CloudFormation writes one thing or a list of them. */
export function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
