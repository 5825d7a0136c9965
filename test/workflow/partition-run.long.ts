import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { keys } from '../../core/contracts/keys';
import { CLOSED_CIRCUIT } from '../../core/contracts/run/circuit';
import { checksumOf } from '../../local/aws/s3/s3-store';
import { LocalPostgres } from '../kit/postgres';
import { CANARIES } from './canaries';
import { csv, HOUR, Workflow } from './workflow';
import { readParquet } from '../kit/engine';

/** The synthesized machine with the bundled functions, once per branch: the manifest, the message, the execution's status. */

let workflow: Workflow;
beforeAll(async () => {
  workflow = await Workflow.start();
}, 180_000);
beforeEach(() => workflow.reset());
// Whatever a case is about: no webhook, password or sensitive value is in anything that it left.
afterEach(() => workflow.mustNotLeak());
afterAll(() => workflow.stop());

const READINGS = { dataset: 'readings', partition: HOUR };
const key = (name: string, dataset = 'readings') => `${dataset}/2026/01/20/05/${name}`;

it('whatever leaked would be found: in the ledger, in a file in gzip, in a message, in a record about data', async () => {
  workflow.put('readings-source', key('a.csv'), csv(5));
  await workflow.run(READINGS);
  const { s3, slack, assembly } = workflow.world;
  const [ledger, lake] = [workflow.world.bucket('Ledger'), workflow.world.bucket('Lake')];
  expect(workflow.leaks()).toEqual([]);
  s3.store.put(ledger, 'runs/x.json', Buffer.from(`{"a":"${CANARIES.webhook}"}`));
  s3.store.put(lake, 'quarantine/x.jsonl.gz', gzipSync(`${CANARIES.value} ${CANARIES.database}`));
  s3.store.put(lake, 'data/x.json', Buffer.from(CANARIES.value));
  slack.messages.push({ at: 0, path: '/', text: '', payload: { text: CANARIES.sampleKey } });
  expect(workflow.leaks()).toEqual([
    'Ledger runs/x.json: webhook',
    'Lake data/x.json: value',
    'Lake quarantine/x.jsonl.gz: database',
    'Slack: sampleKey',
  ]);
  // They are planted where an app has its secrets.
  const secrets = assembly.secrets.map(({ name }) => workflow.world.aws.secrets.get(name) ?? '');
  for (const planted of [CANARIES.webhook, CANARIES.sampleKey])
    expect(secrets.filter((secret) => secret.includes(planted))).toHaveLength(1);
  await workflow.reset();
  workflow.put('readings-source', key('a.csv'), csv(1));
  await workflow.run(READINGS);
});

describe('a partition that is published', () => {
  it('is COMPLETE when every record is accepted', async () => {
    workflow.put('readings-source', key('a.csv'), csv(5));
    const { execution, manifest, messages } = await workflow.run(READINGS);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({
      status: 'PUBLISHED',
      reason: { code: 'COMPLETE' },
      trigger: 'manual',
      records: { read: 5, accepted: 5, quarantined: 0, duplicates: 0, published: 5 },
      source: { kind: 'primary', bucket: 'readings-source', objects: 1, complete: true },
    });
    expect(manifest.outputs.map(({ records }) => records)).toEqual([5]);
    expect(messages).toEqual([expect.stringMatching(/readings 2026-01-20T05 \(hour\) PUBLISHED: 5 records/)]);
    expect(workflow.record('readings', HOUR)).toMatchObject({
      holder: null,
      publication: { runId: manifest.runId, records: { published: 5 } },
    });
  });

  it('is PARTIAL when what is rejected is inside the tolerance, and keeps what was rejected', async () => {
    workflow.put('readings-source', key('a.csv'), csv(40, 3));
    const { execution, manifest, messages } = await workflow.run(READINGS);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({
      status: 'PARTIAL',
      records: { read: 40, accepted: 37, quarantined: 3, published: 37 },
    });
    expect(manifest.rules).toEqual([expect.objectContaining({ name: 'value.type', broken: 3 })]);
    expect(workflow.keys('Lake')).toContain(manifest.quarantine[0]?.key);
    expect(messages).toEqual([expect.stringMatching(/PARTIAL: 37 of 40 records published, 3 rejected/)]);
  });

  it('leaves later records of a unique key out, also when an earlier object has them', async () => {
    workflow.put('readings-source', key('a.csv'), csv(4));
    workflow.put('readings-source', key('b.csv'), csv(3, 0, 2));
    const { manifest } = await workflow.run(READINGS);
    expect(manifest.records).toMatchObject({ read: 7, accepted: 5, quarantined: 0, duplicates: 2, published: 5 });
  });

  it('is NO_DATA when it is empty and the dataset calls that normal', async () => {
    workflow.put('readings-source', 'readings/2026/01/20/04/a.csv', csv(1));
    const { execution, manifest, messages } = await workflow.run(READINGS);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({ status: 'NO_DATA', reason: { code: 'EMPTY_AS_DECLARED' } });
    expect(messages).toEqual([expect.stringContaining('NO_DATA')]);
    expect(workflow.record('readings', HOUR)?.publication?.files).toEqual([]);
  });

  it('is derived from the time of the schedule, however late it comes', async () => {
    workflow.put('readings-source', key('a.csv'), csv(2));
    const { manifest } = await workflow.run({
      dataset: 'readings',
      scheduledTime: '2026-01-20T06:15:00Z',
      trigger: 'schedule',
    });
    expect(manifest).toMatchObject({
      partition: HOUR,
      trigger: 'schedule',
      times: { scheduled: '2026-01-20T06:15:00.000Z' },
    });
  });

  it('goes through the transform of its dataset, and counts what that drops', async () => {
    const lines = [
      { shop: 'a', amount: 1 },
      { shop: 'a', amount: 2 },
      { shop: 'b', amount: 3 },
    ].map((record) => JSON.stringify(record));
    workflow.put('summed-source', 'summed/2026-01-20/a.jsonl', `${lines.join('\n')}\n`);
    await workflow.world.clock.advance(24 * 3_600_000);
    const { execution, manifest, messages } = await workflow.run({ dataset: 'summed', partition: '2026-01-20' });
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({
      status: 'PUBLISHED',
      records: { read: 3, accepted: 3, dropped: 1, added: 0, published: 2 },
    });
    expect(manifest.steps.map(({ name }) => name)).toContain('ProcessBatch');
    // Under `changes` a success after no trouble is not told.
    expect(messages).toEqual([]);
  });

  it('goes through the transform in TypeScript that lies beside its declaration', async () => {
    workflow.put('summed-source', 'coded/2026-01-20/a.jsonl', '{"shop": "a", "amount": "1.10"}\n');
    await workflow.world.clock.advance(24 * 3_600_000);
    const { manifest } = await workflow.run({ dataset: 'coded', partition: '2026-01-20' });
    expect(manifest).toMatchObject({ status: 'PUBLISHED', records: { read: 1, accepted: 1, published: 1 } });
    const lake = workflow.world.s3.store.get(workflow.world.bucket('Lake'), manifest.outputs[0]?.key ?? '');
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-coded-'));
    writeFileSync(join(folder, 'a.parquet'), lake.body);
    const rows = await readParquet(join(folder, 'a.parquet'));
    rmSync(folder, { recursive: true });
    expect(rows).toEqual([{ shop: 'a', cents: 110, partition: '2026-01-20' }]);
  });
});

