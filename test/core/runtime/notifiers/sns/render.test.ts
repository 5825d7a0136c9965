import * as fc from 'fast-check';
import type { Manifest } from '../../../../../core/contracts/run/manifest';
import { NO_RECORDS } from '../../../../../core/contracts/run/partition-record';
import type { About } from '../../../../../core/domain/messages/about';
import { messageOf } from '../../../../../core/domain/messages/message-of';
import { FORMS, type Form } from '../../../../../core/domain/messages/message';
import { render } from '../../../../../core/runtime/notifiers/sns/render';
import { checkPublication } from '../../../../../local/aws/sns';
import { manifest, NOW, source } from '../../../../helpers/runs';

const sent = (about: About, form: Form = 'full') => render(messageOf(about, form), 'data');
const run = (of: Manifest, form?: Form) => sent({ kind: 'ending', manifest: of }, form);
const failed = manifest('TOO_MANY_REJECTED', {
  records: { ...NO_RECORDS, read: 1_500, accepted: 900, quarantined: 600 },
  source,
  rules: [
    {
      name: 'delay.range',
      broken: 600,
      samples: [{ object: 'drop/a.csv', line: 12, value: '<!channel> 9999' }],
      sentence: 'delay: 600 of 1,500 records out of range −90…2,000',
    },
  ],
});

test('a mail is read from above: what happened, why, what is wrong, how much, and where to look', () => {
  const { subject, messages } = run(failed);
  expect(subject).toBe('Rollcall: flights 2001-01-01T05 FAILED TOO_MANY_REJECTED');
  expect(messages.default).toBe(
    [
      'flights 2001-01-01T05 (hour) FAILED: More records broke a rule than the tolerance allows (600 of 1,500 records broke a rule). To do: look at the samples of the rules below; fix the source, the rule or the tolerance.',
      'Why: TOO_MANY_REJECTED',
      'Rules broken:\n- delay.range: delay: 600 of 1,500 records out of range −90…2,000, e.g. <!channel> 9999 in a.csv line 12',
      [
        'Records: 1,500 read = 900 accepted + 600 quarantined + 0 duplicates; nothing published',
        'Source: 3 objects, 1.2 MB in s3://source-bucket/flights/2026/01/20/05/, the newest 14 min old when listed',
      ].join('\n'),
      [
        'Owner: Data Engineering',
        'started by its schedule',
        'took 13 s',
        'about $0.0006',
        `Execution in the console: https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${failed.executionArn}`,
        `manifest runs/flights/2001-01-01T05/${failed.runId}.json`,
      ].join('\n'),
    ].join('\n\n'),
  );
});

test('an SMS and a plain message have one line: dataset, partition, status, code', () => {
  expect(run(failed).messages.sms).toBe('flights 2001-01-01T05 FAILED TOO_MANY_REJECTED');
  expect(run(failed, 'short').messages.default).toBe('flights 2001-01-01T05 FAILED TOO_MANY_REJECTED');
  expect(run(failed, 'plain').messages.default).toMatch(
    /^flights 2001-01-01T05 FAILED TOO_MANY_REJECTED\. .+ Manifest: runs\//,
  );
});

test('a chat bot gets the form that it knows, in which foreign text neither links nor mentions', () => {
  const {
    version,
    source: from,
    content,
  } = JSON.parse(run(failed).messages.https) as {
    version: string;
    source: string;
    content: { textType: string; title: string; description: string };
  };
  expect([version, from, content.textType]).toEqual(['1.0', 'custom', 'client-markdown']);
  expect(content.title).toBe('flights 2001-01-01T05 FAILED TOO_MANY_REJECTED');
  expect(content.description).toContain('&lt;!channel&gt; 9999');
  expect(content.description).not.toMatch(/[<>]/);
});

test('attributes say how much a message matters and what it is about, for filters', () => {
  expect(run(failed).attributes).toEqual({ channel: 'data', kind: 'ending', severity: 'error', dataset: 'flights' });
  // A person has to do something about it, although the status is no failure.
  expect(run(manifest('UPSTREAM_MISSING')).attributes).toMatchObject({ severity: 'warning' });
  expect(run(manifest('COMPLETE')).attributes).toMatchObject({ severity: 'success' });
  const manifests = [manifest('COMPLETE'), manifest('SOURCE_EMPTY')];
  expect(sent({ kind: 'endings', dataset: null, manifests, at: NOW }).attributes).toEqual({
    channel: 'data',
    kind: 'endings',
    severity: 'error',
  });
});

test('many names are all there; where they are too many, it says where all of them are', () => {
  const hours = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      partition: new Date(Date.UTC(2026, 0, 1, 2 * i)).toISOString().slice(0, 13),
      reason: 'FAILED' as const,
      code: 'SOURCE_EMPTY' as const,
    }));
  const text = (count: number) =>
    sent({
      kind: 'unlisted',
      key: 'unlisted/x.json',
      unlisted: {
        schemaVersion: 1,
        dataset: 'flights',
        owner: 'us',
        channel: 'data',
        at: NOW.toISOString(),
        because: 'removed',
        partitions: hours(count),
      },
    }).messages.default;
  expect(text(900).match(/T\d\d/g)).toHaveLength(900);
  expect(text(9_000).length).toBeLessThanOrEqual(30_000);
  expect(text(9_000)).toMatch(/…\n\nOwner: us\nAll of it: unlisted\/x\.json$/);
});

test('SNS takes every message in every form, whatever is in it', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom('', ' ', '\n', '\u0000', '\ud83d', '"'.repeat(40_000), '\\'.repeat(40_000), '😀'.repeat(30_000)),
  );
  const anyAbout: fc.Arbitrary<About> = fc.oneof(
    fc.record({ detail: text, owner: text, prefix: text }).map(({ detail, owner, prefix }): About => {
      const of = manifest('SOURCE_CORRUPT', { detail, owner, source: { ...source, prefix } });
      return { kind: 'ending', manifest: of };
    }),
    fc
      .array(fc.record({ line: text, key: text, perhaps: fc.boolean(), reason: text }), { minLength: 1, maxLength: 20 })
      .map((messages): About => ({ kind: 'untold', messages })),
  );
  fc.assert(
    fc.property(anyAbout, fc.constantFrom(...FORMS), (about, form) => {
      const { subject, messages, attributes: MessageAttributes } = sent(about, form);
      const Message = JSON.stringify(messages);
      const TopicArn = 'arn:aws:sns:eu-west-1:123456789012:data-team';
      const publication = { TopicArn, Subject: subject, Message, MessageStructure: 'json', MessageAttributes };
      expect(() => checkPublication(publication)).not.toThrow();
      expect(messages.sms.length).toBeLessThanOrEqual(140);
      expect(messages.default.isWellFormed()).toBe(true);
      expect(messages.default.trim()).not.toBe('');
      // eslint-disable-next-line no-control-regex
      expect(messages.default).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    }),
    { numRuns: 60 },
  );
});
