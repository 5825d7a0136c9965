import { assuming, byRole, unknown, type EdgesOf, type Templates } from './edge';
import type { Resource } from './resource';
import { fieldsOf } from './statement';

/** Functions: their role, their log, their traces, their place in a VPC, and where what became of them goes. */

/** What Lambda does in the function's name to give it addresses in a VPC. */
const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

export const ofFunction: EdgesOf = (fn) => {
  const role = fn.get('Role');
  const { account, region } = fn.resolver.place;
  const { LogGroup: group = `/aws/lambda/${fn.name}` } = fn.object('LoggingConfig');
  const stream = `arn:aws:logs:${region}:${account}:log-group:${String(group)}:log-stream:one`;
  const isTraced = fn.object('TracingConfig')['Mode'] === 'Active';
  const letters = fn.object('DeadLetterConfig')['TargetArn'];
  return [
    // Lambda is not documented to say for which function: a trust policy that asks for it is not proven.
    assuming(fn, 'lambda.amazonaws.com', role),
    ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => byRole('log', fn, role, action, stream)),
    ...(isTraced ? ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'] : []).map((action) =>
      byRole('traces', fn, role, action, '*'),
    ),
    ...(fn.get('VpcConfig') === undefined ? [] : INTERFACES).map((action) => byRole('VPC', fn, role, action, '*')),
    ...(letters === undefined ? [] : [destination('letters of a function', fn, role, String(letters))]),
  ];
};

/** Where an asynchronous invocation that failed or succeeded goes: the function's role sends it. */
export const ofInvokeConfig: EdgesOf = (config, templates) => {
  const { OnFailure: failure, OnSuccess: success } = config.object('DestinationConfig');
  const fn = functionNamed(config.text('FunctionName'), templates);
  const targets = [failure, success].flatMap((one) => fieldsOf(one)['Destination'] ?? []);
  return targets.map((target) =>
    fn === undefined
      ? unknown('destination', config, String(target))
      : destination('destination', config, fn.get('Role'), String(target)),
  );
};

const DESTINATIONS: Readonly<Record<string, string>> = {
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  lambda: 'lambda:InvokeFunction',
  events: 'events:PutEvents',
  s3: 's3:PutObject',
};

function destination(kind: string, from: Resource, role: unknown, target: string) {
  const action = DESTINATIONS[target.split(':')[2] ?? ''];
  return action === undefined ? unknown(kind, from, target) : byRole(kind, from, role, action, target);
}

function functionNamed(nameOrArn: string, { resources }: Templates): Resource | undefined {
  return resources.find(
    (one) => one.type === 'AWS::Lambda::Function' && (one.name === nameOrArn || one.arn === nameOrArn),
  );
}
