import { assuming, byRole, unknown, type Edge, type EdgesOf, type Unruled } from './edge';
import { sending } from './messages';
import type { Resource } from './resource';
import { fieldsOf, list } from './statement';

/** Rules and schedules: what they start, and where what they can't start goes. */

const EVENTS = 'events.amazonaws.com';
const SCHEDULER = 'scheduler.amazonaws.com';

/** A rule hands events to its targets, and what it can't hand over to their dead-letter queues. */
export const ofRule: EdgesOf = (rule, templates) =>
  list(rule.get('Targets')).flatMap((one) => {
    const { Arn: arn, RoleArn: role, DeadLetterConfig: letters } = fieldsOf(one);
    const target = String(arn);
    const queue = fieldsOf(letters)['Arn'];
    return [
      ...(role === undefined
        ? sending('rule target', rule, EVENTS, target, templates)
        : [
            assuming(rule, EVENTS, role, { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': accountOf(rule) }),
            starting('rule target', rule, role, target),
          ]),
      ...(queue === undefined ? [] : sending('letters of a rule', rule, EVENTS, String(queue), templates)),
    ];
  });

/** A schedule takes on a role to start its target, and to leave letters. AWS names the schedule's group as the source. */
export const ofSchedule: EdgesOf = (schedule) => {
  const { Arn: arn, RoleArn: role, DeadLetterConfig: letters, Input: input } = schedule.object('Target');
  const { account, region } = schedule.resolver.place;
  const group = `arn:aws:scheduler:${region}:${account}:schedule-group/${schedule.text('GroupName', 'default')}`;
  const queue = fieldsOf(letters)['Arn'];
  return [
    assuming(schedule, SCHEDULER, role, { 'aws:SourceArn': group, 'aws:SourceAccount': account }),
    starting('schedule target', schedule, role, startedBy(String(arn), input)),
    ...(queue === undefined ? [] : [byRole('letters of a schedule', schedule, role, 'sqs:SendMessage', String(queue))]),
  ];
};

/** A schedule may also name a call of an API as its target; what the call is about is in its input. */
function startedBy(target: string, input: unknown): string {
  if (!target.endsWith(':aws-sdk:sfn:startExecution') || typeof input !== 'string') return target;
  return String(fieldsOf(JSON.parse(input))['StateMachineArn'] ?? target);
}

const STARTS: readonly (readonly [RegExp, string])[] = [
  [/^arn:[^:]+:states:[^:]+:\d+:stateMachine:/, 'states:StartExecution'],
  [/^arn:[^:]+:lambda:[^:]+:\d+:function:/, 'lambda:InvokeFunction'],
  [/^arn:[^:]+:sqs:/, 'sqs:SendMessage'],
  [/^arn:[^:]+:sns:/, 'sns:Publish'],
];

function starting(kind: string, from: Resource, role: unknown, target: string): Edge | Unruled {
  const action = STARTS.find(([pattern]) => pattern.test(target))?.[1];
  return action === undefined ? unknown(kind, from, target) : byRole(kind, from, role, action, target);
}

const accountOf = ({ resolver }: Resource): string => resolver.place.account;
