import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { named } from '../../cli/backfill/target';
import { replay } from '../../cli/quarantine/replay';
import { printShown, showQuarantine } from '../../cli/quarantine/show';
import { keys } from '../../core/contracts/keys';
import { runInputSchema } from '../../core/contracts/run/steps';
import { MemoryS3 } from '../kit/memory-s3';
import { ending, manifest, PARTITION, plan, publication, record } from '../kit/runs';

const FILE = keys.quarantine('flights', PARTITION, 'a'.repeat(32));
const counts = { read: 10, accepted: 6, quarantined: 3, duplicates: 1, dropped: 0, added: 0, published: 6 };
const LINES = [
  { object: 'a.csv', line: 3, broken: ['delay.range'], brokenValues: { delay: '"999"' }, raw: 'x,999' },
  {
    object: 'a.csv',
    line: 4,
    broken: ['delay.range', 'id.null'],
    brokenValues: { delay: '"998"', id: 'null' },
    raw: ',998',
  },
  { object: 'b.csv', line: 2, broken: ['record.shape'], problem: '1 fields, expected 2', raw: 'x\u001b[31m' },
  { object: 'b.csv', line: 5, broken: ['unique'], brokenValues: { id: '"y"' }, raw: 'y,1' },
];

/** A ledger and a lake with one partition whose publication left records in quarantine. */
function lake(lines: readonly object[] = LINES, definitionHash = 'old') {
  const s3 = new MemoryS3();
  const bytes = new Map([[FILE, gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))]]);
  const files = s3.store('lake');
  files.getStream = async (key) => {
    const body = bytes.get(key);
    return body === undefined ? undefined : { body: Readable.from([body]), size: body.length, etag: '"e"' };
  };
  const file = { key: FILE, records: lines.length, bytes: 1 };
  const of = { records: counts, quarantineFiles: lines.length === 0 ? [] : [file], definitionHash };
  s3.put('ledger', keys.partition('flights', PARTITION), record({ publication: publication('run-1', of) }));
  return { s3, ledger: s3.store('ledger'), lake: files, bytes };
}

describe('rollcall quarantine show', () => {
  test('says how many records were deleted, which are in no file', async () => {
    const shown = await showQuarantine(lake(), 'flights', PARTITION, { samples: 0 });
    const records = { ...counts, accepted: 4, published: 4, deleted: 2 };
    const lines = printShown(
      'flights',
      PARTITION,
      { ...shown, quarantined: { ...shown.quarantined, records } },
      { raw: false },
    );
    expect(lines).toContain('3 broke a rule, 1 duplicate. 2 deleted, which are not in quarantine.');
  });

  test('counts by rule and shows samples, the most broken rule first', async () => {
    const shown = await showQuarantine(lake(), 'flights', PARTITION, { samples: 1 });
    expect(printShown('flights', PARTITION, shown, { raw: false }).split('\n').slice(1)).toEqual([
      '4 records in quarantine of 10 records read: 3 broke a rule, 1 duplicate.',
      '',
      'delay.range: 2 records in 1 object',
      '  a.csv line 3: delay = "999"',
      '  … and 1 more',
      '',
      'id.null: 1 record in 1 object',
      '  a.csv line 4: delay = "998", id = null',
      '',
      'record.shape: 1 record in 1 object',
      '  b.csv line 2: 1 fields, expected 2',
      '',
      'unique: 1 record in 1 object',
      '  b.csv line 5: id = "y"',
    ]);
  });

  test('shows whole records only when asked, and no control character of theirs', async () => {
    const shown = await showQuarantine(lake(), 'flights', PARTITION, { samples: 3, rule: 'record.shape' });
    expect(printShown('flights', PARTITION, shown, { raw: false })).not.toContain('x\\x1b');
    expect(printShown('flights', PARTITION, shown, { raw: true })).toContain('    x\\x1b[31m');
  });

  test('says what is wrong: no such rule, nothing run, a file that is gone, a line that is none', async () => {
    const options = { samples: 1 };
    await expect(showQuarantine(lake(), 'flights', PARTITION, { ...options, rule: 'delay' })).rejects.toThrow(
      '--rule: got "delay", expected one of the rules that were broken: delay.range, id.null, record.shape, unique',
    );
    await expect(showQuarantine(lake(), 'flights', '2026-01-20T06', options)).rejects.toThrow('no run has looked at');
    const gone = lake();
    gone.bytes.clear();
    await expect(showQuarantine(gone, 'flights', PARTITION, options)).rejects.toThrow('is not there any more');
    await expect(showQuarantine(lake([{ broken: [] }]), 'flights', PARTITION, options)).rejects.toThrow(
      /line 1: object: got nothing, expected string/,
    );
  });

  test('fails on a file that ends too early, instead of counting what is left of it', async () => {
    const cut = lake();
    cut.bytes.set(FILE, gzipSync(LINES.map((line) => JSON.stringify(line)).join('\n')).subarray(0, -12));
    await expect(showQuarantine(cut, 'flights', PARTITION, { samples: 1 })).rejects.toThrow('unexpected end of file');
  });

  test('looks at what the last run left where nothing is published', async () => {
    const { s3, ledger, lake: files } = lake();
    const last = { runId: 'run-9', ending: ending('ALL_RECORDS_REJECTED'), at: '2026-01-20T06:20:00.000Z' };
    s3.put('ledger', keys.partition('flights', PARTITION), record({ last }));
    const check = {
      schemaVersion: 1,
      runId: 'run-9',
      planKey: 'p',
      ending: null,
      records: counts,
      rules: [],
      failedBatches: [],
      files: [],
      quarantineFiles: [{ key: FILE, records: 4, bytes: 1 }],
      batches: { all: 1, failed: 0 },
      cost: {},
    };
    s3.put('ledger', keys.check('flights', PARTITION, 'run-9'), check);
    const shown = await showQuarantine({ ledger, lake: files }, 'flights', PARTITION, { samples: 0 });
    expect(printShown('flights', PARTITION, shown, { raw: false })).toMatch(
      /^flights 2026-01-20T05: FAILED \(ALL_RECORDS_REJECTED\), run run-9, .*; nothing is published\n/,
    );
  });
});

