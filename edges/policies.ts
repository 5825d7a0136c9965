import type { Resource } from './resource';
import { fieldsOf, list, statementsOf, type Statement } from './statement';

/** A role of the templates: who may take it on, and what it may do then. */
interface Role {
  readonly id: string;
  readonly arn: string;
  readonly trust: readonly Statement[];
  readonly identity: readonly Statement[];
}

/** Every policy of the templates. */
export interface PolicyBook {
  /** By ARN. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Of buckets, topics, queues, keys and functions, by ARN; a function's also by the ARNs of its versions. */
  readonly ofResources: ReadonlyMap<string, readonly Statement[]>;
}

/**
 * Reads the policies of the templates. AWS's own managed policies are not in a template: what only they allow counts as not allowed.
 * @throws UnknownPolicyElement where one has something that is not known here
 */
export function policyBookOf(resources: readonly Resource[]): PolicyBook {
  const roles = resources.filter(({ type }) => type === 'AWS::IAM::Role').map((role) => roleOf(role, resources));
  const ofResources = new Map<string, Statement[]>();
  const add = (arn: string, statements: readonly Statement[]): void => {
    ofResources.set(arn, [...(ofResources.get(arn) ?? []), ...statements]);
  };
  for (const resource of resources) {
    const document = (property: string) => statementsOf(resource.get(property), resource.id);
    switch (resource.type) {
      case 'AWS::S3::BucketPolicy':
        add(`arn:aws:s3:::${resource.text('Bucket')}`, document('PolicyDocument'));
        break;
      case 'AWS::SNS::TopicPolicy':
        for (const topic of list(resource.get('Topics'))) add(String(topic), document('PolicyDocument'));
        break;
      case 'AWS::SQS::QueuePolicy':
        for (const queue of list(resource.get('Queues'))) add(queueArn(String(queue)), document('PolicyDocument'));
        break;
      case 'AWS::KMS::Key':
        add(resource.arn, document('KeyPolicy'));
        break;
      case 'AWS::Lambda::Permission': {
        const [arn, statement] = permissionOf(resource);
        add(arn, [statement]);
        break;
      }
    }
  }
  return { roles: new Map(roles.map((role) => [role.arn, role])), ofResources };
}

function roleOf(role: Resource, resources: readonly Resource[]): Role {
  const inline = list(role.get('Policies')).flatMap((policy) =>
    statementsOf(fieldsOf(policy)['PolicyDocument'], role.id),
  );
  const attached = resources
    .filter(({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy')
    .filter((policy) => policy.stack === role.stack && list(policy.get('Roles')).includes(role.name))
    .flatMap((policy) => statementsOf(policy.get('PolicyDocument'), policy.id));
  return {
    id: role.id,
    arn: role.arn,
    trust: statementsOf(role.get('AssumeRolePolicyDocument'), role.id),
    identity: [...inline, ...attached],
  };
}

/** A permission is a statement of the function's policy. */
function permissionOf(permission: Resource): [arn: string, statement: Statement] {
  const { account, region } = permission.resolver.place;
  const name = permission.text('FunctionName');
  const arn = name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${account}:function:${name}`;
  const principal = permission.text('Principal');
  const isService = principal.endsWith('.amazonaws.com');
  const { SourceArn: sourceArn, SourceAccount: sourceAccount } = permission.cfn.Properties ?? {};
  const conditions = {
    ...(sourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': [permission.text('SourceArn')] } }),
    ...(sourceAccount === undefined
      ? {}
      : { StringEquals: { 'aws:SourceAccount': [permission.text('SourceAccount')] } }),
  };
  return [
    arn,
    {
      origin: permission.id,
      effect: 'Allow',
      principals: {
        everyone: principal === '*',
        aws: isService ? [] : [/^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal],
        services: isService ? [principal] : [],
      },
      actions: [permission.text('Action')],
      notActions: false,
      resources: [arn],
      notResources: false,
      conditions,
    },
  ];
}

/** A queue's policy names it by its URL. */
export function queueArn(url: string): string {
  const match = /^https:\/\/sqs\.([^.]+)\.[^/]+\/(\d+)\/(.+)$/.exec(url);
  return match === null ? url : `arn:aws:sqs:${match[1]}:${match[2]}:${match[3]}`;
}
