import { assuming, byRole, unknown, type Edge, type EdgesOf, type Unruled } from './edge';
import type { Resource } from './resource';
import { fieldsOf } from './statement';

/** State machines: their role, their log, their traces, and everything that their states call. */

/** As the documentation of Step Functions asks for them; they know no resources. */
const LOG_DELIVERY = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];
const TRACES = [
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];
/** A version that is not in the template: that of a run which began before the deployment. */
const FORMER_VERSION = '999999';

export const ofMachine: EdgesOf = (machine) => {
  const role = machine.get('RoleArn');
  const { account } = machine.resolver.place;
  const logs = machine.object('LoggingConfiguration');
  const isLogged = logs['Level'] !== undefined && logs['Level'] !== 'OFF';
  const isTraced = machine.object('TracingConfiguration')['Enabled'] === true;
  const calls = statesOf(fieldsOf(JSON.parse(definitionOf(machine)))).flatMap((state) => callsOf(machine, state));
  return [
    assuming(machine, 'states.amazonaws.com', role, { 'aws:SourceArn': machine.arn, 'aws:SourceAccount': account }),
    ...(isLogged ? LOG_DELIVERY : []).map((action) => byRole('log', machine, role, action, '*')),
    ...(isTraced ? TRACES : []).map((action) => byRole('traces', machine, role, action, '*')),
    ...calls,
  ];
};

/**
 * The definition as JSON text, with every name and ARN filled in.
 * @throws TemplateError where it is somewhere else than in the template
 */
export function definitionOf(machine: Resource): string {
  const inline = machine.get('Definition');
  const text = inline === undefined ? machine.text('DefinitionString') : JSON.stringify(inline);
  const substitutions = machine.object('DefinitionSubstitutions');
  return text.replace(/\$\{([A-Za-z0-9]+)\}/g, (whole, name: string) => String(substitutions[name] ?? whole));
}

type State = Readonly<Record<string, unknown>>;

/** Every state, those of Maps and Parallels too. */
function statesOf(definition: State): State[] {
  return Object.values(fieldsOf(definition['States'])).flatMap((one) => {
    const state = fieldsOf(one);
    const inner = [state['ItemProcessor'], state['Iterator'], ...((state['Branches'] ?? []) as readonly unknown[])];
    return [state, ...inner.flatMap((part) => (part === undefined ? [] : statesOf(fieldsOf(part))))];
  });
}

function callsOf(machine: Resource, state: State): (Edge | Unruled)[] {
  const role = machine.get('RoleArn');
  if (state['Type'] === 'Map') {
    const { ProcessorConfig: config } = fieldsOf(state['ItemProcessor']);
    if (fieldsOf(config)['Mode'] !== 'DISTRIBUTED') return [];
    const executions = machine.arn.replace(':stateMachine:', ':execution:');
    const reads = ['ItemReader', 'ResultWriter'].filter((name) => state[name] !== undefined);
    return [
      byRole('distributed map', machine, role, 'states:StartExecution', machine.arn),
      ...['states:DescribeExecution', 'states:StopExecution'].map((action) =>
        byRole('distributed map', machine, role, action, `${executions}:one`),
      ),
      ...reads.map((name) => unknown(`distributed map: ${name}`, machine, machine.id)),
    ];
  }
  if (state['Type'] !== 'Task') return [];
  const resource = String(state['Resource']);
  const parameters = fieldsOf(state['Parameters'] ?? state['Arguments']);
  switch (resource) {
    case 'arn:aws:states:::lambda:invoke': {
      const target = parameters['FunctionName'];
      return typeof target === 'string' ? invoking(machine, target) : [unknown('task', machine, resource)];
    }
    case 'arn:aws:states:::states:startExecution':
    case 'arn:aws:states:::states:startExecution.sync':
    case 'arn:aws:states:::states:startExecution.sync:2': {
      const target = parameters['StateMachineArn'];
      if (typeof target !== 'string') return [unknown('task', machine, resource)];
      return starting(machine, target, resource.includes('.sync'));
    }
    case 'arn:aws:states:::sns:publish':
      return [byRole('task', machine, role, 'sns:Publish', String(parameters['TopicArn']))];
    default:
      return resource.startsWith('arn:aws:lambda:')
        ? invoking(machine, resource)
        : [unknown('task', machine, resource)];
  }
}

/** The version of this deployment; and, of a run that goes on through it, the one before. */
function invoking(machine: Resource, target: string): Edge[] {
  const role = machine.get('RoleArn');
  const version = /^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+):\d+$/.exec(target);
  const former = version === null ? [] : [`${version[1]}:${FORMER_VERSION}`];
  return [
    byRole('task', machine, role, 'lambda:InvokeFunction', target),
    ...former.map((one) => byRole('task of the release before', machine, role, 'lambda:InvokeFunction', one)),
  ];
}

/** To wait for an execution, Step Functions asks for it, stops it with its own, and has its end announced by a rule of its own. */
function starting(machine: Resource, target: string, waits: boolean): Edge[] {
  const role = machine.get('RoleArn');
  const { account, region } = machine.resolver.place;
  const executions = `${target.replace(':stateMachine:', ':execution:')}:one`;
  const rule = `arn:aws:events:${region}:${account}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`;
  return [
    byRole('task', machine, role, 'states:StartExecution', target),
    ...(waits
      ? [
          ...['states:DescribeExecution', 'states:StopExecution'].map((action) =>
            byRole('task', machine, role, action, executions),
          ),
          ...['events:DescribeRule', 'events:PutRule', 'events:PutTargets'].map((action) =>
            byRole('task', machine, role, action, rule),
          ),
        ]
      : []),
  ];
}
