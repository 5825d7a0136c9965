import * as fc from 'fast-check';
import { REASON_CODES } from '../../../../core/contracts/run/endings';
import type { Manifest } from '../../../../core/contracts/run/manifest';
import { NO_RECORDS } from '../../../../core/contracts/run/partition-record';
import { failedObjectsOf, failedObjectsSentence } from '../../../../core/domain/batch/telling-of-failed-objects';
import { consoleUrl } from '../../../../core/domain/messages/message-details';
import type { Block } from '../../../../core/runtime/notifiers/slack/mrkdwn';
import { arnOf, manifest, source } from '../../../kit/runs';
import { runInSlack, textOf } from '../../../kit/slack';

const whole = (of: Manifest) => runInSlack(of).blocks.map(textOf).join('\n');
const line = (of: Manifest) => runInSlack(of).text;
const records = (read: number, overrides: Partial<Manifest['records']> = {}) => ({
  ...NO_RECORDS,
  read,
  accepted: read,
  published: read,
  ...overrides,
});
const NO_QUALITY = { figures: [], expectations: [], comparedWith: [], warnings: [] };
const step = (name: string, entered: number, attempts: number) => ({
  name,
  entered,
  attempts,
  seconds: 1,
  peakMb: null,
});

describe('the first line alone tells the story of', () => {
  const timedOutIn = (state: string): Manifest => {
    const base = manifest('STEP_TIMED_OUT');
    return { ...base, reason: { ...base.reason, state, error: 'x' } };
  };
  test.each<[string, Manifest, string]>([
    [
      'a success',
      manifest('COMPLETE', { records: records(690) }),
      '✅ flights 2001-01-01T05 (hour) PUBLISHED: 690 records',
    ],
    [
      'a single record',
      manifest('COMPLETE', { records: records(1) }),
      '✅ flights 2001-01-01T05 (hour) PUBLISHED: 1 record',
    ],
    [
      'a day',
      manifest('COMPLETE', { dataset: 'daily', partition: '2001-01-01', records: records(1_485) }),
      '✅ daily 2001-01-01 (day) PUBLISHED: 1,485 records',
    ],
    [
      'a success after retries',
      manifest('COMPLETE', {
        records: records(690),
        steps: [step('LoadPartition', 2, 4), step('ValidateBatch', 3, 4), step('RecordRun', 1, 2)],
      }),
      '✅ flights 2001-01-01T05 (hour) PUBLISHED after 2 retries of LoadPartition and 1 retry of ValidateBatch: 690 records',
    ],
    [
      'duplicates and a transform',
      manifest('COMPLETE', {
        records: { ...NO_RECORDS, read: 700, accepted: 690, duplicates: 10, dropped: 5, added: 2, published: 687 },
      }),
      '✅ flights 2001-01-01T05 (hour) PUBLISHED: 687 of 700 records, 10 duplicates left out, 5 dropped by the transform, 2 added by the transform',
    ],
    [
      'keys that are gone',
      manifest('COMPLETE', { records: { ...NO_RECORDS, read: 5, duplicates: 2, deleted: 3 } }),
      '✅ flights 2001-01-01T05 (hour) PUBLISHED: 0 of 5 records, 2 duplicates left out, 3 deleted',
    ],
    [
      'a fallback',
      manifest('COMPLETE', { records: records(690), source: { ...source, kind: 'fallback' } }),
      '✅ flights 2001-01-01T05 (hour) PUBLISHED: 690 records, from the fallback s3://source-bucket/flights/2026/01/20/05/, 14 min old',
    ],
    [
      'a fallback, and of why it was needed',
      manifest('WITHIN_TOLERANCE', {
        records: records(690, { accepted: 689, quarantined: 1, published: 689 }),
        source: {
          ...source,
          kind: 'fallback',
          insteadOf: { lack: 'unavailable', code: 'SOURCE_ACCESS_DENIED', message: 's3://vendor/: AccessDenied' },
        },
      }),
      '⚠️ flights 2001-01-01T05 (hour) PARTIAL: 689 of 690 records published, 1 rejected, from the fallback s3://source-bucket/flights/2026/01/20/05/, 14 min old, because the primary is unavailable (source access denied). To do: look at the quarantined records and the failed objects; fix the source or the rules and reprocess the partition.',
    ],
    [
      'a fallback that failed as well',
      manifest('SOURCE_CORRUPT', { source: { ...source, kind: 'fallback' } }),
      '❌ flights 2001-01-01T05 (hour) FAILED: An object of the source is damaged or is not what its format says, from the fallback s3://source-bucket/flights/2026/01/20/05/, 14 min old. To do: have the named object delivered again; the backfill then recovers the partition.',
    ],
    [
      'a partial result',
      manifest('WITHIN_TOLERANCE', {
        records: records(150_000, { accepted: 148_515, quarantined: 1_485, published: 148_515 }),
      }),
      '⚠️ flights 2001-01-01T05 (hour) PARTIAL: 148,515 of 150,000 records published, 1,485 rejected. To do: look at the quarantined records and the failed objects; fix the source or the rules and reprocess the partition.',
    ],
    [
      'an empty hour',
      manifest('EMPTY_AS_DECLARED'),
      '⚪ flights 2001-01-01T05 (hour) NO_DATA: The source held no records, which the dataset declares to be normal.',
    ],
    [
      'a skip',
      manifest('ALREADY_PUBLISHED'),
      '⏭️ flights 2001-01-01T05 (hour) SKIPPED: The partition is published already, so nothing was done.',
    ],
    [
      'a skip that a person has to end',
      manifest('UPSTREAM_MISSING'),
      '⏭️ flights 2001-01-01T05 (hour) SKIPPED: An upstream partition was not published before the deadline. To do: see to the upstream: as soon as it is published, this partition is started by itself.',
    ],
    [
      'a failure',
      timedOutIn('PublishPartition'),
      '❌ flights 2001-01-01T05 (hour) FAILED in PublishPartition: A step ran into its time-out. To do: raise the time-out or the memory of the step, or have the source write smaller objects.',
    ],
    [
      'a failure that retries did not cure',
      { ...timedOutIn('LoadPartition'), steps: [step('LoadPartition', 1, 4)] },
      '❌ flights 2001-01-01T05 (hour) FAILED in LoadPartition after 3 retries: A step ran into its time-out. To do: raise the time-out or the memory of the step, or have the source write smaller objects.',
    ],
    [
      'too many rejected',
      manifest('TOO_MANY_REJECTED', { records: records(1_500, { accepted: 900, quarantined: 600, published: 0 }) }),
      '❌ flights 2001-01-01T05 (hour) FAILED: More records broke a rule than the tolerance allows (600 of 1,500 records broke a rule). To do: look at the samples of the rules below; fix the source, the rule or the tolerance.',
    ],
    [
      'a run that names no partition',
      manifest('INVALID_INPUT', { partition: null, runId: 'r' }),
      '❌ flights (no partition) FAILED: The input of the execution is not valid. To do: start it with {"dataset": "&lt;name&gt;", "partition": "2026-01-20T05"}; the message names each field that is wrong.',
    ],
    [
      'a run that names nothing',
      manifest('UNKNOWN_DATASET', { dataset: null, partition: null, runId: 'my-run' }),
      '❌ run my-run FAILED: The input names a dataset that is not deployed. To do: check the spelling against datasets/, or deploy the dataset first.',
    ],
    [
      'something that needs no one',
      manifest('DEFINITION_CHANGED'),
      '❌ flights 2001-01-01T05 (hour) FAILED: The dataset definition or the code was deployed anew while the run was going. Nothing to do: start the partition again, or wait for the backfill.',
    ],
    [
      'a temporary error that is tried again',
      manifest('SOURCE_UNAVAILABLE', { retry: { n: 1, of: 3, next: '2001-01-01T06:31:20.000Z' } }),
      '❌ flights 2001-01-01T05 (hour) FAILED: The source could not be reached after several attempts, tried again after 06:31 UTC (1 of 3).',
    ],
    [
      'one that is tried again tomorrow, after a try that failed',
      manifest('SOURCE_UNAVAILABLE', {
        again: 2,
        retry: { n: 3, of: 3, next: '2001-01-02T00:31:20.000Z' },
        steps: [step('LoadPartition', 1, 5)],
      }),
      '❌ flights 2001-01-01T05 (hour) FAILED after 2 failed runs and 4 retries of LoadPartition: The source could not be reached after several attempts, tried again after 2001-01-02 00:31 UTC (3 of 3).',
    ],
    [
      'one after its last try',
      manifest('SOURCE_UNAVAILABLE', { again: 3 }),
      '❌ flights 2001-01-01T05 (hour) FAILED after 3 failed runs: The source could not be reached after several attempts. To do: ask the owner of the source; the next backfill runs the partition again.',
    ],
    [
      'a success after a run that failed',
      manifest('COMPLETE', { records: records(690), again: 1 }),
      '✅ flights 2001-01-01T05 (hour) PUBLISHED after 1 failed run: 690 records',
    ],
  ])('%s', (_what, of, expected) => {
    expect(line(of)).toBe(expected);
    // The first block says the same, with the head in bold.
    expect(textOf(runInSlack(of).blocks[0] as Block).replaceAll('*', '')).toBe(expected);
  });
});

