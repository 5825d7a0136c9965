import { columnsOf, found, foundNamed, lines, wordsOf } from './found';

describe('the dialect of CSV', () => {
  it.each<[string, readonly string[], Record<string, unknown>]>([
    ['plain', ['id,v\n1,a\n2,b\n'], {}],
    ['semicolons', ['id;v\n1;1,5\n2;2,5\n'], { delimiter: ';' }],
    [
      'tabs with quotes as data',
      ['id\tv\n1\t5" pipe\n2\t"hello\n3\t"abc"\n4\ta""b\n'],
      { delimiter: '\t', quote: null },
    ],
    ['two characters', ['id||v||w\n1||a|b||x\n2||"c||d"||\n3||e||f\n'], { delimiter: '||' }],
    ['empty values between single ones', ['a|b|c\n1||x\n2||y\n3||z\n'], { delimiter: '|' }],
    ['three characters', [lines(9, (i) => `${i}~|~a~|~b`)], { delimiter: '~|~', header: false }],
    ['Hive', [lines(9, (i) => `${i}\x01a\x01\\N`)], { delimiter: '\x01', header: false, nullValues: ['', '\\N'] }],
    ['blanks', ['a b c\n1 "x y" z\n2 q z\n'], { delimiter: ' ' }],
    [
      'backslashes before delimiters',
      ['1|a\\|b|t\n2|c\\\\d|f\n3|x|t\n'],
      { delimiter: '|', escape: 'backslash', header: false },
    ],
    ['backslashes before quotes', ['id,v\n1,"say \\"hi\\""\n2,"5\\",\\"6"\n'], { escape: 'backslash' }],
    ['doubled quotes', ['id,v\n1,"say ""hi"""\n2,"a,b"\n'], {}],
    ['one stray quote', [`id,v\n1,"a,b"\n2,"bad"quote"\n3,"c,d"\n`], {}],
    ['Excel', ['sep=;\r\nid;v\r\n1;a\r\n'], { delimiter: ';', skipLines: 1 }],
    ['a title', ['Orders of 2026-01-20\n\nid,v\n1,a\n2,b\n'], { skipLines: 2 }],
    [
      'a title of a spreadsheet',
      ['Sales;;\n;;\nRegion;Month;Sum\nN;2026-01;1,5\nS;2026-02;2,25\n'],
      { delimiter: ';', skipLines: 2 },
    ],
    ['comments', ['# exported\n# by x\nid,name\n1,a\n2,b\n'], { comment: '#' }],
    ['# as a name', ['#,name\n1,a\n2,b\n'], {}],
    [
      'a trailer with its count',
      ['id,v,x\n1,a,10\n2,b,20\nTOTAL,2,30\n', 'id,v,x\n3,c,1\nTOTAL,1\n'],
      { trailer: { prefix: 'TOTAL', count: 2 } },
    ],
    [
      'a first and a last line',
      [`HDR|20260120\n${lines(9, (i) => `${i}|sku|9.99`)}TRL|9\n`],
      { delimiter: '|', header: false, skipLines: 1, trailer: { prefix: 'TRL', count: 2 } },
    ],
    ['a last record that is like the others', ['name,n\nTOTAL,1\nEND,2\n'], {}],
    ['NULL of Snowflake', ['id,c\n1,\\N\n2,x\n'], { nullValues: ['', '\\N'] }],
    ['NULL in several columns', ['id,n,v,w\n1,NULL,a,NULL\n2,5,NULL,b\n'], { nullValues: ['', 'NULL'] }],
    ['NULL in one text', ['id,v\n1,NULL\n2,x\n'], {}],
    ['everything in quotes', ['"id","v","n"\n"1","",""\n"2","x","7"\n'], { emptyQuoted: 'null' }],
    ['both kinds of nothing', ['id,v,w\n1,"",""\n2,,x\n'], {}],
    ['short records', ['id,v,w\n1,a,b\n2,a\n3\n'], { shortRows: 'null' }],
    ['one short record', [`id,v,w\n${lines(20, (i) => `${i},a,b`)}21\n`], {}],
    ['names that come twice', ['id,v,v\n1,a,b\n'], { header: false, skipLines: 1 }],
    ['the index of pandas', [`,v\n${lines(5, (i) => `${i},a`)}`], { header: false, skipLines: 1 }],
  ])('is seen: %s', (_what, texts, words) => {
    const finding = found(...texts);
    expect(finding.format).toBe('csv');
    expect(wordsOf(finding)).toEqual(words);
  });

  it('says as a comment what it is not sure of', () => {
    expect(wordsOf(found(`id,v,w\n${lines(20, (i) => `${i},a,b`)}21,a\n`), false)).toEqual({ shortRows: 'null' });
    expect(wordsOf(found(lines(9, (i) => `${i}\ta\\nb`)), false)).toEqual({ escape: 'backslash' });
  });

  it('counts what it cannot read, and says where', () => {
    const { notes, records } = found('id,v\n1,a\n2,b,c\n3,"open"x\n4,"d"\nid,v\n5,e\n6,f\n7,g\n8,h\n');
    expect(records).toBe(6);
    expect(notes).toEqual([
      '1 record (line 3 of file-1) with more fields than the others: not read',
      '1 record (line 4 of file-1) broken by a quote: not read',
      '1 record (line 6 of file-1) the same as the header: files were put together; not read',
    ]);
  });
});

