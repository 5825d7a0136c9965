import { findInText } from '../../../../core/domain/detect/text-finding';
import { columnsOf, found, lines, wordsOf } from './found';

describe('the layout of JSON', () => {
  it.each<[string, readonly string[], string, Record<string, unknown>, number]>([
    ['one object a line', ['{"a":1}\n{"a":2}\n'], 'jsonl', {}, 2],
    ['lines of which one is broken', ['{"a":1}\n{"a":2}\n{"a"\n{"a":4}\n'], 'jsonl', {}, 3],
    ['an array', ['[\n {"a":1},\n {"a":2}\n]'], 'json', {}, 2],
    ['a document over several lines', ['{\n "a": 1\n}\n'], 'json', {}, 1],
    ['documents one behind the other', ['{"a":1}{"a":2}{"a":3}'], 'json', {}, 3],
    ['several on a line', ['{"a":1}\n{"a":2} {"a":3}\n'], 'json', {}, 3],
    ['files of both', ['{"a":1}\n{"a":2}\n', '[{"a":3}]'], 'json', {}, 3],
    ['CloudTrail', ['{"Records": [{"a":1},{"a":2}]}'], 'json', { records: ['Records'] }, 2],
    [
      'GeoJSON',
      [`{"type":"x","metadata":{"n":2},"features":[${'{"a":1},'.repeat(5)}{"a":2}]}`],
      'json',
      { records: ['features'] },
      6,
    ],
    [
      'a list deep in a document',
      ['{"ok":true,"result":{"things":[{"a":1},{"a":2},{"a":3}]}}'],
      'json',
      { records: ['result', 'things'] },
      3,
    ],
    [
      'logs of CloudWatch',
      ['{"owner":"x","logEvents":[{"a":1}]}{"owner":"x","logEvents":[{"a":2}]}'],
      'json',
      { records: ['logEvents'] },
      2,
    ],
    [
      'records that have a list',
      ['{"id":"o1","lines":[{"sku":"a"},{"sku":"b"}]}\n{"id":"o2","lines":[]}\n'],
      'jsonl',
      {},
      2,
    ],
  ])('is seen: %s', (_what, texts, format, words, records) => {
    const finding = found(...texts);
    expect(finding).toMatchObject({ format, records });
    expect(wordsOf(finding)).toEqual(words);
  });

  it('leaves out what the end of a sample cut off', () => {
    const text = `{"Records":[${'{"a":1,"b":{"c":[1,2]}},'.repeat(20)}`;
    for (let end = text.length; end > text.length - 30; end -= 1) {
      const { columns, records } = foundCut(text.slice(0, end));
      expect(records).toBeGreaterThanOrEqual(18);
      expect(columns.map(({ words }) => words['nullable'])).toEqual([undefined, undefined]);
    }
  });

  it.each(['[log] started\n[log] ended\n', '{not json}\n', '{"a":1,}\n', '['.repeat(5000)])(
    'is none for %j',
    (text) => {
      expect(['json', 'jsonl']).not.toContain(found(text).format);
    },
  );

  it('has no columns for lists of values', () => {
    expect(found('[1,2,3]').columns).toEqual([]);
    expect(found('[[1,"a"],[2,"b"]]').columns).toEqual([]);
  });
});

describe('the members of JSON', () => {
  it('are columns by their values', () => {
    const text = lines(9, (i) =>
      JSON.stringify({
        id: `${i}`,
        n: i,
        price: i / 4,
        ok: i % 2 === 0,
        at: '2026-01-20T05:00:00Z',
        seen: 1768885200123 + i,
        day: 'Jun 12 1998',
        list: [i],
        mix: i % 2 ? 'x' : 1,
        nil: null,
        ...(i > 1 ? { rare: 'x' } : {}),
      }),
    );
    expect(columnsOf(found(text))).toEqual({
      id: { type: 'string' },
      n: { type: 'integer' },
      price: { type: 'decimal', precision: 18, scale: 2 },
      ok: { type: 'boolean' },
      at: { type: 'timestamp' },
      seen: { type: 'timestamp', read: { epoch: 'ms' } },
      day: { type: 'date', read: { format: '%b %d %Y' } },
      list: { type: 'json' },
      mix: { type: 'json' },
      nil: { type: 'json', nullable: true },
      rare: { type: 'string', nullable: true },
    });
  });

  it('keep the digits of their numbers', () => {
    expect(
      columnsOf(found('{"a":9007199254740993,"b":123456789012345678901234567890,"c":0.10000000000000000555}')),
    ).toEqual({
      a: { type: 'integer' },
      b: { type: 'decimal', precision: 38, scale: 0 },
      c: { type: 'decimal', precision: 38, scale: 20 },
    });
  });

  it('are taken apart where nested objects are alike, and kept whole where they are not', () => {
    const text = lines(20, (i) =>
      JSON.stringify({ who: { name: 'a', geo: { lat: 1.5 } }, meta: { [`k${i}`]: i }, any: i % 2 ? { a: 1 } : [1] }),
    );
    expect(columnsOf(found(text))).toEqual({
      who_name: { type: 'string', from: ['who', 'name'] },
      who_geo_lat: { type: 'decimal', precision: 18, scale: 1, from: ['who', 'geo', 'lat'] },
      meta: { type: 'json' },
      any: { type: 'json' },
    });
  });

  it('of an export of DynamoDB are its attributes', () => {
    const text = lines(6, (i) =>
      JSON.stringify({
        Item: { pk: { S: 'a' }, n: { N: `${i}` }, m: { M: { x: { N: '1' } } }, o: i % 2 ? { NULL: true } : { S: 'v' } },
      }),
    );
    expect(columnsOf(found(text))).toEqual({
      pk: { type: 'string', from: ['Item', 'pk', 'S'] },
      n: { type: 'integer', from: ['Item', 'n', 'N'] },
      m: { type: 'json', from: ['Item', 'm', 'M'] },
      o: { type: 'string', nullable: true, from: ['Item', 'o', 'S'] },
    });
  });

  it('are optional where a file lacks them', () => {
    expect(columnsOf(found('{"id":1}\n{"id":2}\n', '{"id":3,"coupon":"x"}\n'))).toEqual({
      id: { type: 'integer' },
      coupon: { type: 'string', optional: true },
    });
  });

  it('have names that a definition allows, and say where they come from', () => {
    const text = '{"$id":1,"__proto__":2,"a\\"b":3,"2019":4,"":5,"A":6,"a":7}\n';
    const finding = found(text);
    expect(columnsOf(finding)).toEqual({
      $id: { type: 'integer', from: ['$id'] },
      proto: { type: 'integer', from: '__proto__' },
      a_b: { type: 'integer', from: 'a"b' },
      column_2019: { type: 'integer', from: '2019' },
      A: { type: 'integer' },
      a_2: { type: 'integer', from: 'a' },
    });
    // What has no name cannot be declared.
    expect(finding.source).toMatchObject([{ key: 'extraColumns', value: 'ignore' }]);
  });
});

function foundCut(text: string) {
  return findInText([{ name: 'cut', head: text, cut: true, pieces: [], end: null }]);
}
