import type { DatasetInput } from '../../../core/contracts/dataset/dataset';
import { datasetWith, run } from './harness';

type Csv = NonNullable<DatasetInput['source']['csv']>;
type Source = Partial<DatasetInput['source']>;

const text = { type: 'string', nullable: true } as const;
const columns = { id: { type: 'integer', nullable: true }, v: text, w: text } as const;

const read = async (csv: Csv, body: Buffer | string, more: Source = {}, own: DatasetInput['columns'] = columns) => {
  const source = { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'csv', csv, ...more } as const;
  const outcome = await run(datasetWith({ source, columns: own }), body);
  return { ...outcome, values: outcome.rows.map((row) => Object.values(row)) };
};

describe('a dialect of CSV', () => {
  it.each<[string, Csv, string, unknown[][]]>([
    [
      'has "" as an empty text and nothing as NULL',
      {},
      'id,v,w\n1,"",x\n2,,x\n"", x,""\n',
      [
        [1, '', 'x'],
        [2, null, 'x'],
        [null, ' x', ''],
      ],
    ],
    [
      'of an exporter that quotes everything has "" as NULL',
      { emptyQuoted: 'null' },
      '"id","v","w"\n"1","",""\n"2","x",""\n',
      [
        [1, null, null],
        [2, 'x', null],
      ],
    ],
    [
      'takes quotes behind blanks for data',
      {},
      'id,v,w\n1, "a",  "b"\n2,"a"  ,b \n',
      [
        [1, ' "a"', '  "b"'],
        [2, 'a', 'b '],
      ],
    ],
    [
      'with a blank as delimiter has no padding',
      { delimiter: ' ' },
      'id v w\n1  "q"\n3 "x y" z\n',
      [
        [1, null, 'q'],
        [3, 'x y', 'z'],
      ],
    ],
    [
      'with a delimiter of two characters keeps one of them',
      { delimiter: '||' },
      'id||v||w\n1||a|b||x\n2||"c||d"||\n3||e""f||"g""h"\n',
      [
        [1, 'a|b', 'x'],
        [2, 'c||d', null],
        [3, 'e""f', 'g"h'],
      ],
    ],
    [
      'without quotes has them as data',
      { delimiter: '\t', quote: null },
      'id\tv\tw\n1\t5" pipe\t"hello\n2\t"abc"\t""\n',
      [
        [1, '5" pipe', '"hello'],
        [2, '"abc"', '""'],
      ],
    ],
    ['with another quote has " as data', { quote: "'" }, `id,v,w\n1,'a,''b',"x"\n`, [[1, "a,'b", '"x"']]],
    [
      'may name its own NULLs, which are none in quotes',
      { nullValues: ['', '\\N', 'NULL'] },
      'id,v,w\n\\N,NULL,"NULL"\n2,,"\\N"\n3,"",null\n',
      [
        [null, null, 'NULL'],
        [2, null, '\\N'],
        [3, '', 'null'],
      ],
    ],
    [
      'whose NULL is not nothing has nothing as an empty text, NULL in other types',
      { nullValues: ['NA'] },
      'id,v,w\n,,NA\n2,x,\n',
      [
        [null, '', null],
        [2, 'x', ''],
      ],
    ],
    [
      'may have a preamble, which it skips by physical lines',
      { delimiter: ';', skipLines: 2 },
      'sep=;\r\n"open\r\nid;v;w\r\n1;a;b\r\n',
      [[1, 'a', 'b']],
    ],
    [
      'without a header has the columns by position',
      { header: false },
      '1,a,b\n2,c,d\n',
      [
        [1, 'a', 'b'],
        [2, 'c', 'd'],
      ],
    ],
    [
      'may have comments where a record begins, also before the header',
      { comment: '#' },
      '# "x\nid,v,w\n#1,a,b\n1,#a,"#b"\n # 2\n',
      [[1, '#a', '#b']],
    ],
    [
      'may leave out the last fields',
      { shortRows: 'null' },
      'id,v,w\n1,a,b\n2,a\n\n3\n',
      [
        [1, 'a', 'b'],
        [2, 'a', null],
        [3, null, null],
      ],
    ],
  ])('%s', async (_what, csv, body, expected) => {
    const outcome = await read(csv, body);
    expect(outcome.values).toEqual(expected);
    // The line ` # 2` is no comment, and no record either.
    expect(outcome.counts.quarantined).toBe(csv.comment === undefined ? 0 : 1);
  });

  it('with backslashes undoes them in quotes and outside, before any character', async () => {
    const { values } = await read(
      { escape: 'backslash', nullValues: ['', '\\N'] },
      'id,v,w\n1,"say \\"hi\\"",a\\,b\n2,"5\\",\\"6",\\N\n3,"C:\\\\dir\\\\",\\\\N\n4,"a\\tb","\\N"\n5,a\\\nb,"c\\\r\nd"\n6,x,\\x\\é\n',
    );
    expect(values).toEqual([
      [1, 'say "hi"', 'a,b'],
      [2, '5","6', null],
      [3, 'C:\\dir\\', '\\N'],
      [4, 'a\tb', 'N'],
      [5, 'a\nb', 'c\r\nd'],
      [6, 'x', 'xé'],
    ]);
  });

  it('of Redshift reads its pipes without a header', async () => {
    const csv = { delimiter: '|', escape: 'backslash', header: false } as const;
    const { values } = await read(csv, '1|a\\|b|t\n2|c\\\\d|\n4|say \\"hi\\"|\n5|a\\\\|f\n6|a\\\\\\|b|t\n');
    expect(values).toEqual([
      [1, 'a|b', 't'],
      [2, 'c\\d', null],
      [4, 'say "hi"', null],
      [5, 'a\\', 'f'],
      [6, 'a\\|b', 't'],
    ]);
  });

  it('without a header ignores further fields only where the definition says so', async () => {
    const body = '1,a,b\n2,c,d,e\n3,c,d,e,f\n';
    expect((await read({ header: false }, body)).rejected.map(({ line }) => line)).toEqual([2, 3]);
    expect((await read({ header: false }, body, { extraColumns: 'ignore' })).values).toEqual([
      [1, 'a', 'b'],
      [2, 'c', 'd'],
      [3, 'c', 'd'],
    ]);
  });

  it('may have line feeds in the name of a column', async () => {
    const { values } = await read({}, 'id,v,"w\n(free)",w\n1,5,x,y\nx,1,2,3\n', { extraColumns: 'ignore' });
    expect(values).toEqual([[1, 5, 'y']]);
  });

  it('finds a record again as it came, on its own line, behind preamble, header, comments and backslashes', async () => {
    const body = 'skip\n# c\nid,v,"w\nx"\n\n# c\n1,a\\\nb,c\nno,"d\\\ne",f\n2,short\n3,x,y\n';
    const outcome = await read(
      { skipLines: 1, comment: '#', escape: 'backslash' },
      body,
      { extraColumns: 'ignore' },
      {
        id: { type: 'integer' },
        v: text,
      },
    );
    expect(outcome.values).toEqual([
      [1, 'a\nb'],
      [3, 'x'],
    ]);
    expect(outcome.rejected).toMatchObject([
      { line: 9, raw: 'no,"d\\\ne",f', broken: ['id.type'] },
      { line: 11, raw: '2,short', broken: ['record.shape'] },
    ]);
  });

  it('keeps line feeds in values of several lines, in every dialect', async () => {
    const own = { id: { type: 'integer' }, v: { type: 'string', multiline: true } } as const;
    for (const [csv, body] of [
      [{ quote: "'" }, `id,v\n1,'a\n\nb'\n2,"c\n3,'d'\n`],
      [{ delimiter: '~|~' }, 'id~|~v\n1~|~"a\n\nb"\n2~|~"c\n3~|~d\n'],
      [{ comment: '#' }, 'id,v\n# it"s\n1,"a\n\nb"\n#\n2,"c\n3,d\n'],
      [{ comment: '#' }, 'id,v\n1,"a\n\nb"\n#"\n2,"c"c\n3,d\n'],
    ] as const) {
      const { values, counts } = await read(csv, body, {}, own);
      expect(values.filter(([id]) => id !== 2)).toEqual([
        [1, 'a\n\nb'],
        [3, 'd'],
      ]);
      expect(counts.read).toBe(3);
    }
  });
});

