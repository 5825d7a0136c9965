import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { MANAGED_POLICIES, MANAGED_POLICY_CHARACTERS, policyCharacters } from '../limits/policy-limits';

/** A statement that allows something. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** A condition key, its operator and the values of which one must fit. */
  readonly condition?: Condition & { readonly values: readonly string[] };
  /** One more condition that must hold, with its one value. */
  readonly and?: Condition & { readonly value: string };
}

interface Condition {
  readonly operator: string;
  readonly key: string;
}

/** `{"Version":"2012-10-17","Statement":[]}` */
const DOCUMENT_CHARACTERS = 40;
/** Two quotes and a comma. */
const AROUND_TEXT = 3;
/**
 * What a role's own policy takes of these grants: beside its other statements there is room for so much before CDK, which counts 150
 * characters for an ARN, would split it by its own rules.
 */
const INLINE_CHARACTERS = 5000;
const CDK_ARN_CHARACTERS = 150;

/** One managed policy while it is filled. */
interface Policy {
  size: number;
  /** Statements by what makes them different from each other. */
  readonly grants: Map<string, { readonly of: Grant; readonly texts: string[] }>;
}

/** Grants of one role that grow with the datasets: a few are part of the role's policy, many get managed policies of their own. */
export class GrowingGrants {
  private readonly stack: Stack;
  private readonly sizes = new Map<string, number>();

  constructor(private readonly fn: LambdaFunction) {
    this.stack = Stack.of(fn);
  }

  /** Whether the role has room for these grants. */
  fit(grants: readonly Grant[]): boolean {
    return this.isFew(grants) || this.pack(grants).length <= MANAGED_POLICIES;
  }

  /**
   * Gives the grants to the function's role; too many are given nevertheless, and the check of the limits refuses them.
   * @param id of the managed policies, which are numbered
   */
  allow(id: string, grants: readonly Grant[]): void {
    const { role } = this.fn;
    if (this.isFew(grants) || role === undefined) {
      for (const grant of grants) this.fn.addToRolePolicy(statement(grant));
      return;
    }
    const policies = this.pack(grants).map(
      (packed, i) =>
        // Inside the role: what waits for the role, as the function does, waits for them.
        new ManagedPolicy(role, `${id}${i + 1}`, { statements: packed.map(statement), roles: [role] }),
    );
    // What moves from the role's own policy to these is never missing: first here, then no longer there.
    role.node.tryFindChild('DefaultPolicy')?.node.addDependency(...policies);
  }

  private isFew(grants: readonly Grant[]): boolean {
    const characters = grants.map((grant) => {
      const arns = grant.resources.map((arn) => Math.max(this.textSize(arn), CDK_ARN_CHARACTERS) + AROUND_TEXT);
      return frameSize(grant) + [...arns, ...this.valueSizes(grant)].reduce((sum, one) => sum + one, 0);
    });
    return characters.reduce((sum, one) => sum + one, 0) <= INLINE_CHARACTERS;
  }

  private valueSizes({ condition }: Grant): number[] {
    return (condition?.values ?? []).map((value) => this.textSize(value) + AROUND_TEXT);
  }

  /**
   * The grants by policy. A statement goes into the first policies that have room: apart by its resources, or where it has only one, by
   * the values of its condition.
   */
  private pack(grants: readonly Grant[]): Grant[][] {
    const policies: Policy[] = [];
    grants.forEach((grant, number) => {
      const byValue = grant.resources.length === 1 && grant.condition !== undefined;
      const whole = byValue
        ? this.textSize(grant.resources[0] ?? '')
        : this.valueSizes(grant).reduce((a, b) => a + b, 0);
      const frame = frameSize(grant) + whole + AROUND_TEXT;
      for (const text of byValue ? (grant.condition?.values ?? []) : grant.resources)
        this.put(policies, { key: String(number), grant, frame, text });
    });
    return policies.map(({ grants: packed }) =>
      [...packed.values()].map(({ of, texts }) =>
        of.resources.length === 1 && of.condition !== undefined
          ? { ...of, condition: { ...of.condition, values: texts } }
          : { ...of, resources: texts },
      ),
    );
  }

  private put(
    policies: Policy[],
    { key, grant, frame, text }: { key: string; grant: Grant; frame: number; text: string },
  ): void {
    const size = this.textSize(text) + AROUND_TEXT;
    const needed = (policy: Policy) => size + (policy.grants.has(key) ? 0 : frame);
    let policy = policies.find((one) => one.size + needed(one) <= MANAGED_POLICY_CHARACTERS);
    if (policy === undefined) {
      policy = { size: DOCUMENT_CHARACTERS, grants: new Map() };
      policies.push(policy);
    }
    policy.size += needed(policy);
    const statement = policy.grants.get(key) ?? { of: grant, texts: [] };
    statement.texts.push(text);
    policy.grants.set(key, statement);
  }

  /** Characters of a text where a policy has it, at most. */
  private textSize(text: string): number {
    const known = this.sizes.get(text);
    if (known !== undefined) return known;
    const size = policyCharacters(this.stack.resolve(text)) - 2;
    this.sizes.set(text, size);
    return size;
  }
}

/** A statement without its resources and without the values of its condition. */
function frameSize({ actions, condition, and }: Grant): number {
  const conditions = conditionsOf(condition === undefined ? undefined : { ...condition, values: [] }, and);
  return JSON.stringify({ Action: actions, Effect: 'Allow', Resource: [], Condition: conditions }).length;
}

function statement({ actions, resources, condition, and }: Grant): PolicyStatement {
  const conditions = conditionsOf(condition, and);
  return new PolicyStatement({
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });
}

function conditionsOf(
  condition: Grant['condition'],
  and: Grant['and'],
): Record<string, Record<string, string | string[]>> | undefined {
  if (condition === undefined) return undefined;
  const { operator, key, values } = condition;
  const [value, ...others] = values;
  const first = { [operator]: { [key]: value !== undefined && others.length === 0 ? value : [...values] } };
  return and === undefined ? first : { ...first, [and.operator]: { [and.key]: and.value } };
}