test('a whole message', () => {
  const of = manifest('WITHIN_TOLERANCE', {
    source,
    records: records(150_000, { accepted: 148_515, quarantined: 1_485, published: 148_515 }),
    outputs: [{ key: 'data/x.parquet', records: 148_515, bytes: 1_048_211 }],
    quarantine: [{ key: 'quarantine/flights/2001-01-01T05/aa.jsonl.gz', records: 1_485, bytes: 9 }],
    rules: [
      { name: 'origin.null', broken: 85, samples: [] },
      {
        name: 'delay.range',
        broken: 1_400,
        samples: [{ object: 'flights/05/part-1.csv', line: 1_204, value: '<99999>' }],
      },
    ],
    failedBatches: [
      {
        index: 2,
        state: 'ValidateBatch',
        error: 'SourceCorrupt',
        message: 'unexpected end',
        objects: ['flights/05/part-3.csv'],
      },
    ],
  });
  expect(whole(of).split('\n').slice(1)).toEqual([
    '*Failed batches:*',
    '• batch 2 `flights/05/part-3.csv`: SourceCorrupt in ValidateBatch: unexpected end',
    '*Rules broken:*',
    '• `delay.range` by 1,400 records, e.g. `&lt;99999&gt;` in part-1.csv line 1,204',
    '• `origin.null` by 85 records',
    '*Records:* 150,000 read = 148,515 accepted + 1,485 quarantined + 0 duplicates; 148,515 published in 1 file (1 MB)',
    '*Source:* 3 objects, 1.2 MB in `s3://source-bucket/flights/2026/01/20/05/`, the newest 14 min old when listed',
    '*Quarantine:* `quarantine/flights/2001-01-01T05/aa.jsonl.gz`',
    `Owner: Data Engineering · started by its schedule · took 13 s · about $0.0006 · <${consoleUrl(of.executionArn)}|Execution in the console> · manifest \`runs/flights/2001-01-01T05/${of.runId}.json\``,
  ]);
});

