import { isProven } from '../../edges/check';
import { lineOf } from '../../edges/edge-lines';
import { Changed, edgesIn, nameOf, ownTemplate } from './templates';

/** The app's own template: everything that AWS does by itself is allowed; and nothing of it would be if a statement were different. */

const template = ownTemplate();
const edges = edgesIn(template);

test('all of it is allowed', () => {
  expect(edges.filter((edge) => !isProven(edge)).map(lineOf)).toEqual([]);
  expect(edges.filter(({ verdict }) => verdict !== 'allowed')).toEqual([]);
});

test('every kind of it is looked at', () => {
  const counts = Map.groupBy(edges, ({ kind }) => kind);
  const kinds = Object.fromEntries([...counts].map(([kind, { length }]) => [kind, length]));
  const schedules = Object.values(template.Resources ?? {}).filter(({ Type }) => Type === 'AWS::Scheduler::Schedule');
  const alarms = Object.values(template.Resources ?? {}).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  expect(kinds).toMatchObject({
    'alarm action': alarms.length,
    'rule target': 2,
    'letters of a rule': 2,
    'schedule target': schedules.length,
    'letters of a schedule': schedules.length,
    destination: 1,
    'distributed map': 3,
    // 12 functions, 2 machines, and each schedule.
    'takes on its role': 14 + schedules.length,
    log: 2 * 12 + 2 * 8,
    traces: 2 * 12 + 2 * 4,
    // 8 steps of PartitionRun and 3 of Backfill, each of this and the release before.
    'task of the release before': 11,
    task: 11 + 6,
  });
});

test('a subscription by e-mail needs no policy', () => {
  const told = edgesIn(ownTemplate({ settings: { alertEmail: 'data@example.com' } }));
  expect(told.filter(({ kind }) => kind === 'subscription').map(({ verdict }) => verdict)).toEqual([
    'needs no policy',
    'needs no policy',
  ]);
});

test('a topic that exists already is up to its own policy', () => {
  // The framework prints the warning.
  jest.spyOn(console, 'error').mockImplementationOnce(() => undefined);
  const theirs = edgesIn(ownTemplate({ settings: { alarmTopicArn: 'arn:aws:sns:us-east-1:210987654321:on-call' } }));
  const alarms = theirs.filter(({ kind }) => kind === 'alarm action');
  expect([...new Set(alarms.map(({ verdict }) => verdict))]).toEqual(['elsewhere']);
});

