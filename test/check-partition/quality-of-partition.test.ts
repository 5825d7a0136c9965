import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import type { Output } from '../../core/contracts/batch/lake-file';
import { keys } from '../../core/contracts/keys';
import { NO_RECORDS, type Publication } from '../../core/contracts/run/partition-record';
import { shiftPartition } from '../../core/domain/partition/calendar';
import { publishedFile } from '../core/engine/harness';
import { BatchBench, PARTITION, things } from '../helpers/batches';
import { publication, record } from '../helpers/runs';

let bench: BatchBench;
beforeAll(async () => (bench = await BatchBench.open()));
afterAll(() => bench.close());

const csv = (...lines: string[]) => `id,name\n${lines.map((line) => `${line}\n`).join('')}`;
/** So many good records, then so many without a number. */
const mixed = (good: number, bad: number) =>
  csv(...Array.from({ length: good + bad }, (_, i) => `${i < good ? i : 'x'},n${i % 7}`));
const calendar = { firstPartition: '2025-01-01T00' };

/** What was published so many days before: 2026-01-20 is a Tuesday. */
function published(daysBefore: number, read: number, part: Partial<Publication> = {}): void {
  const records = { ...NO_RECORDS, read, accepted: read, published: read };
  bench.put(
    'ledger',
    keys.partition('things', shiftPartition(PARTITION, -24 * daysBefore)),
    JSON.stringify(
      record({
        publication: publication(`run-${daysBefore}`, {
          records,
          rules: [],
          figures: { rows: read },
          definitionHash: bench.run.definitionHash,
          ...part,
        }),
      }),
    ),
  );
}
const reset = (part: Parameters<typeof things>[0]) => bench.reset(things({ calendar, ...part }));
const check = async (...batches: string[]) =>
  bench.partition(bench.plan(batches.map((body, i) => ({ [`o${i}`]: body }))));

