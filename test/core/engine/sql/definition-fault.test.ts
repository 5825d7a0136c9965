import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { DatasetInput } from '../../../../core/contracts/dataset/dataset';
import { processRecords } from '../../../../core/engine/transform/process-records';
import { datasetWith, parquetOf, run } from '../harness';

/** A definition's own faults, as they show when it meets its records: what synth cannot know. */

const columns = {
  seen: { type: 'timestamp' },
  zone: { type: 'string' },
  note: { type: 'string', nullable: true },
} as const satisfies DatasetInput['columns'];
/** DuckDB knows no such zone, and TRY does not catch that. */
const AT = '2026-01-20T05:00:00Z';
const inZone = { name: 'in-the-morning', sql: 'hour(timezone(zone, seen)) < 12' };

const FORMATS = {
  csv: (zones: readonly string[]) => `seen,zone,note\n${zones.map((zone) => `${AT},${zone},x`).join('\n')}\n`,
  jsonl: (zones: readonly string[]) => zones.map((zone) => `{"seen":"${AT}","zone":"${zone}","note":"x"}`).join('\n'),
  parquet: (zones: readonly string[]) =>
    parquetOf(
      `SELECT TIMESTAMPTZ '${AT}' AS seen, unnest([${zones.map((zone) => `'${zone}'`).join(', ')}]) AS zone, 'x' AS note`,
    ),
};

describe('a row rule that fails on the records', () => {
  it.each(['csv', 'jsonl', 'parquet'] as const)(
    'is named, with its columns and what DuckDB says (%s)',
    async (format) => {
      const dataset = datasetWith({
        columns,
        source: { bucket: 'vendor', prefix: 'x/{yyyy}/{MM}/{dd}/{HH}/', format },
        rowRules: [{ name: 'has-a-note', sql: 'note IS NOT NULL' }, inZone],
      });
      const sound = await run(dataset, await FORMATS[format](['UTC', 'America/New_York']));
      expect(sound.counts).toMatchObject({ read: 2, accepted: 2 });
      await expect(run(dataset, await FORMATS[format](['UTC', 'Mars/Olympus']))).rejects.toMatchObject({
        name: 'DefinitionFault',
        code: 'DEFINITION_FAULT',
        details: { rule: 'in-the-morning', columns: ['seen', 'zone'] },
        message: expect.stringMatching(
          /the rule in-the-morning of things \(over "seen", "zone"\) failed: Not implemented Error: Unknown TimeZone 'Mars\/Olympus'/,
        ),
      });
    },
  );

  it('does not quote values where a column is sensitive', async () => {
    const secretly = { ...columns, zone: { type: 'string', sensitive: true } } as const;
    const dataset = datasetWith({ columns: secretly, rowRules: [inZone] });
    const failed: unknown = await run(dataset, FORMATS.csv(['Mars/Olympus'])).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      name: 'DefinitionFault',
      message: expect.stringContaining(
        'the rule in-the-morning of things (over "seen", "zone") failed: Not implemented Error, whose',
      ),
    });
    expect(inspect(failed, { depth: 9 })).not.toContain('Olympus');
  });

  it('is not blamed for a file that its reader cannot read', async () => {
    const dataset = datasetWith({
      columns,
      source: { bucket: 'vendor', prefix: 'x/{yyyy}/{MM}/{dd}/{HH}/', format: 'parquet' },
      rowRules: [inZone],
    });
    const body = await parquetOf(
      `SELECT TIMESTAMPTZ '${AT}' AS seen, 'UTC' AS zone, repeat(i::VARCHAR, 9) AS note FROM range(9999) t(i)`,
    );
    await expect(run(dataset, body.fill(0x55, 40, 4000))).rejects.toMatchObject({ name: 'SourceCorrupt' });
  });
});

describe('a transform that fails on the records', () => {
  let workDir: string;
  beforeEach(() => (workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'))));
  afterEach(() => rmSync(workDir, { recursive: true, force: true }));

  const transforming = async (
    sql: string,
    of: { body?: Buffer; timeoutMs?: number; more?: Partial<DatasetInput> } = {},
  ) => {
    const dataset = datasetWith({ columns, transform: { sql, mayDrop: true, mayAdd: true }, ...of.more });
    const path = join(workDir, 'records.parquet');
    writeFileSync(path, of.body ?? (await FORMATS.parquet(['UTC', 'Mars/Olympus'])));
    return processRecords({
      dataset,
      input: { path, records: 2 },
      settings: [],
      workDir,
      limits: { memoryMb: 128, spillMb: 64, ...(of.timeoutMs === undefined ? {} : { timeoutMs: of.timeoutMs }) },
      process: undefined,
      about: { dataset: 'things', partition: '2026-01-20T05', settings: {} },
    });
  };

  it.each(['parquet', 'jsonl', 'csv'] as const)(
    'is named with the column and what DuckDB says (%s)',
    async (format) => {
      const sql = 'SELECT zone, timezone(zone, seen) AS local_time, upper(note) AS note FROM records';
      await expect(transforming(sql, { more: { output: { format } } })).rejects.toMatchObject({
        name: 'DefinitionFault',
        details: { columns: ['local_time'] },
        message:
          'the transform of things failed in "local_time": Not implemented Error: Unknown TimeZone \'Mars/Olympus\'!',
      });
    },
  );

  it('is not blamed for records that cannot be read', async () => {
    const body = (await FORMATS.parquet(['UTC', 'UTC'])).fill(0x55, 4, 60);
    await expect(transforming('SELECT upper(zone) AS zone FROM records', { body })).rejects.toMatchObject({
      name: 'InternalError',
      message: expect.stringMatching(/^the accepted records of things cannot be read: /),
    });
  });

  it('is named when it does not finish in time', async () => {
    const sql = 'SELECT zone, (SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) % 7 = 0) AS n FROM records';
    await expect(transforming(sql, { timeoutMs: 300 })).rejects.toMatchObject({
      name: 'StepTimedOut',
      message: 'the transform of things: the SQL did not finish in 0 s',
    });
  });

  it('is named when all that it gives is out of what the format can say', async () => {
    const sql = 'SELECT zone, 0.0::DOUBLE / (length(zone) - 3) AS share FROM records';
    await expect(transforming(sql, { more: { output: { format: 'csv' } } })).rejects.toMatchObject({
      name: 'DefinitionFault',
      message: expect.stringContaining('csv has no way to write NaN and infinity: 1 in "share" (DOUBLE)'),
    });
    expect(readFileSync(join(workDir, 'records.parquet')).length).toBeGreaterThan(0);
  });
});
