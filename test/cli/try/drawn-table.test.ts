import { drawTable } from '../../../cli/try/drawn-table';

const columns = [
  { name: 'id', type: 'BIGINT' },
  { name: 'text', type: 'VARCHAR' },
];

describe('a table of rows', () => {
  it('is drawn as DuckDB draws it', () => {
    const rows = [
      ['1', 'a\nb'],
      ['-20', null],
      [null, '北京'],
    ];
    expect(drawTable({ columns, rows }, 1234, 80)).toBe(
      [
        '┌────────┬─────────┐',
        '│ id     │ text    │',
        '│ bigint │ varchar │',
        '├────────┼─────────┤',
        '│      1 │ a\\nb    │',
        '│    -20 │ NULL    │',
        '│   NULL │ 北京    │',
        '└────────┴─────────┘',
        '3 of 1,234 rows, 2 columns',
      ].join('\n'),
    );
  });

  it('cuts what is long, and leaves columns out where there is no room', () => {
    const long = { columns, rows: [['1', 'x'.repeat(500)]] };
    expect(drawTable(long, 1, 40)).toContain(`│      1 │ ${'x'.repeat(26)}… │`);
    const wide = {
      columns: Array.from({ length: 30 }, (_, i) => ({ name: `column_${i}`, type: 'VARCHAR' })),
      rows: [],
    };
    const text = drawTable(wide, 0, 60);
    expect(text).toContain('30 columns (5 shown)');
    expect(text).toMatch(/│ column_0 │ column_1 │ column_2 │ · │ column_… │ column_… │/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });
});