describe('a partition that is published as text', () => {
  it('is made by ProcessBatch, and its manifest lists the files as ever', async () => {
    workflow.put('summed-source', 'exported/2026-01-20/a.jsonl', '{"shop": "a", "amount": 1.10}\n');
    workflow.put('summed-source', 'exported/2026-01-20/b.jsonl', '{"amount": "2.05", "shop": "c\\n"}\n');
    await workflow.world.clock.advance(24 * 3_600_000);
    const { execution, manifest } = await workflow.run({ dataset: 'exported', partition: '2026-01-20' });
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({ status: 'PUBLISHED', records: { read: 2, accepted: 2, published: 2 } });
    expect(manifest.steps.map(({ name }) => name)).toContain('ProcessBatch');
    const [output] = manifest.outputs;
    const { body } = workflow.world.s3.store.get(workflow.world.bucket('Lake'), output?.key ?? '');
    expect(manifest.outputs).toEqual([
      {
        key: expect.stringMatching(/^data\/exported\/2026-01-20\/[0-9a-f]{32}\.jsonl\.gz$/),
        records: 2,
        bytes: body.length,
        crc32: checksumOf('crc32', body),
      },
    ]);
    expect(gunzipSync(body).toString()).toBe('{"shop":"a","amount":1.1}\n{"shop":"c\\n","amount":2.05}\n');
    expect(workflow.record('exported', '2026-01-20')?.publication?.files).toEqual(manifest.outputs);
  });
});

describe('a partition that is run again', () => {
  it('is published once', async () => {
    workflow.put('readings-source', key('a.csv'), csv(5));
    const first = await workflow.run(READINGS);
    const { execution, manifest, messages } = await workflow.run(READINGS);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({
      status: 'SKIPPED',
      reason: { code: 'ALREADY_PUBLISHED', message: expect.stringContaining(first.manifest.runId) },
    });
    expect(messages).toEqual([expect.stringContaining('SKIPPED')]);
    expect(workflow.record('readings', HOUR)?.publication?.runId).toBe(first.manifest.runId);
  });

  it('is replaced when told to reprocess, and finished batches are not computed again', async () => {
    workflow.put('readings-source', key('a.csv'), csv(5));
    const first = await workflow.run(READINGS);
    const files = workflow.keys('Lake');
    const second = await workflow.run({ ...READINGS, reprocess: true });
    expect(second.manifest).toMatchObject({ status: 'PUBLISHED', outputs: first.manifest.outputs });
    expect(workflow.keys('Lake')).toEqual(files);
    expect(workflow.record('readings', HOUR)).toMatchObject({
      publication: { runId: second.manifest.runId },
      superseded: [{ runId: first.manifest.runId, ending: { status: 'PUBLISHED' } }],
    });
  });

  it('is left alone while another run holds it', async () => {
    workflow.put('marked-source', key('a.csv', 'marked'), csv(1));
    const first = workflow.world.sfn.start('PartitionRun', { dataset: 'marked', partition: HOUR }, 'holder');
    // The first run waits for its marker; the second comes meanwhile.
    const second = await workflow.world.clock.busy(async () => {
      await workflow.world.clock.sleep(60_000);
      return workflow.world.run('PartitionRun', { dataset: 'marked', partition: HOUR }, 'second');
    });
    workflow.put('marked-source', key('_SUCCESS', 'marked'), '');
    await first.done;
    await workflow.world.settle();
    const refused = workflow.manifests().find(({ runId }) => runId === 'second');
    expect(second.status).toBe('SUCCEEDED');
    expect(refused).toMatchObject({
      status: 'SKIPPED',
      reason: {
        code: 'ALREADY_RUNNING',
        message: expect.stringContaining('Run holder holds it since 2026-01-20T06:1'),
      },
    });
    expect(workflow.record('marked', HOUR)?.publication?.runId).toBe('holder');
  });
});

