import type { Incident } from '../../contracts/sweep/sweep-state';
import { ascii } from '../text/plain';

/**
 * An incident as the escalation topic carries it: pure. People read a sentence; what subscribes by HTTPS gets the form in which CloudWatch
 * tells of its alarms, because pagers understand that as it is: `ALARM` opens, `OK` closes, and `AlarmName` says which belong together
 * (`docs/notifications.md`).
 */

/** Where it comes from. */
export interface EscalationSource {
  /** Of the deployment, so that several can share a pager: `Rollcall/<stack>`. */
  readonly namespace: string;
  /** ARN of the topic. */
  readonly topicArn: string;
}

/** What is published. */
export interface Escalation {
  /** ASCII, fewer than 100 characters. */
  readonly subject: string;
  /** By protocol; `default` for all others. */
  readonly messages: Readonly<Record<'default' | 'email' | 'http' | 'https', string>>;
  /** The same for an incident's begin and its end, whenever it comes. */
  readonly dedupKey: string;
  readonly action: 'trigger' | 'resolve';
}

const WHAT: Readonly<Record<Incident['kind'], string>> = {
  deadline: 'deadline missed',
  undelivered: 'messages undelivered',
  circuit: 'circuit open',
  failing: 'keeps failing',
  unreadable: 'object unreadable',
};

/** SNS takes subjects of fewer than 100 characters. */
const MAX_SUBJECT = 99;

/** What is published when an incident begins, and when it is over. */
export function escalationOf(incident: Incident, over: boolean, { namespace, topicArn }: EscalationSource): Escalation {
  const { dataset, owner, kind, summary, since, severity } = incident;
  const state = over ? 'OK' : 'ALARM';
  const text = over ? `${summary} The trouble had begun at ${since}.` : summary;
  const dedupKey = `${namespace}/${kind}/${incident.subject ?? dataset}`;
  const runbook = `docs/runbook.md#escalation-${WHAT[kind].replaceAll(' ', '-')}`;
  const email = [
    text,
    '',
    `${kind === 'circuit' ? 'Dependency' : 'Dataset'}: ${dataset}`,
    `Owner: ${owner}`,
    `Since: ${since}`,
    over ? 'State: over' : `Severity: ${severity}`,
    `What to do: ${runbook}`,
    `Deployment: ${namespace}`,
  ].join('\n');
  const alarm = alarmForm(incident, over, { namespace, topicArn }, { dedupKey, text, runbook });
  const https = JSON.stringify(alarm);
  return {
    subject: ascii(`${state}: Rollcall: ${dataset} ${WHAT[kind]}${over ? ', over' : ''}`, MAX_SUBJECT),
    messages: { default: text, email, http: https, https },
    dedupKey,
    action: over ? 'resolve' : 'trigger',
  };
}

/** As CloudWatch writes it, with the fields of a metric alarm: what has no `Trigger` some pagers drop. */
function alarmForm(
  { dataset, owner, kind, severity, since, markedAt }: Incident,
  over: boolean,
  { namespace, topicArn }: EscalationSource,
  { dedupKey, text, runbook }: { readonly dedupKey: string; readonly text: string; readonly runbook: string },
) {
  const [, , , region = '', account = ''] = topicArn.split(':');
  return {
    AlarmName: dedupKey,
    AlarmDescription: `Owner: ${owner}. What to do: ${runbook}`,
    AWSAccountId: account,
    NewStateValue: over ? 'OK' : 'ALARM',
    NewStateReason: text,
    OldStateValue: over ? 'ALARM' : 'OK',
    StateChangeTime: markedAt.replace('Z', '+0000'),
    Region: region,
    Trigger: {
      MetricName: kind,
      Namespace: namespace,
      StatisticType: 'Statistic',
      Statistic: 'MAXIMUM',
      Unit: null,
      Dimensions: [{ name: kind === 'circuit' ? 'dependency' : 'dataset', value: dataset }],
      Period: 600,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      TreatMissingData: 'missing',
      EvaluateLowSampleCountPercentile: '',
    },
    Rollcall: { kind, dataset, owner, severity: over ? 'resolved' : severity, since },
  };
}
