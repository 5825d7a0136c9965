import type { Edge, Graph, Node } from './machine-graph';
import {
  allowedTo,
  flat,
  listOf,
  member,
  pathOf,
  referredTo,
  type Resource,
  type Resources,
} from './template-resources';

/**
 * The app's resources as a graph: who starts whom, by targets and roles; who reads and writes which bucket, by what the roles allow; where
 * goes what could not be delivered. Names are paths in the tree of constructs, so that each is found in `lib/`; functions have their own. Roles, policies, versions
 * and log groups have no box: they are what the lines are made of.
 */

/** CloudFormation's types that have a box, and the class that a picture draws them with. */
const KINDS: Readonly<Record<string, string>> = {
  'AWS::Scheduler::Schedule': 'Starter',
  'AWS::Events::Rule': 'Rule',
  'AWS::StepFunctions::StateMachine': 'Machine',
  'AWS::Lambda::Function': 'Function',
  'AWS::S3::Bucket': 'Bucket',
  'AWS::SecretsManager::Secret': 'Bucket',
  'AWS::SQS::Queue': 'Queue',
  'AWS::SNS::Topic': 'Topic',
};
/** What a role allows and a picture shows. That a role may ask after an execution, or write logs, is no line. */
const SHOWN = /^(lambda:InvokeFunction|states:StartExecution|sns:Publish|secretsmanager:GetSecretValue|s3:)/;

export function resourceGraph(resources: Resources): Graph {
  const boxes = Object.entries(resources).filter(([, { Type }]) => Type in KINDS);
  const names = new Map(boxes.map(([id, resource]) => [id, pathOf(resource).replace(/^Functions\//, '')]));
  const alarms = Object.values(resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  const alarmsNode = node(`${alarms.length} alarms`, 'Topic', 'CloudWatch: queues, errors, silence');
  const edges = [
    ...boxes.flatMap(([id, resource]) => edgesOf(resources, names, id, resource)),
    ...Object.values(resources).flatMap((resource) => undelivered(names, resource)),
    ...alarms.flatMap(({ Properties }) =>
      toAll(names, alarmsNode.name, listOf(member(Properties, 'AlarmActions')).map(flat).join(' ')),
    ),
  ];
  const known = new Set(names.values());
  const outside = [...new Set(edges.map(({ to }) => to))].filter((name) => !known.has(name));
  return {
    start: '',
    nodes: [
      ...boxes.map(([id, resource]) => node(names.get(id) ?? id, KINDS[resource.Type] ?? '', noteOf(resource))),
      ...outside.map((name) => node(name, 'Outside', 'source bucket of a dataset')),
      alarmsNode,
    ],
    edges: distinct(edges),
  };
}

const node = (name: string, type: string, note: string): Node => ({ name, type, note, inner: undefined });

function noteOf({ Type, Properties }: Resource): string {
  switch (Type) {
    case 'AWS::Scheduler::Schedule':
      return `Scheduler: ${String(member(Properties, 'ScheduleExpression'))}`;
    case 'AWS::Events::Rule':
      return listOf(member(Properties, 'EventPattern', 'detail', 'status')).join(', ');
    case 'AWS::StepFunctions::StateMachine':
      return 'Step Functions, standard';
    case 'AWS::Lambda::Function':
      return `λ  ${String(member(Properties, 'MemorySize'))} MB, ${String(member(Properties, 'Timeout'))} s`;
    case 'AWS::S3::Bucket':
      return 'S3 bucket';
    case 'AWS::SecretsManager::Secret':
      return 'Secrets Manager';
    case 'AWS::SQS::Queue':
      return 'SQS, dead letters';
    case 'AWS::SNS::Topic':
      return 'SNS topic';
    default:
      return '';
  }
}

/** Everything that leads out of a box. */
function edgesOf(
  resources: Resources,
  names: ReadonlyMap<string, string>,
  id: string,
  { Type, Properties }: Resource,
): Edge[] {
  const from = names.get(id) ?? id;
  if (isStarter(Type)) {
    const watched = listOf(member(Properties, 'EventPattern', 'detail', 'stateMachineArn'))
      .map(flat)
      .join(' ');
    return [
      ...targetsOf(Properties).flatMap((target) => toAll(names, from, flat(member(target, 'Arn')))),
      // The machine says how an execution ended; the rule waits for that.
      ...toAll(names, from, watched).map(({ to }) => edge(to, from)),
    ];
  }
  const role = member(Properties, 'Role') ?? member(Properties, 'RoleArn');
  if (role === undefined || (KINDS[Type] !== 'Machine' && KINDS[Type] !== 'Function')) return [];
  return allowedTo(resources, role)
    .filter(({ action }) => SHOWN.test(action))
    .flatMap(({ on }) => [...toAll(names, from, on), ...toNamed(resources, names, from, on)])
    .filter(({ to }) => to !== from);
}

const isStarter = (type: string) => ['Starter', 'Rule'].includes(KINDS[type] ?? '');

const targetsOf = (properties: unknown) => [
  ...listOf(member(properties, 'Target')),
  ...listOf(member(properties, 'Targets')),
];

/** Where goes what could not be delivered to a target, or failed there. */
function undelivered(names: ReadonlyMap<string, string>, { Type, Properties, ...resource }: Resource): Edge[] {
  if (Type === 'AWS::Lambda::EventInvokeConfig') {
    const [id = ''] = referredTo(flat(member(Properties, 'FunctionName')));
    const queue = flat(member(Properties, 'DestinationConfig', 'OnFailure', 'Destination'));
    return toAll(names, names.get(id) ?? id, queue).map((one) => ({ ...one, exceptional: true }));
  }
  if (!isStarter(Type)) return [];
  const from = pathOf({ Type, ...resource });
  return targetsOf(Properties)
    .flatMap((target) => toAll(names, from, flat(member(target, 'DeadLetterConfig', 'Arn'))))
    .map((one) => ({ ...one, exceptional: true }));
}

const edge = (from: string, to: string): Edge => ({ from, to, label: '', exceptional: false, back: false });

function toAll(names: ReadonlyMap<string, string>, from: string, text: string): Edge[] {
  return referredTo(text).flatMap((id) => {
    const name = names.get(id);
    return name === undefined ? [] : [edge(from, name)];
  });
}

/** What a policy names by its name: a machine, to avoid a circle in the template; a bucket of another account. */
function toNamed(resources: Resources, names: ReadonlyMap<string, string>, from: string, on: string): Edge[] {
  const machine = /:stateMachine:(.+)$/.exec(on)?.[1];
  const bucket = /:s3:::([a-z0-9.-]+)/.exec(on)?.[1];
  const machines = Object.entries(resources).filter(
    ([, { Properties }]) => machine !== undefined && member(Properties, 'StateMachineName') === machine,
  );
  return [
    ...machines.flatMap(([id]) => toAll(names, from, `\${${id}}`)),
    ...(bucket === undefined ? [] : [edge(from, bucket)]),
  ];
}

/** One line for each pair. */
function distinct(edges: readonly Edge[]): Edge[] {
  return [...new Map(edges.map((one) => [`${one.from} ${one.to}`, one])).values()];
}
