import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Incident } from '../../lambdas/contracts/sweep-state';
import { escalate } from '../../lambdas/runtime/escalation';
import { NOW } from '../helpers/runs';

const incident = (overrides: Partial<Incident> = {}): Incident => ({
  dataset: 'flights',
  owner: 'us',
  kind: 'deadline',
  severity: 'warning',
  summary: 'flights missed its deadline.',
  since: NOW.toISOString(),
  phase: 'opening',
  markedAt: NOW.toISOString(),
  ...overrides,
});

async function published(of: Incident, over = false) {
  const sent: PublishCommand['input'][] = [];
  const sns = { send: async ({ input }: PublishCommand) => void sent.push(input) } as unknown as SNSClient;
  await escalate(sns, 'topic', of, over);
  return sent[0];
}

test('an incident of one dataset has its name and its owner as attributes', async () => {
  expect(await published(incident())).toMatchObject({
    Subject: 'Rollcall: flights deadline missed',
    MessageAttributes: {
      dataset: { DataType: 'String', StringValue: 'flights' },
      owner: { DataType: 'String', StringValue: 'us' },
      severity: { DataType: 'String', StringValue: 'warning' },
    },
  });
});

test('an open circuit reaches whoever filters by any of the datasets that it keeps back, or by their owners', async () => {
  const affects = [
    { dataset: 'flights', owner: 'us' },
    { dataset: 'orders', owner: 'them' },
    { dataset: 'returns', owner: 'them' },
  ];
  const open = incident({ kind: 'circuit', dataset: 'vendor-drop', severity: 'critical', affects });
  expect(await published(open)).toMatchObject({
    Subject: 'Rollcall: vendor-drop circuit open',
    MessageAttributes: {
      dataset: { DataType: 'String.Array', StringValue: '["flights","orders","returns"]' },
      owner: { DataType: 'String.Array', StringValue: '["us","them"]' },
      severity: { StringValue: 'critical' },
    },
  });
  expect(await published(open, true)).toMatchObject({
    Subject: 'Rollcall: vendor-drop circuit open, over',
    Message: 'flights missed its deadline. The trouble had begun at 2026-01-20T06:30:00.000Z.',
    MessageAttributes: { severity: { StringValue: 'resolved' } },
  });
});
