import type { Place } from './cfn';
import type { Edge, EdgesOf, ProvenEdge, Templates, Unruled } from './edge';
import { ofFunction, ofInvokeConfig } from './of-functions';
import { ofMachine } from './machines';
import { ofAlarm, ofBucket, ofSubscription } from './messages';
import { policyBookOf, queueArn } from './policies';
import { LOCAL_PLACE, resourcesOf, type NamedTemplate, type Resource } from './resource';
import { rule, type Policies } from './ruling';
import { ofRule, ofSchedule } from './starts';

/** Types of resources that have AWS do something. */
const ACTORS: Readonly<Record<string, EdgesOf>> = {
  'AWS::CloudWatch::Alarm': ofAlarm,
  'AWS::CloudWatch::CompositeAlarm': ofAlarm,
  'AWS::Events::Rule': ofRule,
  'AWS::Lambda::EventInvokeConfig': ofInvokeConfig,
  'AWS::Lambda::Function': ofFunction,
  'AWS::S3::Bucket': ofBucket,
  'AWS::SNS::Subscription': ofSubscription,
  'AWS::Scheduler::Schedule': ofSchedule,
  'AWS::StepFunctions::StateMachine': ofMachine,
};
/** Types that are acted upon, or that say what is allowed. */
const OTHERS = new Set([
  'AWS::CDK::Metadata',
  // What is in it is a template of its own (`nested.ts`).
  'AWS::CloudFormation::Stack',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::Logs::QueryDefinition',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::SecretsManager::Secret',
]);

/** Whether nothing is wrong with an edge, as far as the templates can tell. */
export const isProven = ({ verdict }: Pick<ProvenEdge, 'verdict'>): boolean =>
  verdict === 'allowed' || verdict === 'needs no policy' || verdict === 'elsewhere';

/**
 * Everything that AWS is to do by itself because these templates say so, each with the statements that allow or deny it. A resource of a
 * type that this check does not know is an edge that is not proven.
 * @throws TemplateError, UnknownPolicyElement where a template has something that can't be worked out
 */
export function edgesOf(stacks: readonly NamedTemplate[], place: Place = LOCAL_PLACE): ProvenEdge[] {
  const resources = resourcesOf(stacks, place);
  const ids = new Map(resources.filter(({ type }) => HAVE_ARNS.test(type)).map(({ arn, id }) => [arn, id]));
  const templates: Templates = { resources, ids, book: policyBookOf(resources), place };
  const proven = resources.flatMap((resource) => actsOf(resource, templates).map((edge) => prove(edge, templates)));
  // Several states call one function.
  return [...new Map(proven.map((edge) => [JSON.stringify(edge), edge])).values()];
}

function actsOf(resource: Resource, templates: Templates): readonly (Edge | Unruled)[] {
  const actor = ACTORS[resource.type];
  if (actor !== undefined) return actor(resource, templates);
  if (OTHERS.has(resource.type)) return [];
  return [{ kind: resource.type, from: resource.id, to: resource.id, verdict: 'not known to this check' }];
}

function prove(edge: Edge | Unruled, templates: Templates): ProvenEdge {
  const { kind, from } = edge;
  if ('verdict' in edge)
    return { kind, from, who: '', action: '', to: nameOf(edge.to, templates), verdict: edge.verdict, by: [] };
  const { principal, access } = edge;
  const about = {
    kind,
    from,
    who: 'service' in principal ? principal.service : nameOf(principal.role, templates),
    action: access.action,
    to: nameOf(access.resource, templates),
  };
  const { verdict, by } = rule(principal, access, policiesFor(edge, templates));
  const isElsewhere = verdict === 'nothing allows it' && 'service' in principal && !isHere(access.resource, templates);
  return { ...about, verdict: isElsewhere ? 'elsewhere' : verdict, by };
}

function policiesFor({ principal, access: { action, resource } }: Edge, { book }: Templates): Policies {
  const identity = 'role' in principal ? (book.roles.get(principal.role)?.identity ?? []) : [];
  if (action === 'sts:AssumeRole') return { identity, resource: book.roles.get(resource)?.trust ?? [] };
  return { identity, resource: book.ofResources.get(ownerOf(resource)) ?? [] };
}

/** The ARN of what has the policy: of an object its bucket. */
export function ownerOf(arn: string): string {
  return /^arn:[^:]+:s3:::[^/]+/.exec(arn)?.[0] ?? arn;
}

function isHere(arn: string, templates: Templates): boolean {
  return idOf(arn, templates) !== undefined;
}

/** A logical id says more than an ARN that is made up. */
function nameOf(arn: string, templates: Templates): string {
  return idOf(arn, templates) ?? arn;
}

function idOf(arn: string, { ids }: Templates): string | undefined {
  const owner = ownerOf(queueArn(arn)).replace(/(:function:[^:]+):[^:]+$/, '$1');
  const id = ids.get(owner);
  return id === undefined ? undefined : `${id}${arn.slice(owner.length)}`;
}

const HAVE_ARNS =
  /^AWS::(IAM::Role|KMS::Key|Lambda::Function|S3::Bucket|SNS::Topic|SQS::Queue|StepFunctions::StateMachine)$/;
