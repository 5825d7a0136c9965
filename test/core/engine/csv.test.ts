import { gzipSync, zstdCompressSync } from 'node:zlib';
import { datasetWith, run } from './harness';

const plain = datasetWith({ columns: { a: { type: 'integer' }, b: { type: 'string', nullable: true } } });

const adds = ({ counts }: { counts: { read: number; accepted: number; quarantined: number; duplicates: number } }) =>
  counts.accepted + counts.quarantined + counts.duplicates === counts.read;

describe('a CSV object', () => {
  it('gives its records in order', async () => {
    const outcome = await run(plain, 'a,b\n1,x\n2,\n3,"z, ""q"""\n');
    expect(outcome.rows).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: null },
      { a: 3, b: 'z, "q"' },
    ]);
    expect(outcome.counts).toMatchObject({ read: 3, accepted: 3, quarantined: 0, duplicates: 0 });
    expect(outcome.quarantine).toBeNull();
  });

  it.each([
    ['CRLF line ends', 'a,b\r\n1,x\r\n2,y\r\n'],
    ['mixed line ends', 'a,b\r\n1,x\n2,y\r\n'],
    ['a byte order mark', '\ufeffa,b\n1,x\n2,y\n'],
    ['no line end at the end', 'a,b\n1,x\n2,y'],
    ['blank lines', 'a,b\n\n1,x\n\n\n2,y\n\n'],
    ['blank lines with CRLF', 'a,b\r\n1,x\r\n\r\n2,y\r\n\r\n'],
    ['quoted everything', '"a","b"\n"1","x"\n"2","y"\n'],
    ['an empty field more on each line', 'a,b,\n1,x,\n2,y,\n'],
    ['columns in another order', 'b,a\nx,1\ny,2\n'],
    ['spaces behind quotes', 'a,b\n1,"x"\n2,"y" \n'],
  ])('may have %s', async (_what, body) => {
    for (const pieceBytes of [1, 3, 1000]) {
      const outcome = await run(plain, body, { pieceBytes });
      expect(outcome.rows).toEqual([
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ]);
      expect(outcome.counts.read).toBe(2);
    }
  });

  it('of a header alone has no records', async () => {
    for (const body of ['a,b\n', 'a,b', 'a,b\r\n\r\n']) {
      const outcome = await run(plain, body);
      expect(outcome.counts).toEqual({
        read: 0,
        accepted: 0,
        quarantined: 0,
        duplicates: 0,
        dropped: 0,
        added: 0,
        published: 0,
      });
      expect(outcome.data).toBeNull();
    }
  });

  it.each([
    ['too few fields', '3', 'record.shape'],
    ['too many fields', '3,x,y', 'record.shape'],
    ['an unclosed quote', '3,"x', 'record.shape'],
    ['text after a closing quote', '3,"x"y', 'record.shape'],
    ['a bare carriage return', '3,x\ry', 'record.shape'],
    ['a wrong type', 'three,x', 'a.type'],
  ])('with %s quarantines that line alone, as it came', async (_what, line, rule) => {
    const outcome = await run(plain, `a,b\n1,x\n${line}\n2,y\n`);
    expect(outcome.rows.map((row) => row['a'])).toEqual([1, 2]);
    expect(outcome.rejected).toMatchObject([{ object: 'an-object', line: 3, broken: [rule], raw: line }]);
    expect(outcome.broken).toEqual({ [rule]: 1 });
    expect(adds(outcome)).toBe(true);
  });

  it('whose two stray quotes would swallow 490 lines loses only the lines with the quotes', async () => {
    const lines = Array.from({ length: 600 }, (_, i) => `${i},x`);
    lines[50] = '50,"stray';
    lines[540] = 'x540",more';
    const outcome = await run(plain, `a,b\n${lines.join('\n')}\n`);
    expect(outcome.counts).toMatchObject({ read: 600, accepted: 598, quarantined: 2 });
    expect(outcome.rejected.map(({ line }) => line)).toEqual([52, 542]);
  });

  it('with bytes that are not UTF-8 quarantines that line as base64', async () => {
    const body = Buffer.concat([Buffer.from('a,b\n1,x\n2,'), Buffer.from([0xff, 0xfe]), Buffer.from('\n3,z\n')]);
    const outcome = await run(plain, body);
    expect(outcome.rows.map((row) => row['a'])).toEqual([1, 3]);
    expect(outcome.rejected).toEqual([
      {
        object: 'an-object',
        line: 3,
        broken: ['record.shape'],
        problem: 'bytes that are not UTF-8',
        rawBase64: Buffer.from([50, 44, 0xff, 0xfe]).toString('base64'),
      },
    ]);
  });

  it('with one line of 5 MB quarantines it without keeping it whole', async () => {
    const outcome = await run(plain, `a,b\n1,x\n2,${'y'.repeat(5_000_000)}\n3,z\n`, { pieceBytes: 65536 });
    expect(outcome.rows.map((row) => row['a'])).toEqual([1, 3]);
    expect(outcome.rejected).toMatchObject([{ line: 3, broken: ['record.shape'], truncated: true }]);
  });

  it('of one column has a record without value for each blank line', async () => {
    const one = datasetWith({ columns: { a: { type: 'integer', nullable: true } } });
    const outcome = await run(one, 'a\n1\n\n2\n');
    expect(outcome.rows.map((row) => row['a'])).toEqual([1, null, 2]);
  });

  describe('with values of several lines', () => {
    const dataset = datasetWith({
      columns: {
        a: { type: 'integer' },
        b: { type: 'string', nullable: true },
        c: { type: 'string', multiline: true },
      },
    });
    it('keeps line feeds in columns that are declared multiline', async () => {
      const outcome = await run(dataset, 'a,b,c\n1,x,"p\nq\r\nr"\n2,y,"s\n\nt"\n3,z,u\n');
      expect(outcome.rows).toEqual([
        { a: 1, b: 'x', c: 'p\nq\r\nr' },
        { a: 2, b: 'y', c: 's\n\nt' },
        { a: 3, b: 'z', c: 'u' },
      ]);
    });
    it('says on which line a broken record begins, and gives it as it came', async () => {
      const outcome = await run(dataset, 'a,b,c\n1,x,"p\nq"\nno,y,"s\r\n\r\nt"\n3,z,u\n');
      expect(outcome.rejected).toMatchObject([{ line: 4, broken: ['a.type'], raw: 'no,y,"s\r\n\r\nt"' }]);
    });
    it('takes a line feed in another column for a stray quote', async () => {
      const outcome = await run(dataset, 'a,b,c\n1,"x,p\n2,y,q\n3,z",r\n4,w,s\n');
      // The second stray quote stands inside an unquoted value, where it is a character like any other.
      expect(outcome.rows.map((row) => [row['a'], row['b']])).toEqual([
        [2, 'y'],
        [3, 'z"'],
        [4, 'w'],
      ]);
      expect(outcome.rejected).toMatchObject([{ line: 2, broken: ['record.shape'], raw: '1,"x,p' }]);
      expect(adds(outcome)).toBe(true);
    });
    it('knows a quote inside an unquoted value from one that opens a value', async () => {
      // By counting quotes alone, the first three lines and a part of the value would be taken for records too.
      const outcome = await run(dataset, 'a,b,c\n1,5" pipe,p\n2,x,"q\n\nr"\n3,6" pipe,s\nno,7" pipe,t\n');
      expect(outcome.rows).toEqual([
        { a: 1, b: '5" pipe', c: 'p' },
        { a: 2, b: 'x', c: 'q\n\nr' },
        { a: 3, b: '6" pipe', c: 's' },
      ]);
      expect(outcome.rejected).toMatchObject([{ line: 7, broken: ['a.type'], raw: 'no,7" pipe,t' }]);
    });
    it('survives a quote that is never closed', async () => {
      const outcome = await run(dataset, 'a,b,c\n1,x,"p\n2,y,q\n3,z,"r\ns"\n');
      expect(outcome.rows.map((row) => row['a'])).toEqual([2, 3]);
      expect(outcome.counts).toMatchObject({ read: 3, quarantined: 1 });
    });
  });

  it.each([
    ['a column missing', 'a\n1\n', 'missing "b"'],
    ['a column more', 'a,b,c\n1,x,y\n', 'not declared "c"'],
    ['a column renamed', 'a,B\n1,x\n', 'missing "b"; not declared "B"'],
    ['a column twice', 'a,b,b\n1,x,y\n', 'more than once "b"'],
    ['no header', '1,x\n2,y\n', 'missing "a", "b"; not declared "1", "x"'],
    ['another delimiter', 'a;b\n1;x\n', 'missing "a", "b"; not declared "a;b"'],
    ['nothing in it', '', 'empty object'],
  ])('with %s is refused, and the difference told', async (_what, body, difference) => {
    await expect(run(plain, body)).rejects.toMatchObject({
      name: 'SchemaMismatch',
      message: expect.stringContaining(difference),
      details: { object: 'an-object' },
    });
  });

  it('may have more columns where the definition says so', async () => {
    const dataset = datasetWith({
      source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'csv', extraColumns: 'ignore' },
      columns: plain.columns,
    });
    const outcome = await run(dataset, `"we;ird ""'","b",a\nq,x,1\n`);
    expect(outcome.rows).toEqual([{ a: 1, b: 'x' }]);
  });

  describe('in an envelope', () => {
    const of = (compression: 'gzip' | 'zstd') =>
      datasetWith({
        source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'csv', compression },
        columns: plain.columns,
      });
    const body = Buffer.from(`a,b\n${Array.from({ length: 5000 }, (_, i) => `${i},x${i * 7919}`).join('\n')}\n`);
    const compress = { gzip: gzipSync, zstd: (bytes: Buffer) => zstdCompressSync(bytes) };
    it.each(['gzip', 'zstd'] as const)('of %s is read, also in several parts', async (compression) => {
      const whole = compress[compression](body);
      expect((await run(of(compression), whole)).counts.accepted).toBe(5000);
      const cut = body.indexOf('\n', 20_000) + 1;
      const two = Buffer.concat([
        compress[compression](body.subarray(0, cut)),
        compress[compression](body.subarray(cut)),
      ]);
      expect((await run(of(compression), two, { pieceBytes: 1000 })).counts.accepted).toBe(5000);
    });
    it.each(['gzip', 'zstd'] as const)(
      'of %s that is truncated, damaged or followed by something is corrupt',
      async (c) => {
        const whole = compress[c](body);
        const twoAndAHalf = Buffer.concat([whole, whole.subarray(0, whole.length - 9)]);
        const broken = [
          whole.subarray(0, whole.length - 3),
          whole.subarray(0, whole.length >> 1),
          Buffer.concat([whole, Buffer.from('garbage!')]),
          twoAndAHalf,
          body,
          Buffer.alloc(0),
        ];
        for (const bytes of broken)
          await expect(run(of(c), bytes)).rejects.toMatchObject({
            name: 'SourceCorrupt',
            details: { object: 'an-object' },
          });
      },
    );
    it('that inflates to more than a batch may have is refused', async () => {
      await expect(run(of('gzip'), gzipSync(body), { batchBytes: 10_000 })).rejects.toMatchObject({
        name: 'ObjectTooLarge',
        message: expect.stringContaining('an-object'),
      });
    });
    it('whose source breaks off is not called corrupt', async () => {
      const whole = gzipSync(body);
      await expect(
        run(of('gzip'), whole, {
          reader: {
            read: async () =>
              (async function* () {
                yield whole.subarray(0, 100);
                throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
              })(),
          },
        }),
      ).rejects.toMatchObject({ code: 'ECONNRESET' });
    });
  });
});
