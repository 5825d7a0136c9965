import { readFileSync } from 'node:fs';
import { aimsOf } from '../../bench/validate/aims';
import { FLOOR, VALIDATE, VALIDATE_AND_PROCESS } from '../../bench/validate/contestants';
import { CHART_FILE, chartOf, DOCUMENT_FILE, figures, withFigures } from '../../bench/validate/report';
import { median, readResults, withRows, type Row } from '../../bench/validate/results';

/** A row of 100 MB of CSV: as many seconds, with a floor of one second. */
function row(contestant: string, seconds: number | string, of: Partial<Row> = {}): Row {
  return {
    origin: 'generated',
    format: 'csv',
    megabytes: 100,
    rules: 12,
    unique: true,
    contestant,
    records: 1_500_000,
    bytes: 99_000_000,
    runs: typeof seconds === 'number' ? [{ seconds, cpuSeconds: seconds, peakMb: 400 }] : [],
    floorSeconds: 1,
    ...(typeof seconds === 'string' ? { why: seconds } : {}),
    versions: { tool: '1.0.0' },
    date: '2026-01-20',
    cpu: 'a processor',
    oneCore: true,
    node: '24.0.0',
    ...of,
  };
}

describe('docs/benchmarks.md', () => {
  it('says what the results say, and nothing else', () => {
    const document = readFileSync(DOCUMENT_FILE, 'utf8');
    expect(document).toBe(withFigures(document, readResults()));
  });

  it('has the chart of the results', () => {
    expect(readFileSync(CHART_FILE, 'utf8')).toBe(chartOf(readResults()));
  });
});

describe('the report of a benchmark', () => {
  it('compares ours with the fastest of each kind, by times relative to the floor of the same turns', () => {
    const rows = [
      row(FLOOR, 1),
      row(VALIDATE, 2),
      row('udsv + Ajv', 9),
      // Measured when everything took twice as long.
      row('csv-parse + Ajv', 16, { floorSeconds: 2 }),
    ];
    expect(figures(rows)).toContain('ValidateBatch is 4.00 × as fast as the fastest Node pipeline (csv-parse + Ajv)');
  });

  it('names contestants that were given up on or are missing, and what was not measured at all', () => {
    const text = figures([row(FLOOR, 1), row('PySpark', 'stopped after 900 s')]).replaceAll(/ +/g, ' ');
    expect(text).toContain('| PySpark | stopped after 900 s |');
    expect(text).toMatch(/99 MB: not measured: ValidateBatch, .*Great Expectations\./);
    expect(text).toContain('JSONL.gz, 1,000 MB of CSV: not measured.');
    expect(chartOf([row(FLOOR, 1), row('PySpark', 'stopped < 900 s')])).toContain('stopped &lt; 900 s');
  });

  it.each([
    [row(VALIDATE, 1.7), { text: '1.70 ×', reached: true }],
    [row(VALIDATE, 1.8), { text: '1.80 ×', reached: false }],
    [row(VALIDATE, 'out of memory'), 'not measured'],
    [row(VALIDATE_AND_PROCESS, 1), 'not measured'],
    [row(VALIDATE, 1, { unique: false }), 'not measured'],
  ])('tells whether ValidateBatch is fast enough beside the floor', (measured, found) => {
    expect(aimsOf([row(FLOOR, 1), measured])[0]).toEqual({
      text: 'at 100 MB: ValidateBatch at most 1.7 × the floor',
      found,
    });
  });

  it('holds ours against the best of those that finished', () => {
    const found = (...others: Row[]) =>
      aimsOf([row(VALIDATE, 2), ...others]).find(({ text }) => text === 'at 100 MB: not slower than the faster polars')
        ?.found;
    expect(found(row('nodejs-polars', 3), row('Python polars', 1))).toEqual({
      text: '0.50 × (Python polars)',
      reached: false,
    });
    expect(found(row('nodejs-polars', 3), row('Python polars', 'out of memory'))).toEqual({
      text: '1.50 × (nodejs-polars)',
      reached: true,
    });
    expect(found(row('nodejs-polars', 'polars not installed', { versions: {} }))).toBe('not measured');
  });

  it('takes what was measured again in place of what was measured before, and drops none that is not installed here', () => {
    const before = [row(VALIDATE, 2), row('PySpark', 30)];
    const again = [row(VALIDATE, 1), row('PySpark', 'no Java on the PATH', { versions: {} }), row(FLOOR, 1)];
    expect(withRows(before, again)).toEqual([again[0], before[1], again[2]]);
  });

  it('has a median that was measured', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2, Number.NaN]);
  });
});
