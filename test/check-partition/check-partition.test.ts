import { gzipSync } from 'node:zlib';
import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import { endingOf } from '../../core/contracts/run/endings';
import { keys } from '../../core/contracts/keys';
import type { OutputFormat } from '../../core/contracts/dataset/output';
import type { Loaded } from '../../core/contracts/run/steps';
import { batchFingerprint } from '../../core/domain/batch/plan-batches';
import { BatchWorld } from '../kit/batch-world';
import { PARTITION } from '../kit/runs';
import { things } from '../kit/datasets';

let world: BatchWorld;
beforeAll(async () => (world = await BatchWorld.open()));
afterAll(() => world.close());

const csv = (...lines: string[]) => `id,name\n${lines.map((line) => `${line}\n`).join('')}`;
const tolerant = (failedBatches: object): Partial<DatasetInput> => ({
  tolerance: { rejected: { share: 0.5 }, failedBatches },
});

describe('CheckPartition', () => {
  it('finds a partition complete', async () => {
    world.reset(things());
    const { output } = await world.partition(world.plan([{ a: csv('1,x') }, { b: csv('2,y', '3,z'), c: csv() }]));
    expect(output).toMatchObject({ duplicatesAcross: false, ending: { status: 'PUBLISHED', code: 'COMPLETE' } });
    expect(world.found()).toMatchObject({
      ending: { code: 'COMPLETE' },
      records: { read: 3, accepted: 3, published: 3 },
      batches: { all: 2, failed: 0 },
      cost: { ValidateBatch: { peakMb: 100, requests: 10 } },
    });
    expect(world.found().files.map(({ records }) => records)).toEqual([1, 2]);
  });

  it('finds it partial with quarantined records inside the tolerance, and adds up the rules of all batches', async () => {
    world.reset(things());
    const { output } = await world.partition(
      world.plan([{ a: csv('1,x', 'p,', 'q,', '2,') }, { b: csv('r,', '3,', 's,', ',y', '4,', '5,') }]),
    );
    expect(output).toMatchObject({ ending: { status: 'PARTIAL', code: 'WITHIN_TOLERANCE' } });
    const found = world.found();
    expect(found.records).toMatchObject({ read: 10, accepted: 5, quarantined: 5 });
    expect(found.rules.map(({ name, broken, samples }) => [name, broken, samples.length])).toEqual([
      ['id.type', 4, 3],
      ['id.null', 1, 1],
    ]);
    expect(found.quarantineFiles).toHaveLength(2);
  });

  it.each([
    [
      'too many of all records',
      { share: 0.1 },
      'TooManyRejected',
      /1 of 3 records were rejected \(33.3 %\), at most 10 %/,
    ],
    ['too many records', { records: 0 }, 'TooManyRejected', /1 of 3 records were rejected, at most 0/],
  ])('refuses a partition with %s rejected, and leaves the counts', async (_what, rejected, name, message) => {
    world.reset(things({ tolerance: { rejected } }));
    const load = world.plan([{ a: csv('1,x', 'no,', '2,x') }]);
    await expect(world.partition(load)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect(world.found()).toMatchObject({ ending: null, records: { read: 3, accepted: 2, quarantined: 1 } });
  });

  it('refuses a partition of which every record was rejected, whatever the tolerance', async () => {
    world.reset(things({ tolerance: { rejected: { share: 1 } } }));
    await expect(world.partition(world.plan([{ a: csv('x,', 'y,') }]))).rejects.toMatchObject({
      name: 'AllRecordsRejected',
    });
    expect(world.found().rules).toMatchObject([{ name: 'id.type', broken: 2 }]);
  });

  it('takes duplicates for no fault', async () => {
    world.reset(things({ unique: ['id'], tolerance: { rejected: { records: 0 } } }));
    const { output } = await world.partition(world.plan([{ a: csv('1,x', '1,y', '1,z') }]));
    expect(output).toMatchObject({ ending: { code: 'COMPLETE' } });
    expect(world.found().records).toMatchObject({ read: 3, accepted: 1, duplicates: 2 });
  });

  it('knows an empty partition that is normal from one that is a fault', async () => {
    world.reset(things({ empty: 'normal' }));
    expect((await world.partition(world.plan([{ a: csv() }]))).output).toMatchObject({
      ending: { status: 'NO_DATA', code: 'EMPTY_AS_DECLARED' },
    });
    expect((await world.partition(world.plan([]))).output).toMatchObject({ ending: { code: 'EMPTY_AS_DECLARED' } });
    world.reset(things());
    await expect(world.partition(world.plan([{ a: csv() }]))).rejects.toMatchObject({ name: 'SourceEmpty' });
  });

  it('finds the same, whatever the output format', async () => {
    const found = async (format: OutputFormat) => {
      world.reset(
        things({
          output: { format },
          unique: ['id'],
          expectations: [
            { kind: 'rows', min: 3 },
            { kind: 'nulls', column: 'name', maxShare: 0.5 },
            { kind: 'distinct', column: 'name', min: 2 },
            { kind: 'sum', column: 'id', max: 6 },
          ],
        }),
      );
      const load = world.plan([{ a: csv('1,x', '2,', 'no,') }, { b: csv('2,later', '3,"y, z"') }]);
      const { output, rounds } = await world.partition(load);
      expect([output.duplicatesAcross, rounds]).toEqual([false, 2]);
      const { files, cost, ...same } = world.found();
      expect(files.map(({ key, records }) => [key.replace(/.*?\./, ''), records])).toEqual([
        [format === 'parquet' ? format : `${format}.gz`, 2],
        [format === 'parquet' ? format : `${format}.gz`, 1],
      ]);
      expect(Object.keys(cost)).toEqual(format === 'parquet' ? ['ValidateBatch'] : ['ValidateBatch', 'ProcessBatch']);
      return same;
    };
    const parquet = await found('parquet');
    expect(parquet).toMatchObject({ records: { read: 5, accepted: 3, duplicates: 1, published: 3 } });
    expect(parquet.quality?.figures).toHaveLength(4);
    expect(await found('jsonl')).toEqual(parquet);
    expect(await found('csv')).toEqual(parquet);
  });

  it('counts a batch whose record was spoilt since as failed, and a spoilt note of a failure as none', async () => {
    world.reset(things(tolerant({ share: 0.7 })));
    const load = world.plan([{ a: csv('1,x') }, { b: csv('2,y') }, { c: csv('3,z') }]);
    world.deliver('c', csv('4,z'));
    const results = await world.forEachBatch(load);
    const key = world.keys('lake').find((one) => one.endsWith('.json')) ?? '';
    world.put('lake', key, '{"records"');
    world.put('ledger', keys.batchFailure('things', PARTITION, 'run-1', 1, 2), '');
    expect(await world.check(load, results)).toMatchObject({ ending: { status: 'PARTIAL' } });
    expect(world.found().failedBatches.map(({ error, message }) => [error, message])).toEqual([
      ['InternalError', 'the batch left neither a record that can be read nor an error'],
      ['SourceChanged', 'the batch ended with SourceChanged and left no note: see the execution history'],
    ]);
  });

  describe('with a batch that was not read to its end', () => {
    const many = (good: number, bad: number) =>
      csv(...Array.from({ length: good }, (_, i) => `${i},x`), ...Array.from({ length: bad }, () => 'no,x'));

    it('is refused with what was counted so far, and nothing of that batch is written', async () => {
      world.reset(things({ tolerance: { rejected: { records: 1000 }, failedBatches: { batches: 9 } } }));
      const load = world.plan([{ a: csv('1,x', '2,y') }, { b: many(10, 100_005), c: csv('3,z') }]);
      const sentence =
        'reading stopped after 100015 of 100016 records, of which 100005 were rejected, at most 1000 may be';
      await expect(world.partition(load)).rejects.toMatchObject({
        name: 'TooManyRejected',
        message: expect.stringContaining(sentence),
      });
      expect(world.found()).toMatchObject({
        records: { read: 100_017, accepted: 12, quarantined: 100_005, duplicates: 0 },
        rules: [{ name: 'id.type', broken: 100_005, samples: [{ object: 'b', line: 12, value: '"no"' }, {}, {}] }],
        failedBatches: [{ index: 1, state: 'ValidateBatch', error: 'TooManyRejected', message: sentence }],
        batches: { all: 2, failed: 1 },
      });
      expect(world.keys('lake').filter((key) => key.startsWith('quarantine/'))).toEqual([]);
      // Under another tolerance the batch is not done: it is read, and to its end.
      world.reset(things({ tolerance: { rejected: { share: 1 }, suddenly: { otherwise: 'warn' } } }));
      const again = await world.partition(world.plan([{ b: many(10, 100_005), c: csv('13,z') }]));
      expect(again.output).toMatchObject({ ending: { code: 'WITHIN_TOLERANCE' } });
      expect(world.found().records).toMatchObject({ read: 100_016, accepted: 11, quarantined: 100_005 });
    });
  });

  describe('with a batch whose process was killed', () => {
    const killed = (load: Loaded) =>
      world.check(load, [{ index: 0, state: 'ValidateBatch', error: 'Runtime.ExitError' }]);
    const sized = (estimatedBytes: number) => {
      world.reset(things());
      const object = world.deliver('a', csv('1,x'));
      const batch = { index: 0, objects: [object], estimatedBytes, omit: null };
      return world.plan([], {
        batches: [
          { ...batch, fingerprint: batchFingerprint(world.deployed, { settings: null, references: [] }, batch) },
        ],
      });
    };

    it('says so where its object is small, and does not advise more memory', async () => {
      const failed = await killed(sized(500)).catch((error: unknown) => error);
      expect(failed).toMatchObject({
        name: 'OutOfMemoryOnSmallInput',
        code: 'OUT_OF_MEMORY_ON_SMALL_INPUT',
        message: expect.stringMatching(
          /the batch ended with Runtime\.ExitError and left no note.*; the object has 12 bytes as stored, about 500 unpacked, and the engine may use 256 MB/,
        ),
      });
      expect(endingOf('OUT_OF_MEMORY_ON_SMALL_INPUT').hint).toContain('More memory will hardly help');
      expect(world.found().failedBatches).toMatchObject([{ error: 'OutOfMemoryOnSmallInput', objects: ['a'] }]);
    });

    it('is out of memory where its object is not', async () => {
      await expect(killed(sized(100_000_000))).rejects.toMatchObject({ name: 'OutOfMemory' });
    });
  });

  describe('with failed batches', () => {
    const good = { a: gzipSync(csv('1,x')) };
    const cut = (id: string) => {
      const whole = gzipSync(csv(`${id},${'x'.repeat(2000)}`));
      return whole.subarray(0, whole.length - 6);
    };
    const gzip = { compression: 'gzip' as const };

    it('inside the tolerance publishes the others and names what failed', async () => {
      world.reset(things({ source: gzip, ...tolerant({ batches: 1 }) }));
      const { output } = await world.partition(world.plan([good, { ok: good.a, bad: cut('2') }]));
      expect(output).toMatchObject({ ending: { status: 'PARTIAL', code: 'WITHIN_TOLERANCE' } });
      expect(world.found()).toMatchObject({
        records: { read: 1, published: 1 },
        batches: { all: 2, failed: 1 },
        failedBatches: [{ index: 1, state: 'ValidateBatch', error: 'SourceCorrupt', objects: ['bad', 'ok'] }],
      });
    });

    it('of one kind ends with that kind and names the objects', async () => {
      world.reset(things({ source: gzip }));
      await expect(world.partition(world.plan([good, { b: cut('2') }, { c: cut('3') }]))).rejects.toMatchObject({
        name: 'SourceCorrupt',
        message: expect.stringMatching(
          /^2 of 3 objects cannot be read, none may be: b: the gzip envelope.*; and 1 more: c$/,
        ),
      });
      expect(world.found().failedBatches).toHaveLength(2);
    });

    it('of objects of several kinds ends with that of the first', async () => {
      world.reset(things({ source: gzip }));
      const load = world.plan([good, { b: gzipSync('other\n') }, { c: cut('3') }]);
      await expect(world.partition(load)).rejects.toMatchObject({ name: 'SchemaMismatch' });
    });

    it('of several kinds ends with too many', async () => {
      world.reset(things({ source: gzip }));
      const load = world.plan([good, { b: cut('2') }, { c: good.a }]);
      world.deliver('c', gzipSync(csv('3,x')));
      await expect(world.partition(load)).rejects.toMatchObject({ name: 'TooManyBatchesFailed' });
    });

    it('never tolerates that nothing at all could be read', async () => {
      world.reset(things({ source: gzip, ...tolerant({ share: 1 }) }));
      await expect(world.partition(world.plan([{ b: cut('2') }]))).rejects.toMatchObject({ name: 'SourceCorrupt' });
    });

    it('whose Lambda died knows what the state machine knows', async () => {
      world.reset(things(tolerant({ share: 0.5 })));
      const load = world.plan([{ a: csv('1,x') }, { b: csv('2,x') }]);
      await world.validate(load, 0);
      const result = { index: 1, state: 'ValidateBatch', error: 'Runtime.ExitError' };
      await world.check(load, [{ index: 0 }, result]);
      expect(world.found().failedBatches).toMatchObject([
        { ...result, error: 'OutOfMemoryOnSmallInput', objects: ['b'] },
      ]);
    });

    describe('of which a note is there', () => {
      const note = (round: 1 | 2, of: object) =>
        world.put(
          'ledger',
          keys.batchFailure('things', PARTITION, 'run-1', round, 0),
          JSON.stringify({
            index: 0,
            state: 'ValidateBatch',
            error: 'PlatformFault',
            message: 'S3 said 503',
            object: 'b',
            ...of,
          }),
        );
      const failed = () => world.found().failedBatches.find(({ index }) => index === 0);
      beforeEach(() => world.reset(things({ unique: ['id'], ...tolerant({ share: 0.9 }) })));
      /** Batch 0 has no record, the others have one. */
      async function planned(): Promise<Loaded> {
        const load = world.plan([{ a: csv('1,x'), b: csv('2,x') }, { c: csv('3,x') }]);
        await world.validate(load, 1);
        return load;
      }

      it('that says what the state machine heard, it is believed', async () => {
        note(1, {});
        const heard = { index: 0, state: 'ValidateBatch', error: 'PlatformFault' };
        await world.check(await planned(), [heard, { index: 1 }]);
        expect(failed()).toMatchObject({ error: 'PlatformFault', message: 'S3 said 503', objects: ['b', 'a'] });
      });

      it.each<[string, object]>([
        ['of an attempt before the one that was killed', { state: 'ValidateBatch', error: 'Sandbox.Timedout' }],
        ['of another state', { state: 'ProcessBatch', error: 'PlatformFault' }],
        ['of an attempt before the one that succeeded', {}],
      ])('that is %s, it is not', async (_what, heard) => {
        note(1, {});
        await world.check(await planned(), [{ index: 0, ...heard }, { index: 1 }]);
        expect(failed()).toMatchObject({ objects: ['a', 'b'], error: 'InternalError', ...heard });
        expect(failed()?.message).not.toContain('503');
      });

      it('of the first round, it is not believed in the second, in which the batch ran again', async () => {
        // It has a record that the second one has, too, so it is the later one.
        const load = world.plan([{ a: csv('1,x') }, { b: csv('1,y', '2,y') }]);
        const first = await world.check(load, await world.forEachBatch(load));
        if (!first.duplicatesAcross) throw new Error('there is no second round');
        const index = 1;
        world.put(
          'ledger',
          keys.batchFailure('things', PARTITION, 'run-1', 1, index),
          JSON.stringify({
            index,
            state: 'ValidateBatch',
            error: 'PlatformFault',
            message: 'S3 said 503',
            object: 'b',
          }),
        );
        await world.check(first.load, [{ index, state: 'ValidateBatch', error: 'PlatformFault' }]);
        expect(world.found().failedBatches).toMatchObject([
          { index, error: 'PlatformFault', message: expect.stringContaining('left no note') },
        ]);
      });

      it('in the second round a batch that failed in the first keeps what was found then', async () => {
        const load = world.plan([{ broken: csv('0,x') }, { a: csv('1,x') }, { b: csv('1,y', '2,y') }]);
        world.deliver('broken', csv('9,x'));
        const results = await world.forEachBatch(load);
        // The note is of an attempt before; what ended the batch is what the state machine heard.
        note(1, {});
        const heard = { index: 0, state: 'ValidateBatch', error: 'Runtime.ExitError' };
        const first = await world.check(load, [heard, ...results.slice(1)]);
        const found = failed();
        expect(found).toMatchObject({ ...heard, error: 'OutOfMemoryOnSmallInput' });
        if (!first.duplicatesAcross) throw new Error('there is no second round');
        const rerun = await world.forEachBatch(first.load);
        for (let attempts = 0; attempts < 2; attempts += 1) {
          await world.check(first.load, rerun);
          expect(failed()).toEqual(found);
        }
      });
    });

    it.each([
      ['TransientError', 'SourceUnavailable', 'SOURCE_UNAVAILABLE'],
      ['SourceChanged', 'SourceChanging', 'SOURCE_CHANGING'],
      ['PlatformFault', 'PlatformUnavailable', 'PLATFORM_UNAVAILABLE'],
      ['Lambda.TooManyRequestsException', 'PlatformUnavailable', 'PLATFORM_UNAVAILABLE'],
    ])('whose retries of %s are used up is not retried once more by this step: %s', async (error, name, code) => {
      world.reset(things());
      const load = world.plan([{ a: csv('1,x') }]);
      const result = { index: 0, state: 'ValidateBatch', error };
      await expect(world.check(load, [result])).rejects.toMatchObject({ name, code, retryable: false });
    });

    it('that was given up under another name than in its note is told by the note', async () => {
      world.reset(things(tolerant({ share: 0.5 })));
      const load = world.plan([{ a: csv('1,x') }, { b: csv('2,x') }]);
      await world.validate(load, 0);
      const { dataset, partition, runId } = world.run;
      const note = { index: 1, state: 'ValidateBatch', error: 'TransientError', message: '503', object: 'b' };
      world.put('ledger', keys.batchFailure(dataset, partition, runId, 1, 1), JSON.stringify(note));
      const given = { index: 1, state: 'ValidateBatch', error: 'SourceUnavailable' };
      await world.check(load, [{ index: 0 }, given]);
      expect(world.found().failedBatches).toEqual([{ ...given, message: '503', objects: ['b'] }]);
      // A note of an earlier attempt says nothing about a later time-out.
      await world.check(load, [{ index: 0 }, { ...given, error: 'States.Timeout' }]);
      expect(world.found().failedBatches[0]?.message).toContain('left no note');
    });

    it('takes a batch for done whose record is there, whatever became of its Lambda', async () => {
      world.reset(things());
      const load = world.plan([{ a: csv('1,x') }]);
      await world.validate(load, 0);
      const output = await world.check(load, [{ index: 0, state: 'ValidateBatch', error: 'States.Timeout' }]);
      expect(output).toMatchObject({ ending: { code: 'COMPLETE' } });
    });

    it('takes a batch that was validated but not processed for failed', async () => {
      world.reset(things({ transform: { sql: 'SELECT name::INTEGER AS n FROM records' } }));
      await expect(world.partition(world.plan([{ a: csv('1,x') }]))).rejects.toMatchObject({ name: 'DefinitionFault' });
      expect(world.found()).toMatchObject({ failedBatches: [{ state: 'ProcessBatch', error: 'DefinitionFault' }] });
    });
  });

  describe('with unique keys in several batches', () => {
    const dataset = () => things({ unique: ['id'] });

    it('leaves out of later batches what an earlier one has, in a second round of those batches only', async () => {
      world.reset(dataset());
      const load = world.plan([
        { a: csv('1,a', '2,a') },
        { b: csv('3,b', '1,b', '1,b2', 'no,b'), b2: csv('4,b') },
        { c: csv('5,c') },
        { d: csv('4,d', '1,d', '6,d') },
      ]);
      const first = await world.check(load, await world.forEachBatch(load));
      expect(first).toMatchObject({ duplicatesAcross: true, load: { round: 2, batches: [1, 3] } });
      expect(world.found().ending).toBeNull();
      if (!first.duplicatesAcross) return;
      const second = await world.check(first.load, await world.forEachBatch(first.load));
      expect(second).toMatchObject({ ending: { code: 'WITHIN_TOLERANCE' } });
      const found = world.found();
      expect(found.records).toMatchObject({ read: 11, accepted: 6, quarantined: 1, duplicates: 4, published: 6 });
      const records = await Promise.all(found.files.map(({ key }) => world.records(key)));
      expect(records.flat().map((row) => `${String(row['id'])}${String(row['name'])}`)).toEqual([
        '1a',
        '2a',
        '3b',
        '4b',
        '5c',
        '6d',
      ]);
      expect(found.rules.find(({ name }) => name === 'unique')?.broken).toBe(4);
    });

    it('plans the same second round when it is asked again', async () => {
      world.reset(dataset());
      const load = world.plan([{ a: csv('1,a') }, { b: csv('1,b') }]);
      const results = await world.forEachBatch(load);
      const first = await world.check(load, results);
      const plan = world.json('ledger', keys.plan('things', PARTITION, 'run-1', 2));
      expect(await world.check(load, results)).toEqual(first);
      expect(world.json('ledger', keys.plan('things', PARTITION, 'run-1', 2))).toEqual(plan);
      // A later run of the same partition finds both rounds done.
      const again = await world.partition(load);
      expect(again).toMatchObject({ rounds: 2, output: { ending: { code: 'COMPLETE' } } });
    });

    it('goes through the transform in the second round too', async () => {
      world.reset(things({ unique: ['id'], transform: { sql: "SELECT id, name || '!' AS name FROM records" } }));
      const { output } = await world.partition(world.plan([{ a: csv('1,a') }, { b: csv('1,b', '2,b') }]));
      expect(output).toMatchObject({ ending: { code: 'COMPLETE' } });
      const records = await Promise.all(world.found().files.map(({ key }) => world.records(key)));
      expect(records.flat()).toEqual([
        { id: 1, name: 'a!' },
        { id: 2, name: 'b!' },
      ]);
    });

    it('keeps the failure of a batch that the second round does not run again', async () => {
      world.reset(things({ unique: ['id'], ...tolerant({ batches: 1 }) }));
      const load = world.plan([{ a: csv('1,a') }, { bad: 'other\n' }, { c: csv('1,c', '2,c') }]);
      const { output, rounds } = await world.partition(load);
      expect(rounds).toBe(2);
      expect(output).toMatchObject({ ending: { code: 'WITHIN_TOLERANCE' } });
      expect(world.found().failedBatches).toMatchObject([{ index: 1, error: 'SchemaMismatch', objects: ['bad'] }]);
    });

    it('tells keys apart that only look alike when put together', async () => {
      world.reset(
        things({
          columns: { a: { type: 'string', nullable: true }, b: { type: 'string', nullable: true } },
          unique: ['a', 'b'],
        }),
      );
      const { rounds } = await world.partition(
        world.plan([{ a: 'a,b\nx,yz\n"x,1:y",z\n,x\n' }, { b: 'a,b\nxy,z\nx,"y,1:z"\nx,\n' }]),
      );
      expect(rounds).toBe(1);
    });
  });
});