describe('rules of a partition', () => {
  it('say for people how many records broke them, and how many do so usually', async () => {
    reset({ columns: { id: { type: 'integer', min: -90, max: 2000 }, name: { type: 'string' } } });
    for (const week of [1, 2, 3, 4]) published(7 * week, 690, { rules: [{ name: 'id.range', broken: week }] });
    await check(csv(...Array.from({ length: 690 }, (_, i) => `${i < 60 ? 9000 + i : i},x`)));
    expect(bench.found()).toMatchObject({
      rules: [
        {
          name: 'id.range',
          otherwise: 'reject',
          sentence: 'id: 60 of 690 records out of range −90…2,000; the median of the last 4 Tuesdays at 05:00 is 2.5',
        },
      ],
      quality: { comparedWith: ['2026-01-13T05', '2026-01-06T05', '2025-12-30T05', '2025-12-23T05'], warnings: [] },
    });
  });

  it('only warn where they say so: the partition is complete, and there is a warning', async () => {
    reset({ columns: { id: { type: 'integer', max: 5, otherwise: { range: 'warn' } }, name: { type: 'string' } } });
    const { output } = await check(csv('1,x', '7,x'), csv('8,x'));
    expect(output).toMatchObject({ ending: { code: 'COMPLETE' } });
    expect(bench.found()).toMatchObject({
      records: { accepted: 3, quarantined: 0 },
      rules: [{ name: 'id.range', broken: 2, otherwise: 'warn' }],
      quality: { warnings: ['id: 2 of 3 records out of range at most 5'] },
    });
  });

  it('say of values that are not among those of another dataset where they were looked up', async () => {
    const columns = {
      id: { type: 'integer' },
      name: { type: 'string', references: { dataset: 'names', column: 'name' } },
    } as const;
    const { body, file } = await publishedFile('data/names/2026-01-20T05/a.parquet', `SELECT 'x' AS name`);
    const checkAgainst = async (...files: Output[]) => {
      reset({ upstreams: ['names'], columns });
      bench.put('lake', file.key, body);
      const references = [{ dataset: 'names', partition: PARTITION, runId: 'n', files }];
      const parts = [{ a: csv('1,x', '2,y') }, { b: csv('3,x', '4,x') }];
      return bench.partition(bench.plan(parts, { references }));
    };
    expect((await checkAgainst(file)).output).toMatchObject({ ending: { code: 'WITHIN_TOLERANCE' } });
    expect(bench.found()).toMatchObject({
      records: { read: 4, accepted: 3, quarantined: 1 },
      rules: [
        {
          name: 'name.reference',
          sentence: 'name: 1 of 4 records not in names.name',
          samples: [{ object: 'a', line: 3, value: '"y"' }],
        },
      ],
    });
    await expect(checkAgainst()).rejects.toMatchObject({
      name: 'AllRecordsRejected',
      message: `all 4 records were rejected; name: 4 of 4 records not in names.name, which is empty: names ${PARTITION} has no records`,
    });
  });

  it('that none may break let nothing be published, whatever the tolerance', async () => {
    const rowRules = [{ name: 'named', sql: 'name IS NOT NULL', otherwise: 'fail' as const }];
    reset({ rowRules, tolerance: { rejected: { share: 1 } } });
    await expect(check(csv('1,x', '2,x', '3,'))).rejects.toMatchObject({
      name: 'QualityGateFailed',
      message: 'no record may break named: named: 1 of 3 records for which it is not true that name IS NOT NULL',
    });
    expect(bench.found()).toMatchObject({
      ending: null,
      rules: [{ name: 'named', otherwise: 'fail', samples: [{ line: 4 }] }],
    });
    expect((await check(csv('1,x'))).output).toMatchObject({ ending: { code: 'COMPLETE' } });
  });

  it.each<[string, 'warn' | 'fail']>([
    ['are told', 'warn'],
    ['let the partition fail', 'fail'],
  ])('about unique keys %s where the dataset says so, also across batches', async (_what, duplicates) => {
    reset({ unique: ['id'], duplicates });
    const outcome = check(csv('1,a', '1,b', '2,a'), csv('3,a', '2,b', '2,c'), csv('2,d'));
    if (duplicates === 'fail') {
      await expect(outcome).rejects.toMatchObject({ name: 'QualityGateFailed' });
      expect(bench.found().rules).toMatchObject([{ name: 'unique', broken: 4 }]);
      return;
    }
    const { output, rounds } = await outcome;
    expect([rounds, output]).toMatchObject([1, { ending: { code: 'COMPLETE' } }]);
    expect(bench.found()).toMatchObject({
      records: { read: 7, accepted: 7, duplicates: 0 },
      rules: [{ name: 'unique', broken: 4 }],
      quality: { warnings: ['id: 4 of 7 records with the key of an earlier one'] },
    });
  });
});

