import { longest, longestText } from './longest';
import { over, resourcesOf, type CfnTemplate, type Excess } from './limit';

interface PropertyLimit {
  readonly type: string;
  /** Where the property is, e.g. `Target.Input`. */
  readonly path: string;
  readonly most: number;
  /** Characters of the text, bytes of it as JSON, or items of the list. */
  readonly unit: 'characters' | 'bytes' | 'items';
  readonly remedy: string;
}

const SHORTEN = 'shorten it';
const NAME = 'shorten it, or the name of the stack that it is made from (-c stackName=…)';
const FEWER = 'use fewer';

const text = (type: string, path: string, most: number, remedy = SHORTEN): PropertyLimit => ({
  type,
  path,
  most,
  unit: 'characters',
  remedy,
});
const list = (type: string, path: string, most: number): PropertyLimit => ({
  type,
  path,
  most,
  unit: 'items',
  remedy: FEWER,
});

/** Limits of single properties, for the types of resources that the app has. */
const LIMITS: readonly PropertyLimit[] = [
  {
    type: 'AWS::Lambda::Function',
    path: 'Environment.Variables',
    most: 4096,
    unit: 'bytes',
    remedy: 'pass what grows in a file of the bundle or an object of the ledger',
  },
  text('AWS::Lambda::Function', 'Description', 256),
  text('AWS::Lambda::Function', 'FunctionName', 64, NAME),
  text('AWS::Lambda::Function', 'Handler', 128),
  list('AWS::Lambda::Function', 'Layers', 5),
  text('AWS::Lambda::Version', 'Description', 256),
  {
    type: 'AWS::StepFunctions::StateMachine',
    path: 'DefinitionString',
    most: 1024 * 1024,
    unit: 'characters',
    remedy: 'use fewer states, or a machine that calls another',
  },
  text('AWS::StepFunctions::StateMachine', 'StateMachineName', 80, NAME),
  text('AWS::Scheduler::Schedule', 'Description', 512),
  text('AWS::Scheduler::Schedule', 'Name', 64, NAME),
  text('AWS::Scheduler::Schedule', 'ScheduleExpression', 256),
  text('AWS::Scheduler::Schedule', 'Target.Input', 256 * 1024, 'pass the key of an object instead'),
  text('AWS::Scheduler::ScheduleGroup', 'Name', 64, NAME),
  text('AWS::Events::Rule', 'Description', 512),
  text('AWS::Events::Rule', 'EventPattern', 2048, 'match on less'),
  list('AWS::Events::Rule', 'Targets', 5),
  text('AWS::CloudWatch::Alarm', 'AlarmDescription', 1024),
  text('AWS::CloudWatch::Alarm', 'AlarmName', 255, NAME),
  list('AWS::CloudWatch::Alarm', 'AlarmActions', 5),
  text('AWS::IAM::Role', 'RoleName', 64, NAME),
  text('AWS::IAM::Role', 'Description', 1000),
  text('AWS::IAM::Policy', 'PolicyName', 128),
  text('AWS::IAM::ManagedPolicy', 'ManagedPolicyName', 128, NAME),
  text('AWS::IAM::ManagedPolicy', 'Description', 1000),
  text('AWS::SNS::Topic', 'DisplayName', 100),
  text('AWS::SNS::Topic', 'TopicName', 256, NAME),
  text('AWS::SQS::Queue', 'QueueName', 80, NAME),
  text('AWS::SecretsManager::Secret', 'Name', 512, NAME),
  text('AWS::SecretsManager::Secret', 'Description', 2048),
  text('AWS::Logs::LogGroup', 'LogGroupName', 512, NAME),
  text('AWS::S3::Bucket', 'BucketName', 63, NAME),
  list('AWS::S3::Bucket', 'LifecycleConfiguration.Rules', 1000),
];

/** Properties that are longer than AWS takes. */
export function propertyExcesses(template: CfnTemplate): Excess[] {
  return LIMITS.flatMap(({ type, path, most, unit, remedy }) =>
    resourcesOf(template, type).flatMap(([resource, properties]) =>
      over({
        limit: `${type.split('::').slice(1).join('-').toLowerCase()}-${path.split('.').at(-1)?.toLowerCase() ?? ''}`,
        resource,
        what: path,
        found: measured(path.split('.').reduce(inside, properties as unknown), unit),
        most,
        unit,
        remedy,
      }),
    ),
  );
}

function inside(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
}

function measured(value: unknown, unit: PropertyLimit['unit']): number {
  if (value === undefined) return 0;
  if (unit === 'items') return Array.isArray(value) ? value.length : 0;
  // Lambda measures the variables as JSON.
  return unit === 'bytes' ? Buffer.byteLength(JSON.stringify(longest(value))) : longestText(value).length;
}
