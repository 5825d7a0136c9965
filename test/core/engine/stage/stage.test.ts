import { datasetWith } from '../../../kit/datasets';
import { parquetOf, run } from '../../../kit/engine';

/** The same batches staged in a table, in files, and in both. */
const WAYS = { 'in a table': 1 << 30, 'in files': 0, 'in both': 600 };

const dataset = datasetWith({
  columns: {
    id: { type: 'integer' },
    name: { type: 'string', nullable: true },
    price: { type: 'decimal', precision: 30, scale: 3, nullable: true },
    at: { type: 'timestamp', nullable: true },
    day: { type: 'date', nullable: true },
    share: { type: 'double', nullable: true },
    yes: { type: 'boolean', nullable: true },
  },
  unique: ['id'],
});
const HEADER = 'id,name,price,at,day,share,yes\n';
const line = (i: number) =>
  i % 10 === 3
    ? `x${i},broken,,,,,`
    : `${i % 50},"n ""${i}"", é",${i}.5,2026-01-20T05:00:${String(i % 60).padStart(2, '0')}Z,2026-01-20,-0.0,${i % 2 === 0}`;
const object = (from: number, records: number) =>
  `${HEADER}${Array.from({ length: records }, (_, i) => `${line(from + i)}\n`).join('')}`;

/** A small object, a large one, one with a line that is none, and one without records. */
const BODIES = {
  a: object(0, 5),
  b: object(5, 40),
  c: `${object(45, 4)}1,2\n${line(49)}\n`,
  d: HEADER,
  e: object(50, 20),
};

describe('records are staged', () => {
  it.each(Object.entries(WAYS))('%s, with the same outcome', async (_, mostTableBytes) => {
    const { rows, rejected, counts } = await run(dataset, BODIES, { mostTableBytes });
    expect(counts).toMatchObject({ read: 71, accepted: 45, quarantined: 8, duplicates: 18 });
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (__, i) => i).filter((i) => i % 10 !== 3));
    expect(rejected).toHaveLength(26);
  });

  it('in files and in a table, with the same records in the same order', async () => {
    const outcomes = await Promise.all(
      Object.values(WAYS).map((mostTableBytes) => run(dataset, BODIES, { mostTableBytes })),
    );
    for (const { rows, rejected } of outcomes) {
      expect(rows).toEqual(outcomes[0]?.rows);
      expect(rejected).toEqual(outcomes[0]?.rejected);
    }
  });

  it('of Parquet too', async () => {
    const parquet = datasetWith({
      columns: { id: { type: 'integer', min: 10 }, v: { type: 'string' } },
      source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'parquet' },
    });
    const body = await parquetOf(`SELECT i AS id, 'v' || i AS v FROM range(5000) t(i)`);
    const found = await Promise.all(
      [1 << 30, 0].map((mostTableBytes) => run(parquet, { a: body, b: body }, { mostTableBytes })),
    );
    expect(found.map(({ counts }) => counts.accepted)).toEqual([9980, 9980]);
    expect(found[1]?.rows).toEqual(found[0]?.rows);
    expect(found[1]?.rejected).toEqual(found[0]?.rejected);
  });
});