describe('the header of CSV', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['names above numbers', ['id,v\n1,a\n'], ['id', 'v']],
    ['values like those below', ['"b","a/1","10"\n"b","a/2","20"\n'], ['column_1', 'column_2', 'column_3']],
    ['years as names', ['country,2019,2020\nNO,1,2\nSE,3,4\n'], ['country', 'column_2019', 'column_2020']],
    ['the same line in all files', ['region,place\nnorth,Oslo\n', 'region,place\nsouth,Rome\n'], ['region', 'place']],
    ['a line feed in a name', ['id,"note\n(free)"\n1,x\n'], ['id', 'note_free']],
    ['names that differ in case', ['ID,id\n1,2\n3,4\n'], ['ID', 'id_2']],
    [
      'a comment of W3C',
      ['#Version: 1.0\n#Fields: date cs(User-Agent)\n2026-01-20\tx\n2026-01-21\ty\n'],
      ['date', 'cs_user_agent'],
    ],
  ])('is told by %s', (_what, texts, names) => {
    expect(found(...texts).columns.map(({ name }) => name)).toEqual(names);
  });

  it('names the source where the name had to change, and what files lack', () => {
    expect(columnsOf(foundNamed('.csv', 'id,"note\n(free)"\n1,x\n', 'id\n2\n'))).toEqual({
      id: { type: 'integer' },
      note_free: { type: 'string', from: 'note\n(free)', optional: true },
    });
  });

  it('reads columns by name where files have them in another order', () => {
    expect(columnsOf(found('id,v\n1,a\n', 'v,id\nb,2\n'))).toEqual({ id: { type: 'integer' }, v: { type: 'string' } });
  });

  it('gives keys that tell records apart, alone or together', () => {
    expect(found(`n,id\n${lines(20, (i) => `5,k${i}`)}`).keys).toEqual([['id']]);
    expect(found(`day,shop,x\n${lines(20, (i) => `2026-01-${10 + (i % 5)},s${Math.ceil(i / 5)},a`)}`).keys).toEqual([
      ['day', 'shop'],
    ]);
    expect(found('id,v\n1,a\n2,b\n').keys).toEqual([]);
  });

  it('knows a log of changes', () => {
    const { notes } = found(`Op,id,seq\n${lines(9, (i) => `${'IUD'[i % 3]},${i % 4},${i}`)}`);
    expect(notes).toEqual([
      "a log of changes? unique: { columns: ['id'], keep: 'last', by: ['seq'], deleted: \"Op = 'D'\" }",
    ]);
  });
});