describe('a rule that is suddenly too strict', () => {
  const tolerance = { rejected: { share: 0.9 } };

  it('gets its own reason, inside the tolerance too, and leaves the samples', async () => {
    reset({ tolerance });
    for (const week of [1, 2, 3, 4]) published(7 * week, 100, { rules: [{ name: 'id.type', broken: 2 }] });
    await expect(check(mixed(60, 40))).rejects.toMatchObject({
      name: 'RuleSuddenlyStrict',
      code: 'RULE_SUDDENLY_STRICT',
      message:
        'id.type: id: 40 of 100 records that have no integer there; the median of the last 4 Tuesdays at 05:00 is 2',
    });
    expect(bench.found()).toMatchObject({
      ending: null,
      rules: [{ name: 'id.type', broken: 40, samples: [{}, {}, {}] }],
    });
  });

  it('is told apart from too many rejected, and from all', async () => {
    reset({ tolerance: { rejected: { share: 0.01 } } });
    for (const week of [1, 2, 3, 4]) published(7 * week, 100);
    await expect(check(mixed(60, 40))).rejects.toMatchObject({ name: 'RuleSuddenlyStrict' });
    await expect(check(mixed(92, 8))).rejects.toMatchObject({
      name: 'TooManyRejected',
      message: expect.stringMatching(/8 of 100 records were rejected \(8 %\), at most 1 % may be; id: .* is 0$/),
    });
    await expect(check(mixed(0, 40))).rejects.toMatchObject({ name: 'AllRecordsRejected' });
  });

  it('names a definition that was another one then: most likely the rule is new', async () => {
    reset({ tolerance });
    for (const week of [1, 2, 3]) published(7 * week, 100, { definitionHash: 'another' });
    await expect(check(mixed(60, 40))).rejects.toThrow(
      /the median of 3 of the last 4 Tuesdays at 05:00 is 0 \(the definition has changed since\)$/,
    );
  });

  it('is looked for in the last seven days where there are not enough weeks', async () => {
    reset({ tolerance });
    for (const day of [1, 2, 3, 7]) published(day, 100);
    await expect(check(mixed(60, 40))).rejects.toThrow(/the median of 4 of the last 7 days at 05:00 is 0$/);
  });

  it.each<[string, () => void, string]>([
    ['without history', () => undefined, mixed(60, 40)],
    ['with too little of it', () => [1, 2].forEach((day) => published(day, 100)), mixed(60, 40)],
    [
      'where publications are so old that they do not say',
      () => [7, 14, 21, 28].forEach((day) => published(day, 100, { rules: undefined! })),
      mixed(60, 40),
    ],
    [
      'where one former partition was as bad',
      () =>
        [7, 14, 21, 28].forEach((d) => published(d, 100, { rules: [{ name: 'id.type', broken: d === 7 ? 30 : 0 }] })),
      mixed(60, 40),
    ],
    [
      'where it is always so',
      () => [7, 14, 21, 28].forEach((day) => published(day, 100, { rules: [{ name: 'id.type', broken: 30 }] })),
      mixed(60, 40),
    ],
    ['in a handful of records', () => [7, 14, 21, 28].forEach((day) => published(day, 100)), mixed(3, 9)],
    ['below a tenth of the records', () => [7, 14, 21, 28].forEach((day) => published(day, 100)), mixed(200, 20)],
  ])('is not seen %s', async (_what, prepare, body) => {
    reset({ tolerance });
    prepare();
    expect((await check(body)).output).toMatchObject({ ending: { code: 'WITHIN_TOLERANCE' } });
  });

  it('only warns where the dataset says so, and never means rules that only warn', async () => {
    reset({ tolerance: { ...tolerance, suddenly: { otherwise: 'warn' } } });
    for (const week of [1, 2, 3, 4]) published(7 * week, 100);
    expect((await check(mixed(60, 40))).output).toMatchObject({ ending: { code: 'WITHIN_TOLERANCE' } });
    expect(bench.found().quality?.warnings).toEqual([expect.stringContaining('40 of 100 records')]);
    reset({
      columns: { id: { type: 'string', maxLength: 1, otherwise: { length: 'warn' } }, name: { type: 'string' } },
    });
    for (const week of [1, 2, 3, 4]) published(7 * week, 100);
    expect((await check(mixed(60, 0))).output).toMatchObject({ ending: { code: 'COMPLETE' } });
  });
});