describe('a partition that is compared with former ones', () => {
  const WATCHED = { dataset: 'watched', partition: HOUR };
  const days = ['2026-01-17', '2026-01-18', '2026-01-19'];
  const put = (day: string, body: string) =>
    workflow.put('watched-source', `watched/${day.replaceAll('-', '/')}/05/a.csv`, body);

  it('is published with a warning, and refused for a rule that suddenly rejects much more', async () => {
    for (const day of days) {
      put(day, csv(20, 1));
      const { manifest } = await workflow.run({ dataset: 'watched', partition: `${day}T05` });
      expect(manifest).toMatchObject({ status: 'PARTIAL', quality: { expectations: [{ outcome: 'unknown' }, {}] } });
    }
    put('2026-01-20', `${csv(5)}r9,2000\n`);
    const few = await workflow.run(WATCHED);
    const sentences = [
      'value: 1 of 6 records out of range at most 1,000; the median of 3 of the last 7 days at 05:00 is 0',
      'rows: 6; the median of 3 of the last 7 days at 05:00 is 19, and it may be at most 50 % off',
    ];
    expect(few.manifest).toMatchObject({
      status: 'PUBLISHED',
      reason: { code: 'COMPLETE' },
      rules: [{ name: 'value.range', otherwise: 'warn', broken: 1, sentence: sentences[0] }],
      quality: { warnings: sentences, comparedWith: days.toReversed().map((day) => `${day}T05`) },
    });
    // Under `changes` a success is told only for its warnings.
    expect(few.messages).toEqual([expect.stringContaining(`6 records, with 2 warnings (${sentences[0]}, …)`)]);
    const { publication } = workflow.record('watched', HOUR) ?? {};
    expect(publication).toMatchObject({
      figures: { rows: 6, 'distinct(id)': 6 },
      rules: [{ name: 'value.range', broken: 1 }],
    });

    put('2026-01-20', csv(40, 16));
    const strict = await workflow.run({ ...WATCHED, reprocess: true });
    expect(strict.execution.status).toBe('FAILED');
    expect(strict.manifest).toMatchObject({
      status: 'FAILED',
      reason: { code: 'RULE_SUDDENLY_STRICT', error: 'RuleSuddenlyStrict', state: 'CheckPartition' },
      rules: [{ name: 'value.type', broken: 16, samples: [{ value: '"x"' }, {}, {}] }],
    });
    expect(strict.manifest.reason.message).toContain(
      'value: 16 of 40 records that have no integer there; the median of 3 of the last 7 days at 05:00 is 1',
    );
    expect(strict.messages).toEqual([
      expect.stringMatching(/FAILED in CheckPartition: A rule suddenly rejects far more/),
    ]);
    // What was published stays.
    expect(workflow.record('watched', HOUR)?.publication?.runId).toBe(few.manifest.runId);
  });
});

describe('a source that is still arriving', () => {
  it('is waited for and then published', async () => {
    workflow.put('marked-source', key('a.csv', 'marked'), csv(3));
    workflow.world.clock.timer(new Date('2026-01-20T07:00:00Z'), () =>
      workflow.put('marked-source', key('_SUCCESS', 'marked'), ''),
    );
    const { execution, manifest, messages } = await workflow.run({ dataset: 'marked', partition: HOUR });
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({ status: 'PUBLISHED', records: { published: 3 } });
    expect(manifest.steps.find(({ name }) => name === 'LoadPartition')?.entered).toBeGreaterThan(1);
    expect(messages).toHaveLength(1);
  });

  it('is a failure at the deadline, not before and not later', async () => {
    workflow.put('marked-source', key('a.csv', 'marked'), csv(3));
    const { execution, manifest, messages } = await workflow.run({ dataset: 'marked', partition: HOUR });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'SOURCE_STILL_ARRIVING' });
    expect(manifest).toMatchObject({
      status: 'FAILED',
      reason: { code: 'SOURCE_STILL_ARRIVING', state: 'LoadPartition', message: expect.stringContaining('_SUCCESS') },
    });
    expect(manifest.times.ended.slice(0, 16)).toBe('2026-01-20T08:00');
    expect(messages).toEqual([expect.stringContaining('FAILED')]);
  });
});

describe('an upstream', () => {
  const JOINED = { dataset: 'joined', partition: HOUR };
  beforeEach(() => workflow.put('readings-source', key('a.csv', 'joined'), csv(4)));

  it('is waited for, and what was used of it is on record', async () => {
    const { world } = workflow;
    workflow.put('readings-source', key('a.csv'), csv(2));
    const waiting = world.sfn.start('PartitionRun', JOINED, 'waiting');
    await world.clock.busy(async () => {
      await world.clock.sleep(12 * 60_000);
      await world.run('PartitionRun', READINGS, 'upstream');
    });
    await waiting.done;
    await world.settle();
    const manifest = workflow.manifests().find(({ runId }) => runId === 'waiting');
    const upstreams = [expect.objectContaining({ dataset: 'readings', partition: HOUR, runId: 'upstream' })];
    expect(manifest).toMatchObject({ status: 'PUBLISHED', records: { published: 4 }, upstreams });
    expect(manifest?.steps.find(({ name }) => name === 'LoadPartition')?.entered).toBe(4);
    expect(workflow.record('joined', HOUR)?.publication).toMatchObject({ runId: 'waiting', upstreams });
  });

  it('that is missing at the deadline is named with its status; the run is skipped, which is no failure', async () => {
    workflow.put('readings-source', key('a.csv'), csv(4, 4));
    await workflow.run(READINGS, 'rejected');
    const { execution, manifest, messages } = await workflow.run(JOINED);
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.stopDate).toBeGreaterThanOrEqual(Date.parse('2026-01-20T08:00:00Z'));
    expect(manifest).toMatchObject({ status: 'SKIPPED', reason: { code: 'UPSTREAM_MISSING' }, upstreams: [] });
    const named = 'not published: readings 2026-01-20T05 (FAILED: ALL_RECORDS_REJECTED, run rejected)';
    expect(manifest.reason.message).toContain(named);
    expect(messages).toEqual([
      expect.stringMatching(
        /joined 2026-01-20T05 \(hour\) SKIPPED: .* To do: see to the upstream: as soon as it is published/,
      ),
    ]);
    expect(workflow.record('joined', HOUR)).toMatchObject({
      holder: null,
      publication: null,
      last: { ending: { status: 'SKIPPED', code: 'UPSTREAM_MISSING' } },
    });
  });
});