test('the sum names what was deleted where something was', () => {
  const text = whole(manifest('COMPLETE', { records: { ...NO_RECORDS, read: 5, duplicates: 2, deleted: 3 } }));
  expect(text).toContain('5 read = 0 accepted + 0 quarantined + 2 duplicates + 3 deleted; nothing published');
});

test.each<[string, NonNullable<Manifest['batches']>, string | undefined]>([
  [
    'found finished',
    { all: 5, failed: 0, reused: 3, retried: [] },
    '*Batches:* 5 batches, 3 found finished and not computed again',
  ],
  [
    'retried',
    { all: 2, failed: 0, reused: 0, retried: [{ index: 1, state: 'ValidateBatch', attempts: 3 }] },
    '*Batches:* 2 batches, batch 1 took 3 attempts of ValidateBatch',
  ],
  [
    'all of both',
    {
      all: 1200,
      failed: 0,
      reused: 1200,
      retried: [0, 1, 2, 3, 4].map((index) => ({ index, state: 'ProcessBatch', attempts: 2 })),
    },
    '*Batches:* 1,200 batches, all found finished and not computed again, batch 0 took 2 attempts of ProcessBatch, batch 1 took 2 attempts of ProcessBatch, batch 2 took 2 attempts of ProcessBatch, 2 more batches needed retries',
  ],
  ['one that went well at once', { all: 1, failed: 0, reused: 0, retried: [] }, undefined],
])('batches: %s', (_what, batches, expected) => {
  const of = manifest('COMPLETE', { source, records: records(10), batches });
  expect(
    whole(of)
      .split('\n')
      .find((one) => one.startsWith('*Batches:*')),
  ).toBe(expected);
});

