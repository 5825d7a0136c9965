import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { z } from 'zod';
import { incidentSchema, type Incident } from '../../../../core/contracts/sweep/sweep-state';
import { escalate } from '../../../../core/runtime/aws/escalation';
import { NOW } from '../../../kit/runs';

const SOURCE = {
  namespace: 'Rollcall/Prod',
  topicArn: 'arn:aws:sns:eu-central-1:123456789012:Rollcall-Escalations',
};

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

/** What SNS makes of `MessageStructure: json`: each protocol has its own text, `default` is required, and all of them are strings. */
const structureSchema = z.object({ default: z.string() }).catchall(z.string());

async function published(of: Incident, over = false) {
  const sent: PublishCommand['input'][] = [];
  const sns = { send: async ({ input }: PublishCommand) => void sent.push(input) } as unknown as SNSClient;
  await escalate(sns, SOURCE, of, over);
  const input = sent[0];
  expect(input?.MessageStructure).toBe('json');
  return { ...input, messages: structureSchema.parse(JSON.parse(input?.Message ?? '')) };
}

test('an incident of one dataset has its name and its owner as attributes', async () => {
  expect(await published(incident())).toMatchObject({
    Subject: 'ALARM: Rollcall: flights deadline missed',
    MessageAttributes: {
      dataset: { DataType: 'String', StringValue: 'flights' },
      owner: { DataType: 'String', StringValue: 'us' },
      severity: { DataType: 'String', StringValue: 'warning' },
      kind: { DataType: 'String', StringValue: 'deadline' },
      action: { DataType: 'String', StringValue: 'trigger' },
    },
  });
});

test('an open circuit reaches subscribers that filter by any of the datasets that it keeps back, or by their owners', async () => {
  const affects = [
    { dataset: 'flights', owner: 'us' },
    { dataset: 'orders', owner: 'them' },
    { dataset: 'returns', owner: 'them' },
  ];
  const open = incident({ kind: 'circuit', dataset: 'vendor-drop', severity: 'critical', affects });
  expect(await published(open)).toMatchObject({
    Subject: 'ALARM: Rollcall: vendor-drop circuit open',
    MessageAttributes: {
      dataset: { DataType: 'String.Array', StringValue: '["flights","orders","returns"]' },
      owner: { DataType: 'String.Array', StringValue: '["us","them"]' },
      severity: { StringValue: 'critical' },
    },
  });
  expect(await published(open, true)).toMatchObject({
    Subject: 'OK: Rollcall: vendor-drop circuit open, over',
    messages: { default: 'flights missed its deadline. The trouble had begun at 2026-01-20T06:30:00.000Z.' },
    MessageAttributes: { severity: { StringValue: 'resolved' }, action: { StringValue: 'resolve' } },
  });
});

test('people get a mail that says what, whose, since when and where to look', async () => {
  const { messages } = await published(incident({ kind: 'failing', severity: 'critical', summary: 'It fails.' }));
  expect(messages['email']).toBe(
    [
      'It fails.',
      '',
      'Dataset: flights',
      'Owner: us',
      'Since: 2026-01-20T06:30:00.000Z',
      'Severity: critical',
      'What to do: docs/runbook.md#escalation-keeps-failing',
      'Deployment: Rollcall/Prod',
    ].join('\n'),
  );
});

/**
 * What PagerDuty's integration with Amazon CloudWatch is documented to look for in what SNS posts to it (no raw delivery): a subject that
 * begins with the state, and in `Message` JSON with that same state (`ALARM` opens, `OK` closes) and the `AlarmName` by which it tells
 * what belongs together. Alarms without `Trigger` it has been seen to drop.
 */
const alarmSchema = z
  .object({
    Subject: z
      .string()
      .regex(/^(ALARM|OK): [\x20-\x7e]+$/)
      .max(100),
    Message: z.object({
      AlarmName: z.string().min(1).max(255),
      AlarmDescription: z.string(),
      AWSAccountId: z.string().regex(/^\d{12}$/),
      NewStateValue: z.enum(['ALARM', 'OK']),
      NewStateReason: z.string().min(1),
      OldStateValue: z.enum(['ALARM', 'OK']),
      StateChangeTime: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      Region: z.string().regex(/^[a-z]+-[a-z]+-\d$/),
      Trigger: z.object({
        MetricName: z.string(),
        Namespace: z.string(),
        Dimensions: z.array(z.object({ name: z.string(), value: z.string() })),
      }),
    }),
  })
  .refine(({ Subject, Message }) => Subject.startsWith(`${Message.NewStateValue}:`));

describe('a pager that understands alarms of CloudWatch', () => {
  const posted = async (of: Incident, over: boolean) => {
    const { Subject, messages } = await published(of, over);
    return alarmSchema.parse({ Subject, Message: JSON.parse(messages['https'] ?? '') });
  };

  test.each(incidentSchema.shape.kind.options)('opens and closes one and the same alarm of kind %s', async (kind) => {
    const of = incident({ kind });
    const [began, over] = [await posted(of, false), await posted({ ...of, phase: 'closing' }, true)];
    expect([began.Message.NewStateValue, over.Message.NewStateValue]).toEqual(['ALARM', 'OK']);
    expect(over.Message.AlarmName).toBe(began.Message.AlarmName);
    expect(began.Message).toMatchObject({ AlarmName: `Rollcall/Prod/${kind}/flights`, Region: 'eu-central-1' });
  });

  test('has one alarm for each dataset, kind and deployment, and the same key among the attributes', async () => {
    const { MessageAttributes } = await published(incident({ kind: 'failing' }));
    expect(MessageAttributes?.['dedupKey']?.StringValue).toBe('Rollcall/Prod/failing/flights');
    const other = (await posted(incident({ kind: 'failing', dataset: 'orders' }), false)).Message.AlarmName;
    expect(other).toBe('Rollcall/Prod/failing/orders');
  });
});