describe('a column that refers to another dataset', () => {
  const REFERRING = { dataset: 'referring', partition: HOUR };
  beforeEach(() => workflow.put('readings-source', key('a.csv', 'referring'), csv(4)));

  it('is compared with what that has published, and once more when it has published something else', async () => {
    workflow.put('readings-source', key('a.csv'), csv(3));
    await workflow.run(READINGS, 'upstream');
    const { manifest } = await workflow.run(REFERRING, 'first');
    expect(manifest).toMatchObject({
      status: 'PARTIAL',
      records: { read: 4, accepted: 3, quarantined: 1, published: 3 },
      upstreams: [{ dataset: 'readings', partition: HOUR, runId: 'upstream' }],
      rules: [
        {
          name: 'id.reference',
          sentence: 'id: 1 of 4 records not in readings.id',
          samples: [{ line: 5, value: expect.stringMatching(/^hash:[0-9a-f]{12}$/) }],
        },
      ],
    });

    // Published again as it was: nothing to do but to say so.
    await workflow.run({ ...READINGS, reprocess: true }, 'upstream-again');
    const again = await workflow.run({ ...REFERRING, reprocess: true }, 'again');
    expect(again.manifest).toMatchObject({ upstreams: [{ runId: 'upstream-again' }], batches: { reused: 1 } });
    expect(again.manifest.outputs).toEqual(manifest.outputs);

    workflow.put('readings-source', key('b.csv'), csv(2, 0, 3));
    await workflow.run({ ...READINGS, reprocess: true }, 'upstream-fixed');
    const fixed = await workflow.run({ ...REFERRING, reprocess: true }, 'fixed');
    expect(fixed.manifest).toMatchObject({
      status: 'PUBLISHED',
      records: { read: 4, published: 4 },
      upstreams: [{ runId: 'upstream-fixed' }],
      batches: { reused: 0 },
    });
  });

  it('that has published nothing rejects every record, and the message says why', async () => {
    workflow.put('readings-source', key('a.csv'), csv(0));
    await workflow.run(READINGS);
    const { manifest } = await workflow.run(REFERRING);
    expect(manifest).toMatchObject({ status: 'FAILED', reason: { code: 'ALL_RECORDS_REJECTED' } });
    expect(manifest.reason.message).toContain(
      `id: 4 of 4 records not in readings.id, which is empty: readings ${HOUR} has no records`,
    );
  });
});