describe('the trailer of a CSV object', () => {
  const csv = { trailer: { prefix: 'TOTAL', count: 2 } };
  it.each([
    ['is no record', 'id,v,w\n1,a,b\n2,a,b\nTOTAL,2,30\n', 2],
    ['may lack its line end', 'id,v,w\nTOTAL,1,x\nTOTAL,1', 1],
    ['may have blank lines after it', 'id,v,w\r\n1,a,b\r\nTOTAL,"1"\r\n\r\n\r\n', 1],
    ['counts records that are rejected too', 'id,v,w\n1,a,b\nx\nTOTAL,2\n', 2],
    ['may stand alone', 'id,v,w\nTOTAL,0\n', 0],
  ])('%s', async (_what, body, count) => {
    expect((await read(csv, body)).counts.read).toBe(count);
  });

  it.each([
    ['counts otherwise', 'id,v,w\n1,a,b\nTOTAL,2\n', 'the trailer says 2 records, 1 were counted'],
    ['is missing', 'id,v,w\n1,a,b\n', 'expected one that begins with "TOTAL"; 1 records'],
    ['is cut off', 'id,v,w\n1,a,b\nTOT', 'expected one that begins with "TOTAL"; 2 records'],
    ['has no number', 'id,v,w\n1,a,b\nTOTAL\n', 'field 2 of the trailer is null'],
    ['has something else for one', 'id,v,w\n1,a,b\nTOTAL,one\n', 'field 2 of the trailer is "one"'],
    ['is followed by a record', 'id,v,w\nTOTAL,1\n1,a,b\n', 'expected one that begins with "TOTAL"'],
    ['is one of 0 bytes', '\n', 'expected one that begins'],
  ])('that %s is corrupt', async (_what, body, message) => {
    const header = body === '\n' ? { header: false } : {};
    await expect(read({ ...csv, ...header }, body)).rejects.toMatchObject({
      name: 'SourceCorrupt',
      message: expect.stringContaining(message),
      details: { object: 'an-object' },
    });
  });

  it('is held against values of several lines too', async () => {
    const own = { id: { type: 'integer' }, v: { type: 'string', multiline: true } } as const;
    expect((await read(csv, 'id,v\n1,"a\nb"\n2,5" x\nTOTAL,2\n', {}, own)).counts).toMatchObject({
      read: 2,
      accepted: 2,
    });
    await expect(read(csv, 'id,v\n1,"a\nb"\n2,c\nTOTAL,3\n', {}, own)).rejects.toMatchObject({ name: 'SourceCorrupt' });
  });
});