test('rules say what breaking them means and what is usual; expectations that were not met stand below them', () => {
  const sentence = 'delay: 412 of 690 records out of range −90…2,000; the median of the last 4 Mondays at 05:00 is 0';
  const rows = 'rows: 690; the median of the last 4 Mondays at 05:00 is 1,500, and it may be at most 50 % off';
  const of = manifest('COMPLETE', {
    records: records(690),
    rules: [
      { name: 'delay.range', broken: 412, samples: [], otherwise: 'warn', sentence },
      {
        name: 'origin.null',
        broken: 3,
        samples: [],
        otherwise: 'reject',
        sentence: 'origin: 3 of 690 records without a value',
      },
    ],
    quality: {
      figures: [{ name: 'rows', value: 690 }],
      expectations: [
        { figure: 'rows', outcome: 'broken', otherwise: 'warn', sentence: rows },
        { figure: 'sum(a)', outcome: 'unknown', otherwise: 'fail', sentence: 'a: the sum is <5>; not enough history' },
        { figure: 'sum(b)', outcome: 'met', otherwise: 'fail', sentence: 'nothing to say' },
        { figure: 'sum(c)', outcome: 'broken', otherwise: 'fail', sentence: 'stands in the reason' },
      ],
      comparedWith: [],
      warnings: [sentence, rows],
    },
  });
  expect(line(of)).toBe(`✅ flights 2001-01-01T05 (hour) PUBLISHED: 690 records, with 2 warnings (${sentence}, …)`);
  expect(whole(of).split('\n').slice(1, 7)).toEqual([
    '*Rules broken:*',
    `• \`delay.range\` (published all the same): ${sentence}`,
    '• `origin.null`: origin: 3 of 690 records without a value',
    '*Expectations:*',
    `• not met: ${rows}`,
    '• not judged: a: the sum is &lt;5&gt;; not enough history',
  ]);
  const empty = manifest('EMPTY_AS_DECLARED', {
    quality: { figures: [], expectations: [], comparedWith: [], warnings: ['rows: 0, expected at least 1'] },
  });
  expect(line(empty)).toMatch(/declares to be normal, with 1 warning \(rows: 0, expected at least 1\)\.$/);
});