describe('rollcall quarantine replay', () => {
  const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:PartitionRun';
  const ARN = 'arn:aws:states:us-east-1:123456789012:execution:PartitionRun:replay-1';

  async function replayed(world: ReturnType<typeof lake>, force = false, left?: object) {
    const sfn = mockClient(SFNClient);
    sfn.on(StartExecutionCommand).resolves({ executionArn: ARN });
    sfn.on(DescribeExecutionCommand).resolvesOnce({ status: 'RUNNING' }).resolves({ status: 'SUCCEEDED' });
    if (left !== undefined) world.s3.put('ledger', keys.manifest('flights', PARTITION, 'replay-1'), left);
    const said: string[] = [];
    const options = { name: 'replay-1', force, say: (line: string) => said.push(line), pause: () => Promise.resolve() };
    const client = new SFNClient({ region: 'us-east-1' });
    const code = await replay(
      { ledger: world.ledger, sfn: client, machine: MACHINE, ...options },
      'flights',
      PARTITION,
    );
    const [start] = sfn.commandCalls(StartExecutionCommand);
    return { code, said: said.join('\n'), input: JSON.parse(start?.args[0].input.input ?? '{}') as unknown };
  }

  test('starts a run that replaces just this publication, and tells what came of it', async () => {
    const left = manifest('COMPLETE', { records: { ...counts, accepted: 9, quarantined: 0, published: 9 } });
    const { code, said, input } = await replayed(lake(), false, left);
    expect(runInputSchema.parse(input)).toMatchObject({ partition: PARTITION, replay: true, publications: 1 });
    expect(code).toBe(0);
    expect(said).toContain('In quarantine: 3 before, 0 now. Accepted: 6 before, 9 now.');
  });

  test('says that the old publication stays when the run fails', async () => {
    const { code, said } = await replayed(lake(), false, manifest('SOURCE_NOT_AS_PUBLISHED'));
    expect(code).toBe(1);
    expect(said).toMatch(/FAILED \(SOURCE_NOT_AS_PUBLISHED\)[^]*What was published before, if anything, still is\./);
  });

  test('does not call a run that was refused a success', async () => {
    expect((await replayed(lake(), false, manifest('ALREADY_RUNNING'))).code).toBe(1);
  });

  /** The definition that is deployed is the one under which the records were rejected. */
  function underSameDefinition() {
    const same = lake();
    same.s3.put('ledger', keys.dataset('flights'), {
      schemaVersion: 1,
      dataset: 'flights',
      definition: {},
      definitionHash: 'old',
      codeVersion: 'c',
      watchedSince: '2026-01-01T00:00:00.000Z',
      watermark: '2026-01-01T00:00:00.000Z',
      tidiedTo: null,
      undeployedSince: null,
    });
    return same;
  }

  test('refuses where nothing is in quarantine, and where no rule was fixed', async () => {
    await expect(replayed(lake([]))).rejects.toThrow('nothing is in quarantine');
    const same = underSameDefinition();
    await expect(replayed(same)).rejects.toThrow('fix the rule and deploy first, or give --force');
    expect((await replayed(same, true, manifest('COMPLETE'))).code).toBe(0);
  });

  test('takes other values to compare with for a fixed rule, and the same ones published again for none', async () => {
    const world = underSameDefinition();
    const file = { key: 'data/airports/2026-01-20T05/a.parquet', records: 1, bytes: 1, crc32: 'AAAA' };
    const publish = (runId: string, crc32: string) =>
      world.s3.put(
        'ledger',
        keys.partition('airports', PARTITION),
        record({ publication: publication(runId, { files: [{ ...file, crc32 }] }) }),
      );
    const references = [{ dataset: 'airports', partition: PARTITION, runId: 'a-1', files: [file] }];
    world.s3.put('ledger', publication('run-1').planKey, plan({ references }));
    await expect(replayed(world)).rejects.toThrow('fix the rule and deploy first');
    publish('a-2', 'AAAA');
    await expect(replayed(world)).rejects.toThrow('fix the rule and deploy first');
    publish('a-3', 'BBBB');
    expect((await replayed(world, false, manifest('COMPLETE'))).code).toBe(0);
  });
});

test('what the deployment calls its resources comes from an option or the environment', () => {
  const ask = (given: string | undefined, env = {}) => named('lake', given, env);
  expect(ask('mine', { ROLLCALL_LAKE_BUCKET: 'other' })).toBe('mine');
  expect(ask(undefined, { ROLLCALL_LAKE_BUCKET: 'other' })).toBe('other');
  expect(() => ask(undefined)).toThrow('Give --lake <bucket> or set ROLLCALL_LAKE_BUCKET');
});