describe('a source that is wrong', () => {
  const STRICT = { dataset: 'strict', partition: HOUR };

  it('has no bucket', async () => {
    const { execution, manifest } = await workflow.run({ dataset: 'lost', partition: HOUR });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'SOURCE_BUCKET_NOT_FOUND' });
    expect(manifest.reason).toMatchObject({
      code: 'SOURCE_BUCKET_NOT_FOUND',
      message: expect.stringContaining('no-such-bucket'),
      state: 'LoadPartition',
    });
  });

  it('may not be read', async () => {
    workflow.world.s3.deny('strict-source');
    const { manifest } = await workflow.run(STRICT);
    expect(manifest.reason).toMatchObject({
      code: 'SOURCE_ACCESS_DENIED',
      message: expect.stringContaining('strict-source'),
    });
  });

  it.each([
    [403, 'AccessDenied', 'SOURCE_ACCESS_DENIED'],
    [400, 'ExpiredToken', 'PLATFORM_UNAVAILABLE'],
    [400, 'SomethingUnknown', 'INTERNAL_ERROR'],
  ])('quotes secrets with status %i and %s, and they go nowhere', async (status, error, code) => {
    const message =
      `https://hooks.slack.com/services/T0/B0/${CANARIES.webhook} and postgres://u:${CANARIES.database}@db/x, ` +
      `{"password":"${CANARIES.database}"}, Authorization: Bearer ${CANARIES.database}-${CANARIES.database}`;
    workflow.world.s3.before = ({ bucket }) =>
      bucket === 'strict-source' ? { do: 'answer', status, code: error, message } : undefined;
    workflow.world.sfn.faults.add('LoadPartition:throw:TransientError:4');
    const { manifest, messages } = await workflow.run(STRICT);
    expect(manifest.reason).toMatchObject({ code, state: 'LoadPartition' });
    expect([manifest.reason.message, messages.join()].filter((text) => text.includes('hooks.slack'))).toEqual([]);
  });

  it('has another owner', async () => {
    workflow.world.s3.setOwner('strict-source', '999999999999');
    const { manifest } = await workflow.run(STRICT);
    expect(manifest.reason).toMatchObject({ code: 'SOURCE_ACCESS_DENIED' });
  });

  it('has nothing under its root', async () => {
    workflow.put('strict-source', 'elsewhere/a.csv.gz', gzipSync(csv(1)));
    await workflow.world.clock.advance(3 * 3_600_000);
    const { manifest } = await workflow.run(STRICT);
    expect(manifest.reason).toMatchObject({
      code: 'SOURCE_PREFIX_NOT_FOUND',
      message: expect.stringContaining('strict/'),
    });
  });

  it('has nothing for this hour, which the dataset calls a fault', async () => {
    workflow.put('strict-source', 'strict/2026/01/20/04/a.csv.gz', gzipSync(csv(1)));
    await workflow.world.clock.advance(3 * 3_600_000);
    const { manifest } = await workflow.run(STRICT);
    expect(manifest.reason).toMatchObject({ code: 'SOURCE_EMPTY' });
  });

  it('has a truncated object, which is named, and nothing is published by halves', async () => {
    workflow.put('strict-source', key('good.csv.gz', 'strict'), gzipSync(csv(2)));
    workflow.put('strict-source', key('cut.csv.gz', 'strict'), gzipSync(csv(500, 0, 10)).subarray(0, 400));
    const { execution, manifest, messages } = await workflow.run(STRICT);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'SOURCE_CORRUPT' });
    expect(manifest).toMatchObject({
      reason: { code: 'SOURCE_CORRUPT', state: 'ValidateBatch', message: expect.stringContaining('cut.csv.gz') },
      outputs: [],
    });
    expect(workflow.record('strict', HOUR)).toMatchObject({
      holder: null,
      publication: null,
      last: { ending: { code: 'SOURCE_CORRUPT' } },
    });
    expect(messages).toEqual([expect.stringContaining('FAILED in ValidateBatch')]);
  });

  it('has another header, and the difference is told', async () => {
    workflow.put('strict-source', key('a.csv.gz', 'strict'), gzipSync('id,amount\na,1\n'));
    const { manifest } = await workflow.run(STRICT);
    expect(manifest.reason).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/value[\s\S]*amount|amount[\s\S]*value/),
    });
  });

  it('has more bad records than the tolerance allows', async () => {
    workflow.put('strict-source', key('a.csv.gz', 'strict'), gzipSync(csv(5, 1)));
    const { manifest } = await workflow.run(STRICT);
    expect(manifest).toMatchObject({
      reason: { code: 'TOO_MANY_REJECTED' },
      records: { read: 5, accepted: 4, quarantined: 1, published: 0 },
    });
  });

  it('has only bad records', async () => {
    workflow.put('strict-source', key('a.csv.gz', 'strict'), gzipSync(csv(5, 5)));
    const { manifest } = await workflow.run(STRICT);
    expect(manifest).toMatchObject({ reason: { code: 'ALL_RECORDS_REJECTED' }, records: { read: 5, quarantined: 5 } });
  });
});

describe('a source with a fallback', () => {
  const BACKED = { dataset: 'backed', partition: HOUR };
  const copyAt = (at: string) => workflow.put('backed-copy', 'copy/2026/01/20/05/a.csv', csv(3), new Date(at));
  const FROM = 'from the fallback s3://backed-copy/copy/2026/01/20/05/';

  it('that does not answer is given up after the last retry, and the message says from where, how old and why', async () => {
    copyAt('2026-01-20T05:15:00Z');
    workflow.world.s3.before = ({ bucket }) =>
      bucket === 'backed-source' ? { do: 'answer', status: 503, code: 'SlowDown' } : undefined;
    // The first four without a process: each would have the SDK try three times.
    workflow.world.sfn.faults.add('LoadPartition:throw:TransientError:4');
    const { execution, manifest, messages } = await workflow.run(BACKED);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({
      status: 'PUBLISHED',
      records: { published: 3 },
      source: {
        kind: 'fallback',
        bucket: 'backed-copy',
        insteadOf: { lack: 'unavailable', code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('SlowDown') },
      },
    });
    expect(manifest.steps.find(({ name }) => name === 'LoadPartition')).toMatchObject({ entered: 1, attempts: 5 });
    expect(messages).toEqual([expect.stringContaining('after 4 retries of LoadPartition: 3 records, ' + FROM)]);
    expect(messages[0]).toMatch(/, 1 h( \d+ min)? old, because the primary is unavailable \(source unavailable\)/);
    expect(workflow.record('backed', HOUR)?.publication?.source.kind).toBe('fallback');
  });

  it('whose circuit is open is not asked: the copy is used at once, and without one the run is skipped', async () => {
    const open = { ...CLOSED_CIRCUIT, generation: 1, openUntil: '2026-01-20T07:00:00.000Z' };
    const { world } = workflow;
    world.s3.store.put(world.bucket('Ledger'), keys.circuit('backed-source'), Buffer.from(JSON.stringify(open)));
    workflow.put('backed-source', key('a.csv', 'backed'), csv(9));
    const skipped = await workflow.run(BACKED);
    expect(skipped.execution.status).toBe('SUCCEEDED');
    expect(skipped.manifest).toMatchObject({
      status: 'SKIPPED',
      reason: { code: 'CIRCUIT_OPEN', state: 'LoadPartition' },
    });
    expect(skipped.manifest.reason.message).toMatch(
      /backed-source is left alone.*the fallback s3:\/\/backed-copy\/.* was not used/,
    );
    expect(workflow.record('backed', HOUR)).toMatchObject({ holder: null, publication: null });
    copyAt('2026-01-20T06:00:00Z');
    const { manifest } = await workflow.run(BACKED);
    expect(manifest).toMatchObject({
      status: 'PUBLISHED',
      records: { published: 3 },
      source: { kind: 'fallback', insteadOf: { lack: 'unavailable', code: 'CIRCUIT_OPEN' } },
    });
  });

  it('that stays empty is waited for until the deadline, and the copy must not be too old by then', async () => {
    workflow.put('backed-source', 'backed/2026/01/20/04/a.csv', csv(1));
    copyAt('2026-01-20T05:59:00Z');
    const { execution, manifest, messages } = await workflow.run(BACKED);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'SOURCE_EMPTY' });
    expect(manifest.times.ended.slice(0, 16)).toBe('2026-01-20T08:00');
    expect(manifest.reason.message).toMatch(
      /s3:\/\/backed-source\/.*; the fallback s3:\/\/backed-copy\/.* was not used: its newest object is 2 h 1 min old, and the limit is 2 h/,
    );
    expect(messages).toEqual([expect.stringContaining('FAILED')]);
    expect(workflow.record('backed', HOUR)?.publication).toBeNull();
  });
});

