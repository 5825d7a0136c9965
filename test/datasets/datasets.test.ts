import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkSql } from '../../core/engine/sql/check-sql';
import { loadDatasets } from '../../lib/datasets';

/** What synth cannot know, for it must not load DuckDB: whether the SQL of every declared dataset is SQL. */
const datasets = loadDatasets(path.join(__dirname, '..', '..', 'datasets'));

describe('the declared datasets', () => {
  let workDir: string;
  beforeAll(() => {
    workDir = mkdtempSync(path.join(tmpdir(), 'rollcall-datasets-'));
  });
  afterAll(() => rmSync(workDir, { recursive: true, force: true }));

  it('are there', () => {
    expect(datasets.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['flights', 'flights-daily', 'flights-firehose']),
    );
  });

  it.each(datasets.map((dataset) => [dataset.name, dataset] as const))(
    '%s has row rules and a transform that DuckDB understands',
    async (_name, dataset) => {
      await expect(checkSql([dataset], workDir, { memoryMb: 256, spillMb: 256 })).resolves.toBeUndefined();
    },
  );

  it('would be found out with a transform that DuckDB does not understand', async () => {
    const [dataset] = datasets;
    const broken = { ...dataset!, transform: { sql: 'SELEC * FROM records', mayDrop: false, mayAdd: false } };
    await expect(checkSql([broken], workDir, { memoryMb: 256, spillMb: 256 })).rejects.toThrow(/transform/);
  });
});