describe('objects that cannot be read', () => {
  const object = (key: string, part = {}) => ({
    key: `in/${key}`,
    code: 'SCHEMA_MISMATCH',
    message: 'the columns differ from the definition: missing "v"; not declared "value"',
    found: 'CSV with a comma between its values',
    ...part,
  });
  const empty = object('b.csv', { message: 'got an empty object; it has 0 bytes', found: '0 bytes' });

  it('are named where the others are published', () => {
    const of = manifest('WITHIN_TOLERANCE', {
      records: records(12),
      failedObjects: { failed: 2, of: 13, objects: [object('a.csv'), empty] },
    });
    expect(line(of)).toMatch(/PARTIAL: 12 records published, 2 of 13 objects set aside\. To do: look at /);
    expect(whole(of).split('\n').slice(1, 4)).toEqual([
      '*Objects set aside (2 of 13):*',
      '• `in/a.csv`: SCHEMA_MISMATCH: the columns differ from the definition: missing "v"; not declared "value" (CSV with a comma between its values)',
      '• `in/b.csv`: SCHEMA_MISMATCH: got an empty object; it has 0 bytes',
    ]);
  });

  it('are why nothing is published, and said once', () => {
    const { message } = object('a.csv');
    const batch = { index: 0, state: 'ValidateBatch', error: 'SchemaMismatch', objects: ['in/a.csv', 'in/c.csv'] };
    const of = manifest('SCHEMA_MISMATCH', {
      detail: `CheckPartition: 2 of 13 objects cannot be read, at most 1 may be: in/a.csv: ${message}; and 1 more: in/b.csv`,
      failedBatches: [{ ...batch, message: `s3://source-bucket/in/a.csv: ${message}` }],
      failedObjects: { failed: 2, of: 13, objects: [object('a.csv'), empty] },
    });
    expect(line(of)).toMatch(
      /FAILED: The columns of an object are not those of the dataset definition \(2 of 13 objects\)\./,
    );
    const text = whole(of);
    expect(text).toContain(
      '*Why:* `SCHEMA_MISMATCH` · CheckPartition: 2 of 13 objects cannot be read, at most 1 may be\n',
    );
    expect(text).toContain('*Objects that cannot be read (2 of 13):*');
    expect(text).not.toContain('Failed batches');
    expect(text.match(/missing "v"/g)).toHaveLength(1);
  });

  it('are as many as there are, and the message stays short', () => {
    const many = Array.from({ length: 10_000 }, (_, i) =>
      object(`${i}${'x'.repeat(1000)}`, { message: 'm'.repeat(500) }),
    );
    const failedObjects = failedObjectsOf(many, 12_000);
    const of = manifest('WITHIN_TOLERANCE', { records: records(12), failedObjects });
    const text = whole(of);
    expect(text.length).toBeLessThan(4000);
    expect(text).toContain('*Objects set aside (10,000 of 12,000, of which the manifest names 1,000):*');
    expect(failedObjectsSentence(failedObjects!, 'none may be').length).toBeLessThan(8000);
  });
});

test('what the list of failed batches says is not said twice', () => {
  const failedBatches = [{ index: 0, state: 'ValidateBatch', error: 'SourceCorrupt', message: 'cut off', objects: [] }];
  const text = whole(
    manifest('SOURCE_CORRUPT', { detail: 'CheckPartition: 1 of 1 batches failed: cut off', failedBatches }),
  );
  expect(text.match(/cut off/g)).toHaveLength(1);
  expect(text).toContain('*Why:* `SOURCE_CORRUPT`');
});

test.each([
  ['aws:states:eu-central-1', 'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#'],
  ['aws-cn:states:cn-north-1', 'https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#'],
  ['aws-us-gov:states:us-gov-west-1', 'https://console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#'],
])('links to the console of %s', (where, url) => {
  const arn = `arn:${where}:123456789012:execution:PartitionRun:run-1`;
  expect(consoleUrl(arn)).toBe(`${url}/v2/executions/details/${arn}`);
});

test('has no link where there is no execution', () => {
  expect(consoleUrl('none')).toBeUndefined();
  expect(whole(manifest('NEVER_STARTED', { executionArn: 'none' }))).not.toContain('console');
});