describe('a bucket that does not answer', () => {
  it.each([
    ['source', (bucket: string) => bucket === 'readings-source', 'SOURCE_UNAVAILABLE', 'TransientError'],
    ['lake', (bucket: string) => bucket === workflow.world.bucket('Lake'), 'PLATFORM_UNAVAILABLE', 'PlatformFault'],
  ])('is told by whose it is: the %s', async (_what, isAway, code, error) => {
    // What the last attempt throws, which gives up.
    const last = { TransientError: 'SourceUnavailable', PlatformFault: 'PlatformUnavailable' }[error];
    workflow.put('readings-source', 'readings/2026/01/20/05/a.csv', csv(3));
    const { world } = workflow;
    world.s3.before = ({ bucket, operation }) =>
      isAway(bucket) && operation !== 'ListObjectsV2'
        ? { do: 'answer', status: 500, code: 'InternalError' }
        : undefined;
    // The first four without a process: each would have the SDK try three times.
    world.sfn.faults.add(`ValidateBatch:throw:${error}:4`);
    // CheckPartition needs the lake back, to see that the batch failed.
    world.sfn.onHistory((_, event) => {
      const { name } = (event['stateEnteredEventDetails'] ?? {}) as { readonly name?: string };
      if (name === 'CheckPartition') world.s3.before = undefined;
    });
    const { manifest, messages } = await workflow.run({ dataset: 'readings', partition: HOUR });
    expect(manifest.reason).toMatchObject({ code, error: last, state: 'ValidateBatch' });
    expect(manifest.steps.find(({ name }) => name === 'ValidateBatch')).toMatchObject({ entered: 1, attempts: 5 });
    expect(manifest.batches).toMatchObject({
      all: 1,
      failed: 1,
      retried: [{ index: 0, state: 'ValidateBatch', attempts: 5 }],
    });
    expect(messages).toEqual([
      expect.stringMatching(/after 4 retries: .*, tried again after \d\d:\d\d UTC \(1 of 3\)\.$/),
    ]);
  });
});

describe('input that is wrong', () => {
  const unassigned: [string, unknown, string, string][] = [
    ['a text', 'hello', 'INVALID_INPUT', 'expected'],
    ['nothing', null, 'INVALID_INPUT', 'expected'],
    ['a list', [1, 2], 'INVALID_INPUT', 'expected'],
    ['an empty object', {}, 'INVALID_INPUT', 'dataset'],
    ['a dataset that is a path', { dataset: '../../etc', partition: HOUR }, 'INVALID_INPUT', 'dataset'],
    ['an unknown path as dataset', { dataset: 'reedings/..', partition: HOUR }, 'INVALID_INPUT', 'dataset'],
    [
      'a day that does not exist',
      { dataset: 'readings', partition: '2026-02-30T05' },
      'INVALID_INPUT',
      '2026-02-30T05',
    ],
    ['neither partition nor time', { dataset: 'readings' }, 'INVALID_INPUT', 'exactly one'],
    ['wrong types', { dataset: 5, partition: true }, 'INVALID_INPUT', 'dataset'],
  ];
  it.each(unassigned)('%s ends with its own reason, a manifest and a message', async (_what, input, code, said) => {
    const { execution, manifest, messages } = await workflow.run(input);
    expect(execution).toMatchObject({ status: 'FAILED', error: code });
    expect(manifest.reason.code).toBe(code);
    expect(manifest.reason.message).toContain(said);
    expect(messages).toHaveLength(1);
    // No key is made of raw input.
    expect(workflow.keys('Ledger').every((each) => !each.includes('..') && !each.includes('reedings'))).toBe(true);
  });

  it.each([
    ['an unknown dataset', { dataset: 'reedings', partition: HOUR }, 'UNKNOWN_DATASET', 'readings'],
    ['a field of the wrong type', { ...READINGS, reprocess: 'yes' }, 'INVALID_INPUT', 'reprocess'],
    ['an hour that is not over', { dataset: 'readings', partition: '2026-01-20T06' }, 'PARTITION_NOT_OVER', '07:00'],
    ['an hour far in the future', { dataset: 'readings', partition: '2030-01-20T06' }, 'PARTITION_NOT_OVER', '2030'],
    [
      'an hour that the calendar does not ask for',
      { dataset: 'strict', partition: '2026-01-20T03' },
      'NOT_EXPECTED',
      '2026-01-20T03',
    ],
  ])('%s is recorded under its partition', async (_what, input, code, said) => {
    const { execution, manifest, messages } = await workflow.run(input);
    expect(execution).toMatchObject({ status: 'FAILED', error: code });
    expect(manifest).toMatchObject({
      dataset: input.dataset,
      partition: input.partition,
      reason: { code, message: expect.stringContaining(said) },
    });
    expect(messages).toHaveLength(1);
  });

  it('an unknown field is ignored, and the message says so', async () => {
    workflow.put('readings-source', key('a.csv'), csv(2));
    const { execution, manifest } = await workflow.run({ ...READINGS, reproces: true });
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    expect(manifest).toMatchObject({ status: 'PUBLISHED', reason: { message: expect.stringContaining('"reproces"') } });
    expect(JSON.stringify(workflow.world.slack.messages.at(-1)?.payload)).toContain('reproces');
  });
});

