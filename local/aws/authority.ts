import { ownerOf } from '../../edges/check';
import { policyBookOf, type PolicyBook } from '../../edges/policies';
import type { Resource } from '../../edges/resource';
import { rule, type Access, type Principal, type Ruling } from '../../edges/ruling';
import { statementsOf } from '../../edges/statement';

/** A person with a client: may do everything that no resource's policy denies. */
const PERSON = 'user/person';
const EVERYTHING = statementsOf({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }, 'a person');

export type Verdict = Ruling['verdict'];

/** Whether the caller of a request may do what it asks for. */
export type MayDo = (caller: string | undefined, access: Access) => Verdict;

/** As AWS says it: whether nothing allows it, or something denies it. */
export function refusalOf(verdict: Verdict, { action, resource }: Access): string {
  const deny = verdict === 'denied' ? ' with an explicit deny' : '';
  return `Not authorized to perform ${action} on ${resource}${deny}`;
}

/**
 * Rules over every request in the local world as AWS would, by the templates' policies: roles, buckets, topics, queues, functions. So every
 * local run and every test on the synthesized app proves them too.
 */
export class Authority {
  readonly #book: PolicyBook;

  constructor(
    resources: readonly Resource[],
    readonly account: string,
  ) {
    this.#book = policyBookOf(resources);
  }

  /** Whether a role may. */
  role(arn: string, access: Access): Verdict {
    const identity = this.#book.roles.get(arn)?.identity ?? [];
    return this.#rule({ role: arn }, access, identity).verdict;
  }

  /** Whether a service may, by itself, because of a resource of this account. */
  service(service: string, sourceArn: string, { action, resource }: Omit<Access, 'keys'>): Verdict {
    const keys = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': this.account };
    return this.#rule({ service }, { action, resource, keys }, []).verdict;
  }

  /** Whether a person may who is not one of the functions: a test, a person with an S3 client. */
  person(access: Access): Verdict {
    return this.#rule({ role: `arn:aws:iam::${this.account}:${PERSON}` }, access, EVERYTHING).verdict;
  }

  #rule(principal: Principal, access: Access, identity: Parameters<typeof rule>[2]['identity']): Ruling {
    return rule(principal, access, { identity, resource: this.#book.ofResources.get(ownerOf(access.resource)) ?? [] });
  }
}