describe('is valid whatever is in the manifest', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom(
      '',
      ' ',
      '<!channel>',
      '<@U1>',
      '`',
      '&amp;',
      '\u0000',
      '\ud83d',
      '*_~',
      'x'.repeat(5_000),
      '&'.repeat(3_000),
    ),
  );
  const count = fc.nat({ max: 10_000_000 });
  const anyManifest: fc.Arbitrary<Manifest> = fc
    .record({
      code: fc.constantFrom(...REASON_CODES),
      detail: text,
      state: fc.option(text, { nil: undefined }),
      owner: fc.option(text, { nil: null }),
      executionArn: fc.oneof(
        text,
        fc.string({ maxLength: 80 }).map((name) => arnOf(`x${name}`)),
      ),
      records: fc.record({
        read: count,
        accepted: count,
        quarantined: count,
        duplicates: count,
        dropped: count,
        added: count,
        published: count,
      }),
      rules: fc.array(
        fc.record({
          name: text,
          broken: count,
          otherwise: fc.constantFrom('reject' as const, 'warn' as const, 'fail' as const),
          sentence: text,
          samples: fc.array(fc.record({ object: text, line: fc.option(count, { nil: null }), value: text }), {
            maxLength: 3,
          }),
        }),
        { maxLength: 30 },
      ),
      failedBatches: fc.array(
        fc.record({ index: count, state: text, error: text, message: text, objects: fc.array(text, { maxLength: 5 }) }),
        { maxLength: 30 },
      ),
      failedObjects: fc.record({
        failed: count,
        of: count,
        objects: fc.array(fc.record({ key: text, code: text, message: text, found: text }), {
          minLength: 1,
          maxLength: 30,
        }),
      }),
      problems: fc.array(fc.record({ field: text, value: text, expected: text }), { maxLength: 30 }),
      quality: fc.record({
        figures: fc.array(fc.constant({ name: 'rows', value: 1 }), { maxLength: 1 }),
        expectations: fc.array(
          fc.record({
            figure: text,
            outcome: fc.constantFrom('met' as const, 'broken' as const, 'unknown' as const),
            otherwise: fc.constantFrom('warn' as const, 'fail' as const),
            sentence: text,
          }),
          { maxLength: 30 },
        ),
        comparedWith: fc.array(text, { maxLength: 1 }),
        warnings: fc.array(text, { maxLength: 5 }),
      }),
      steps: fc.array(
        fc.record({
          name: text,
          entered: fc.constant(1),
          attempts: fc.nat({ max: 3 }),
          seconds: fc.constant(1),
          peakMb: fc.constant(null),
        }),
        { maxLength: 30 },
      ),
      prefix: text,
      quarantine: fc.array(fc.record({ key: text, records: count, bytes: count }), { maxLength: 5 }),
    })
    .map(({ code, detail, state, prefix, ...rest }) => {
      // Nothing is read of an input with problems, and so there are no figures.
      const either = rest.problems.length > 0 ? { ...rest, quality: NO_QUALITY } : rest;
      const base = manifest(code, { ...either, detail, source: { ...source, prefix } });
      return { ...base, reason: { ...base.reason, ...(state === undefined ? {} : { state }) } };
    });

  test('within the limits, escaped, well-formed', () => {
    fc.assert(
      fc.property(anyManifest, (of) => {
        const { text: fallback, blocks } = runInSlack(of);
        const texts = blocks.map(textOf);
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(fallback.length).toBeGreaterThan(0);
        expect([fallback, ...texts].join('').length).toBeLessThan(14_400);
        expect(texts.join('').length).toBeLessThan(13_000);
        for (const one of [fallback, ...texts]) {
          expect(one.trim()).not.toBe('');
          expect(one.length).toBeLessThanOrEqual(3_000);
          expect(one.isWellFormed()).toBe(true);
          // eslint-disable-next-line no-control-regex
          expect(one).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
          // Nothing but our own link to the console, and no half escape.
          const withoutLink = one.replace(/<https:\/\/[^<>|\s]+\|Execution in the console>/, '');
          expect(withoutLink).not.toMatch(/[<>]/);
          expect(withoutLink).not.toMatch(/&(?!(amp|lt|gt);)/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test.each(REASON_CODES)(
  '%s is told alike, whether its particulars stand by themselves or only in the message',
  (code) => {
    const detail = 'LoadPartition: it said <503>';
    const before = manifest(code, { detail });
    expect(runInSlack({ ...before, reason: { ...before.reason, detail } })).toEqual(runInSlack(before));
    // Not by looking for a sentence in the message.
    const reworded = { ...before.reason, detail, message: `In other words. ${detail}` };
    expect(runInSlack({ ...before, reason: reworded })).toEqual(runInSlack(before));
  },
);