describe('a step that fails', () => {
  const steps = ['ClaimPartition', 'LoadPartition', 'ValidateBatch', 'CheckPartition', 'PublishPartition'];

  it.each(steps)('%s, twice and retryably, is published after two retries, and the message says so', async (step) => {
    workflow.put('readings-source', key('a.csv'), csv(2));
    workflow.world.sfn.faults.add(`${step}:throw:TransientError:2`);
    const { execution, manifest, messages } = await workflow.run(READINGS);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest.status).toBe('PUBLISHED');
    expect(manifest.steps.find(({ name }) => name === step)).toMatchObject({ entered: 1, attempts: 3 });
    expect(messages).toEqual([expect.stringContaining(`2 retries of ${step}`)]);
  });

  it.each(steps)('%s, throttled once, is tried again', async (step) => {
    workflow.put('readings-source', key('a.csv'), csv(2));
    workflow.world.sfn.faults.add(`${step}:throttle:1`);
    const { manifest } = await workflow.run(READINGS);
    expect(manifest.status).toBe('PUBLISHED');
  });

  const final: [string, string, string][] = steps.flatMap((step): [string, string, string][] => [
    [step, 'throw:SomethingUnknown', 'INTERNAL_ERROR'],
    [step, 'throw:TransientError', 'SOURCE_UNAVAILABLE'],
    [step, 'timeout', 'STEP_TIMED_OUT'],
    // Of a batch it is known that its object is small.
    [step, 'kill', step === 'ValidateBatch' ? 'OUT_OF_MEMORY_ON_SMALL_INPUT' : 'OUT_OF_MEMORY'],
  ]);
  it.each(final)('%s with %s ends %s, with a manifest and a message that name the step', async (step, what, code) => {
    workflow.put('readings-source', key('a.csv'), csv(2));
    workflow.world.sfn.faults.add(`${step}:${what}`);
    const { execution, manifest, messages } = await workflow.run(READINGS);
    expect(execution).toMatchObject({ status: 'FAILED', error: code });
    expect(manifest).toMatchObject({ status: 'FAILED', reason: { code, state: step } });
    expect(messages).toEqual([expect.stringContaining(`FAILED in ${step}`)]);
    expect(workflow.record('readings', HOUR)?.publication ?? null).toBeNull();
    expect(workflow.record('readings', HOUR)?.holder ?? null).toBeNull();
    const attempts = manifest.steps.find(({ name }) => name === step)?.attempts;
    // 1 invocation for what is final, 5 for what is retryable.
    expect(attempts).toBe(what === 'throw:TransientError' ? 5 : 1);
  });

  it('RecordRun itself, retryably, is tried again', async () => {
    workflow.put('readings-source', key('a.csv'), csv(2));
    workflow.world.sfn.faults.add('RecordRun:throw:TransientError:3');
    const { execution, messages } = await workflow.run(READINGS);
    expect(execution.status).toBe('SUCCEEDED');
    expect(messages).toHaveLength(1);
  });
});

