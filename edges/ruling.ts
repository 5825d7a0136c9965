import { hold, like, type Keys } from './conditions';
import type { Statement } from './statement';

/** Who wants to do something: a service by itself, or a role (or a user) by its ARN. */
export type Principal = { readonly service: string } | { readonly role: string };

/** What a caller wants to do. */
export interface Access {
  /** E.g. `sns:Publish`. */
  readonly action: string;
  /** ARN, or `*` for actions that know no resources. */
  readonly resource: string;
  /** Condition keys that the request carries. What every request has is added. */
  readonly keys: Keys;
}

/** The policies that speak about an access. */
export interface Policies {
  /** Of the role; empty for a service. */
  readonly identity: readonly Statement[];
  /** Of the resource. */
  readonly resource: readonly Statement[];
}

/** What the policies say: by which statements, or that none of them allows it. */
export interface Ruling {
  readonly verdict: 'allowed' | 'denied' | 'nothing allows it';
  /** The statements that allow, or those that deny. */
  readonly by: readonly Statement[];
}

/**
 * Rules as AWS does for a role or a service of the resource's own account: a Deny that fits wins; else one Allow, of the role's policies or
 * of the resource's, is enough. Organisations' policies and permission boundaries are not in a template.
 */
export function rule(principal: Principal, access: Access, policies: Policies): Ruling {
  const keys = { ...keysOf(principal), ...access.keys };
  const fitting = [
    ...policies.identity.filter((one) => fits(one, access, keys)),
    ...policies.resource.filter((one) => isAbout(one, principal) && fits(one, access, keys)),
  ];
  const denials = fitting.filter(({ effect }) => effect === 'Deny');
  if (denials.length > 0) return { verdict: 'denied', by: denials };
  return fitting.length > 0 ? { verdict: 'allowed', by: fitting } : { verdict: 'nothing allows it', by: [] };
}

/** What every request of a principal carries: it comes over TLS, and says who it is. */
function keysOf(principal: Principal): Keys {
  const tls = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
  if ('service' in principal) return { ...tls, 'aws:PrincipalIsAWSService': 'true' };
  const account = accountOf(principal.role);
  return {
    ...tls,
    'aws:PrincipalIsAWSService': 'false',
    'aws:PrincipalArn': principal.role,
    'aws:PrincipalAccount': account,
  };
}

function isAbout({ effect, principals }: Statement, principal: Principal): boolean {
  if (principals === undefined) return false;
  if (principals.everyone) return true;
  if ('service' in principal) return principals.services.includes(principal.service);
  const account = accountOf(principal.role);
  return principals.aws.some((one) => {
    if (one === principal.role) return true;
    // The account as a whole: a Deny meets every principal in it; an Allow leaves it to the role's own policies.
    return effect === 'Deny' && (one === account || new RegExp(`^arn:[^:]+:iam::${account}:root$`).test(one));
  });
}

function fits(statement: Statement, { action, resource }: Access, keys: Keys): boolean {
  const named = statement.actions.some((pattern) => like(action.toLowerCase(), pattern.toLowerCase()));
  // Of a trust policy, which names no resource, it is the role's own.
  const about = statement.resources.length === 0 || statement.resources.some((pattern) => like(resource, pattern));
  return (
    named !== statement.notActions &&
    (statement.resources.length === 0 || about !== statement.notResources) &&
    hold(statement.conditions, keys)
  );
}

const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