describe('expectations on a partition', () => {
  const columns: DatasetInput['columns'] = {
    id: { type: 'integer' },
    name: { type: 'string', nullable: true },
    at: { type: 'timestamp', nullable: true },
    amount: { type: 'decimal', precision: 20, scale: 2, nullable: true },
  };
  const body = (...lines: string[]) => `id,name,at,amount\n${lines.map((line) => `${line}\n`).join('')}`;
  const batches = [
    body('1,a,2026-01-20T05:10:00Z,1000000000000000.10', '2,,2026-01-20T05:20:00Z,2'),
    body('3,a,,-0.05', '4,b,2026-01-20T05:30:00Z,'),
    body('5,,2026-01-20T04:59:00Z,0.01'),
  ];
  const expecting = (...expectations: NonNullable<DatasetInput['expectations']>) => reset({ columns, expectations });

  it('are measured over the accepted records of all batches, sums without losing a digit', async () => {
    expecting(
      { kind: 'rows', min: 5, max: 5 },
      { kind: 'nulls', column: 'name', maxShare: 0.4 },
      { kind: 'distinct', column: 'name', min: 2, max: 2 },
      { kind: 'freshness', column: 'at', maxAgeMinutes: 30 },
      { kind: 'sum', column: 'amount', min: 1000000000000002 },
      { kind: 'sum', column: 'id', max: 15 },
    );
    const { output } = await check(...batches);
    expect(output).toMatchObject({ ending: { code: 'COMPLETE' } });
    expect(bench.found().quality).toEqual({
      figures: [
        { name: 'rows', value: 5 },
        { name: 'nulls(name)', value: 0.4 },
        { name: 'distinct(name)', value: 2 },
        { name: 'freshness(at)', value: 30 },
        { name: 'sum(amount)', value: 1000000000000002 },
        { name: 'sum(id)', value: 15 },
      ],
      expectations: Array.from({ length: 6 }, () => expect.objectContaining({ outcome: 'met', otherwise: 'fail' })),
      comparedWith: [],
      warnings: [],
    });
    expect(bench.found().quality?.expectations.map(({ sentence }) => sentence)).toEqual([
      'rows: 5, expected exactly 5',
      'name: 40 % of the records have no value, expected at most 40 %',
      'name: 2 distinct values, expected exactly 2',
      'at: the newest record is of 30 min before the end of the partition, expected at most 30 min before it',
      'amount: the sum is 1,000,000,000,000,002, expected at least 1,000,000,000,000,002',
      'id: the sum is 15, expected at most 15',
    ]);
  });

  it.each<[NonNullable<DatasetInput['expectations']>[number], string]>([
    [{ kind: 'rows', min: 6 }, 'rows: 5, expected at least 6'],
    [
      { kind: 'nulls', column: 'name', maxShare: 0.39 },
      'name: 40 % of the records have no value, expected at most 39 %',
    ],
    [{ kind: 'distinct', column: 'name', min: 3 }, 'name: 2 distinct values, expected at least 3'],
    [
      { kind: 'freshness', column: 'at', maxAgeMinutes: 29 },
      'at: the newest record is of 30 min before the end of the partition, expected at most 29 min before it',
    ],
    [{ kind: 'sum', column: 'id', max: 14.5 }, 'id: the sum is 15, expected at most 14.5'],
  ])('that are not met let the partition fail, or only warn: %j', async (expectation, sentence) => {
    expecting(expectation);
    await expect(check(...batches)).rejects.toMatchObject({ name: 'QualityGateFailed', message: sentence });
    expect(bench.found()).toMatchObject({ ending: null, quality: { expectations: [{ outcome: 'broken', sentence }] } });
    expecting({ ...expectation, otherwise: 'warn' });
    expect((await check(...batches)).output).toMatchObject({ ending: { code: 'COMPLETE' } });
    expect(bench.found().quality?.warnings).toEqual([sentence]);
  });

  it('are not met by a column without any value, and rows are counted in an empty partition too', async () => {
    expecting({ kind: 'sum', column: 'amount', min: 0 }, { kind: 'freshness', column: 'at', maxAgeMinutes: 5 });
    await expect(check(body('1,a,,'))).rejects.toThrow(
      'amount: no record has a value, expected at least 0; at: no record has a value',
    );
    reset({
      columns,
      empty: 'normal',
      expectations: [
        { kind: 'rows', min: 1, otherwise: 'warn' },
        { kind: 'sum', column: 'id', min: 1 },
      ],
    });
    expect((await check(body())).output).toMatchObject({ ending: { code: 'EMPTY_AS_DECLARED' } });
    expect(bench.found().quality?.warnings).toEqual(['rows: 0, expected at least 1']);
  });

  it('know a sum beyond what a number can hold', async () => {
    expecting({ kind: 'sum', column: 'id', max: 10 ** 18 });
    const most = '9223372036854775807';
    await expect(check(body(`${most},,,`, `${most},,,`))).rejects.toThrow('id: the sum is 18446744073709551614');
    expect(bench.found().quality?.figures).toEqual([
      { name: 'sum(id)', value: 18446744073709552000, exact: '18446744073709551614' },
    ]);
  });

  it('escape the names of columns', async () => {
    const odd = `a b, "c") FROM x --`.replaceAll('"', "'");
    reset({
      columns: { [odd]: { type: 'integer' } },
      expectations: [
        { kind: 'distinct', column: odd, max: 1 },
        { kind: 'sum', column: odd, max: 9 },
      ],
    });
    const header = `"${odd.replaceAll('"', '""')}"`;
    expect((await check(`${header}\n3\n3\n`)).output).toMatchObject({ ending: { code: 'COMPLETE' } });
  });

  describe('against former partitions', () => {
    const against = { history: 'same-weekday' as const, weeks: 4, tolerance: 0.5 };

    it('are met near the median, and not met far from it', async () => {
      expecting({ kind: 'rows', against });
      for (const [i, rows] of [9, 8, 10, 1000].entries()) published(7 * (i + 1), rows);
      expect((await check(...batches)).output).toMatchObject({ ending: { code: 'COMPLETE' } });
      expect(bench.found().quality).toMatchObject({
        expectations: [{ outcome: 'met', sentence: 'rows: 5; the median of the last 4 Tuesdays at 05:00 is 9.5' }],
        comparedWith: ['2026-01-13T05', '2026-01-06T05', '2025-12-30T05', '2025-12-23T05'],
      });
      await expect(check(batches[1] ?? '', batches[2] ?? '')).rejects.toThrow(
        'rows: 3; the median of the last 4 Tuesdays at 05:00 is 9.5, and it may be at most 50 % off',
      );
    });

    it('are neither met nor broken without enough history, and say so', async () => {
      expecting({ kind: 'rows', min: 1, against });
      published(7, 1000);
      // Published without some of its batches, in an hour of another day, not published at all: no history.
      const failed = { index: 0, state: 'ValidateBatch' as const, error: 'e', message: '', objects: ['o'] };
      published(14, 1000, { failedBatches: [failed] });
      published(1, 1000);
      bench.put('ledger', keys.partition('things', shiftPartition(PARTITION, -21 * 24)), JSON.stringify(record()));
      bench.put('ledger', keys.partition('things', shiftPartition(PARTITION, -28 * 24)), '{"what": "is this?"}');
      expect((await check(...batches)).output).toMatchObject({ ending: { code: 'COMPLETE' } });
      expect(bench.found().quality).toMatchObject({
        expectations: [
          {
            outcome: 'unknown',
            sentence:
              'rows: 5, expected at least 1; not enough history to compare with: 1 of the last 4 Tuesdays at 05:00 known, 3 needed',
          },
        ],
        warnings: [],
      });
    });

    it('compare other figures as they were published, by hour too', async () => {
      expecting({ kind: 'nulls', column: 'name', against: { history: 'same-hour', weeks: 1, tolerance: 1 } });
      for (const day of [1, 2, 3]) published(day, 100, { figures: { 'nulls(name)': 0.1 } });
      for (const day of [4, 5]) published(day, 100, { figures: {} });
      await expect(check(...batches)).rejects.toThrow(
        'name: 40 % of the records have no value; the median of 3 of the last 7 days at 05:00 is 10 %, and it may be at most 100 % off',
      );
    });
  });
});