describe('a dataset with dependencies', () => {
  const DEPENDENT = { dataset: 'dependent', partition: HOUR };
  let database: LocalPostgres;
  beforeAll(async () => {
    database = await LocalPostgres.start();
    await database.run('CREATE TABLE jobs (dataset text, least_value int, factor float8, salt text)');
  });
  beforeEach(async () => {
    await database.run(`DELETE FROM jobs; INSERT INTO jobs VALUES ('dependent', 2, 10, 'hunter2')`);
    const access = { host: '127.0.0.1', port: database.port, username: 'u', password: 'p-hunter2', dbname: 'postgres' };
    workflow.world.aws.secrets.set('tests/jobs', JSON.stringify(access));
    workflow.put('dependent-source', key('a.csv', 'dependent'), csv(5));
    workflow.put('reference-data', 'carriers/2026-01-20.csv', 'AA');
  });
  afterAll(() => database.stop());
  /** Whatever people get to see: manifests, messages, what the state machine was told. */
  const everything = () => [
    ...workflow.manifests().map((manifest) => JSON.stringify(manifest)),
    ...workflow.world.slack.messages.map((message) => JSON.stringify(message)),
    ...workflow.world.sfn.list().map(({ history, output }) => JSON.stringify([history, output])),
  ];

  it('works with the settings that its database answers, which are in the manifest', async () => {
    const { execution, manifest } = await workflow.run(DEPENDENT);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({
      status: 'PARTIAL',
      // Values 0 to 4, of which 2 is the least.
      records: { read: 5, accepted: 3, quarantined: 2, published: 3 },
      rules: [{ name: 'large-enough', broken: 2 }],
      settings: {
        values: [
          { name: 'factor', type: 'double', value: '10', dependency: 'jobs', sensitive: false },
          { name: 'least_value', type: 'integer', value: '2', dependency: 'jobs', sensitive: false },
          { name: 'salt', type: 'string', value: null, dependency: 'jobs', sensitive: true },
        ],
      },
    });
    expect(manifest.steps.map(({ name }) => name)).toContain('CheckDependencies');
    // Neither the password nor the sensitive setting is anywhere but where it belongs.
    expect(everything().filter((text) => text.includes('hunter2'))).toEqual([]);
  });

  it('makes anew what is made with a setting that changed, and nothing else', async () => {
    const first = await workflow.run(DEPENDENT);
    const same = await workflow.run({ ...DEPENDENT, reprocess: true });
    expect(same.manifest).toMatchObject({ outputs: first.manifest.outputs, settings: first.manifest.settings });
    await database.run('UPDATE jobs SET least_value = 0');
    const changed = await workflow.run({ ...DEPENDENT, reprocess: true });
    expect(changed.manifest).toMatchObject({ status: 'PUBLISHED', records: { accepted: 5, published: 5 } });
    expect(changed.manifest.outputs[0]?.key).not.toBe(first.manifest.outputs[0]?.key);
  });

  it('is tried again while an object is not there yet, and published when it comes', async () => {
    workflow.world.s3.store.delete('reference-data', 'carriers/2026-01-20.csv');
    workflow.world.clock.timer(new Date(workflow.world.clock.now() + 20_000), () =>
      workflow.put('reference-data', 'carriers/2026-01-20.csv', 'AA'),
    );
    const { manifest, messages } = await workflow.run(DEPENDENT);
    expect(manifest.status).toBe('PARTIAL');
    expect(manifest.steps.find(({ name }) => name === 'CheckDependencies')?.attempts).toBeGreaterThan(1);
    expect(messages).toEqual([expect.stringMatching(/retr(y|ies) of CheckDependencies/)]);
  });

  it('ends DEPENDENCY_UNAVAILABLE, naming it, when it does not come', async () => {
    workflow.world.s3.store.delete('reference-data', 'carriers/2026-01-20.csv');
    const { execution, manifest, messages } = await workflow.run(DEPENDENT);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'DEPENDENCY_UNAVAILABLE' });
    expect(manifest.reason).toMatchObject({
      state: 'CheckDependencies',
      message: expect.stringContaining('s3 carriers: s3://reference-data/carriers/2026-01-20.csv is not there'),
    });
    expect(manifest.steps.map(({ name, attempts }) => [name, attempts])).toEqual(
      expect.arrayContaining([['CheckDependencies', 5]]),
    );
    expect(messages).toEqual([expect.stringContaining('FAILED in CheckDependencies')]);
    // The source was not even listed.
    expect(manifest.source).toBeNull();
  });

  it.each([
    ['no row', 'DELETE FROM jobs', 'DEPENDENCY_EMPTY', 'its query gave no row'],
    ['NULL', 'UPDATE jobs SET factor = NULL', 'DEPENDENCY_EMPTY', 'the column factor is NULL'],
    ['two rows', 'INSERT INTO jobs SELECT * FROM jobs', 'DEPENDENCY_FAULT', 'its query gave more than one row'],
  ])('fails at once when the answer is %s', async (_what, sql, code, message) => {
    await database.run(sql);
    const { execution, manifest } = await workflow.run(DEPENDENT);
    expect(execution).toMatchObject({ status: 'FAILED', error: code });
    expect(manifest.reason.message).toContain(`postgres jobs: ${message}`);
    expect(manifest.steps.find(({ name }) => name === 'CheckDependencies')?.attempts).toBe(1);
    expect(manifest.settings).toBeNull();
  });

  it.each([
    ['throw:SomethingUnknown', 'INTERNAL_ERROR'],
    ['throw:DependencyUnavailable', 'DEPENDENCY_UNAVAILABLE'],
    ['timeout', 'STEP_TIMED_OUT'],
    ['kill', 'OUT_OF_MEMORY'],
  ])('has its one ending when CheckDependencies meets %s', async (what, code) => {
    workflow.world.sfn.faults.add(`CheckDependencies:${what}`);
    const { execution, manifest, messages } = await workflow.run(DEPENDENT);
    expect(execution).toMatchObject({ status: 'FAILED', error: code });
    expect(manifest).toMatchObject({ status: 'FAILED', reason: { code, state: 'CheckDependencies' } });
    expect(messages).toHaveLength(1);
    expect(workflow.record('dependent', HOUR)?.holder ?? null).toBeNull();
  });
});

describe('Slack', () => {
  it.each([
    ['is down', { is: 'down' }],
    ['refuses for good', { is: 'refuse', status: 404, body: 'no_service' }],
    ['asks to wait', { is: 'refuse', status: 429, body: 'rate_limited', retryAfterSeconds: 30 }],
  ] as const)('that %s fails no run, and the message stays unsent', async (_what, mood) => {
    workflow.put('readings-source', key('a.csv'), csv(2));
    workflow.world.slack.mood = mood;
    const { execution, manifest, messages } = await workflow.run(READINGS);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest.status).toBe('PUBLISHED');
    expect(messages).toEqual([]);
    expect(workflow.keys('Ledger').filter((each) => each.startsWith('outbox/'))).toHaveLength(1);
    expect(workflow.keys('Ledger').filter((each) => each.startsWith('receipts/'))).toHaveLength(0);
  });

  it('that takes a message leaves a receipt and nothing unsent', async () => {
    workflow.put('readings-source', key('a.csv'), csv(2));
    await workflow.run(READINGS);
    expect(workflow.keys('Ledger').filter((each) => each.startsWith('outbox/'))).toHaveLength(0);
    expect(workflow.keys('Ledger').filter((each) => each.startsWith('receipts/'))).toHaveLength(1);
  });
});
