import type { Keys } from './conditions';
import type { Place } from './cfn';
import type { PolicyBook } from './policies';
import type { Resource } from './resource';
import type { Access, Principal, Ruling } from './ruling';

/** Something that AWS is to do by itself because the template says so, and that a policy has to allow. */
export interface Edge {
  /** What for, e.g. `alarm action`. */
  readonly kind: string;
  /** Logical id of the resource because of which it is done. */
  readonly from: string;
  readonly principal: Principal;
  readonly access: Access;
}

/** An edge that needs no policy, e.g. an e-mail subscription, or one of a kind that this check does not know. */
export interface Unruled {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly verdict: 'needs no policy' | 'not known to this check';
}

/**
 * What became of an edge. `elsewhere`: a service does it to a resource that is not in the template; only that resource's own policy could
 * allow it.
 */
export interface ProvenEdge {
  readonly kind: string;
  readonly from: string;
  /** E.g. `cloudwatch.amazonaws.com`, or the role's logical id. */
  readonly who: string;
  readonly action: string;
  readonly to: string;
  readonly verdict: Ruling['verdict'] | 'elsewhere' | Unruled['verdict'];
  readonly by: Ruling['by'];
}

/** What the enumerations of edges look things up in. */
export interface Templates {
  readonly resources: readonly Resource[];
  /** Logical ids by ARN, of what can be acted upon. */
  readonly ids: ReadonlyMap<string, string>;
  readonly book: PolicyBook;
  readonly place: Place;
}

/** Everything that one resource has AWS do. */
export type EdgesOf = (resource: Resource, templates: Templates) => readonly (Edge | Unruled)[];

/** A service acts by itself, because of a resource of this account. */
export function byService(
  kind: string,
  resource: Resource,
  service: string,
  access: { readonly action: string; readonly resource: string; readonly sourceArn: string; readonly keys?: Keys },
): Edge {
  const { action, resource: to, sourceArn, keys = {} } = access;
  const { account } = resource.resolver.place;
  return {
    kind,
    from: resource.id,
    principal: { service },
    access: { action, resource: to, keys: { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': account, ...keys } },
  };
}

/** A service takes on a role. Some say because of which resource. */
export function assuming(resource: Resource, service: string, role: unknown, keys: Keys = {}): Edge {
  return {
    kind: 'takes on its role',
    from: resource.id,
    principal: { service },
    access: { action: 'sts:AssumeRole', resource: String(role), keys },
  };
}

/** A role acts. */
export function byRole(kind: string, resource: Resource, role: unknown, action: string, to: string): Edge {
  return {
    kind,
    from: resource.id,
    principal: { role: String(role) },
    access: { action, resource: to, keys: {} },
  };
}

export const unknown = (kind: string, resource: Resource, to: string): Unruled => ({
  kind,
  from: resource.id,
  to,
  verdict: 'not known to this check',
});