describe('each edge', () => {
  const byStatements = [...Map.groupBy(edges, ({ by }) => by.map(({ origin }) => origin).join(' '))];
  /** Edges that only these statements allow, by what happens to them. */
  const verdicts = (changed: Changed, concerned: typeof edges) => {
    const after = changed.edges();
    return concerned.map((edge) => [nameOf(edge), after.get(nameOf(edge))]);
  };
  const all = (concerned: typeof edges, verdict: string) => concerned.map((edge) => [nameOf(edge), verdict]);

  test('is not allowed any more where the statements that allow it are removed', () => {
    expect(byStatements.flatMap(([, concerned]) => concerned)).toHaveLength(edges.length);
    for (const [, concerned] of byStatements) {
      const origins = concerned[0]!.by.map(({ origin }) => origin);
      const changed = new Changed(template).without(origins);
      expect(verdicts(changed, concerned)).toEqual(all(concerned, 'nothing allows it'));
    }
  });

  test('is denied where a Deny is added, to the role or to the resource', () => {
    let denials = 0;
    for (const [, concerned] of byStatements) {
      for (const { action } of new Map(concerned.map((edge) => [edge.action, edge])).values()) {
        const changed = new Changed(template);
        const { statements } = changed.find(concerned[0]!.by[0]!.origin) ?? {};
        // The permissions of a function can't deny.
        if (statements === undefined) continue;
        const [first] = statements;
        const deny = { Effect: 'Deny', Action: action, ...(first!['Resource'] === undefined ? {} : { Resource: '*' }) };
        statements.push(first!['Principal'] === undefined ? deny : { ...deny, Principal: '*' });
        const denied = concerned.filter((edge) => edge.action === action);
        expect(verdicts(changed, denied)).toEqual(all(denied, 'denied'));
        denials += 1;
      }
    }
    expect(denials).toBeGreaterThan(60);
  });

  test('that a service makes is not allowed where the statement is for another service, resource, account or source', () => {
    const byServices = byStatements.filter(([, concerned]) => concerned[0]!.who.endsWith('.amazonaws.com'));
    let mutants = 0;
    const refuses = (
      origin: string,
      concerned: typeof edges,
      change: (statement: Record<string, unknown>) => boolean,
    ) => {
      const changed = new Changed(template);
      const found = changed.find(origin);
      const statement = found?.statements[found.index] ?? changed.template.Resources[origin]!.Properties;
      if (!change(statement)) return;
      expect(verdicts(changed, concerned)).toEqual(all(concerned, 'nothing allows it'));
      mutants += 1;
    };
    for (const [origin, concerned] of byServices) {
      refuses(origin, concerned, (statement) => {
        statement['Principal'] =
          typeof statement['Principal'] === 'string' ? 'iot.amazonaws.com' : { Service: 'iot.amazonaws.com' };
        return true;
      });
      refuses(origin, concerned, (statement) => {
        statement['Action'] = 'sqs:PurgeQueue';
        return true;
      });
      refuses(origin, concerned, (statement) => {
        const name = statement['FunctionName'] === undefined ? 'Resource' : 'FunctionName';
        if (statement[name] === undefined) return false;
        statement[name] = 'arn:aws:sns:us-east-1:123456789012:another';
        return true;
      });
      for (const key of ['aws:SourceArn', 'aws:SourceAccount']) {
        refuses(origin, concerned, (statement) => {
          if (key === 'aws:SourceArn' && statement['SourceArn'] !== undefined) {
            statement['SourceArn'] = 'arn:aws:events:us-east-1:123456789012:rule/another';
            return true;
          }
          const conditions = Object.values((statement['Condition'] ?? {}) as Record<string, Record<string, unknown>>);
          const condition = conditions.find((one) => one[key] !== undefined);
          if (condition === undefined) return false;
          condition[key] =
            key === 'aws:SourceArn' ? 'arn:aws:cloudwatch:us-east-1:999999999999:alarm:*' : '999999999999';
          return true;
        });
      }
    }
    expect(mutants).toBeGreaterThan(60);
  });
});

test('a topic whose policy is a lone Deny, as `enforceSSL` writes it, is found out', () => {
  const changed = new Changed(template);
  const policies = Object.entries(changed.template.Resources).filter(
    ([, { Type }]) => Type === 'AWS::SNS::TopicPolicy',
  );
  expect(policies).toHaveLength(2);
  for (const [, { Properties }] of policies) {
    const document = Properties['PolicyDocument'] as { Statement: { Effect: string }[] };
    document.Statement = document.Statement.filter(({ Effect }) => Effect === 'Deny');
  }
  const lost = edgesIn(changed.template).filter((edge) => !isProven(edge));
  expect(lost.map(({ kind, verdict }) => [kind, verdict])).toEqual(
    edges.filter(({ kind }) => kind === 'alarm action').map(({ kind }) => [kind, 'nothing allows it']),
  );
});

test('a resource of a kind that the check does not know is said to be one', () => {
  const changed = new Changed(template);
  changed.template.Resources['Odd'] = { Type: 'AWS::Lambda::EventSourceMapping', Properties: {} };
  const unknown = edgesIn(changed.template).filter((edge) => !isProven(edge));
  expect(unknown.map(lineOf)).toEqual([expect.stringContaining('!! AWS::Lambda::EventSourceMapping: Odd: NOT KNOWN')]);
});
