import { foldersAbove, kindOfKey, tableFoldersIn, tableOf } from '../../../../core/domain/source/never-data';

const PREFIX = 'in/2026/01/20/';

describe('a key below a prefix', () => {
  it.each<[string, ReturnType<typeof kindOfKey>]>([
    ['a.csv', 'file'],
    ['deep/er/a.csv', 'file'],
    ['a_b.c', 'file'],
    ['sub/', 'folder'],
    ['sub_$folder$', 'folder'],
    ['_temporary/', 'folder'],
    ['_SUCCESS', 'hidden'],
    ['.part-0.crc', 'hidden'],
    ['deep/_committed_1', 'hidden'],
    ['_temporary/0/a.csv', 'hidden'],
    ['deep/.spark-staging-1/a.csv', 'hidden'],
    ['_day=20/a.csv', 'file'],
    ['_day=20/_a.csv', 'hidden'],
    ['_day=20.csv', 'hidden'],
    ['.day=20/a.csv', 'hidden'],
  ])('%s is %s', (rest, kind) => {
    expect(kindOfKey(`${PREFIX}${rest}`, PREFIX)).toBe(kind);
  });

  it.each<[string, string, ReturnType<typeof kindOfKey>]>([
    ['_raw/.new/2026/', '_raw/.new/2026/a.csv', 'file'],
    ['in/orders', 'in/orders_2.csv', 'file'],
    ['in/orders', 'in/orders.new/a.csv', 'file'],
    ['in/_or', 'in/_orders.csv', 'hidden'],
    ['in/_or', 'in/_orders/a.csv', 'hidden'],
    ['in/_or', 'in/_or=1/a.csv', 'file'],
    ['', '_a.csv', 'hidden'],
  ])(
    'below %p, %p is %s: what the prefix names is not asked, what it cuts in two judged whole',
    (prefix, key, kind) => {
      expect(kindOfKey(key, prefix)).toBe(kind);
    },
  );
});

describe('a table of a table format', () => {
  it.each([
    ['_delta_log/0.json', 'Delta Lake'],
    ['a/b/_delta_log/x/0.json', 'Delta Lake'],
    ['.hoodie/hoodie.properties', 'Apache Hudi'],
    ['metadata/v2.metadata.json', 'Apache Iceberg'],
    ['x/metadata/00001-a.metadata.json', 'Apache Iceberg'],
    ['_hidden/metadata/v1.metadata.json', 'Apache Iceberg'],
    ['metadata/a.json', undefined],
    ['metadata/deep/v1.metadata.json', undefined],
    ['_delta_log', undefined],
    ['my_delta_log/0.json', undefined],
  ])('%s tells of %p', (rest, format) => {
    expect(tableOf(`${PREFIX}${rest}`, PREFIX)?.format).toBe(format);
  });

  it('is not what the prefix itself names: who asks for a log gets it', () => {
    expect(tableOf('t/_delta_log/0.json', 't/_delta_log/')).toBeUndefined();
  });

  it('keeps its own in one of three folders', () => {
    expect(tableFoldersIn('t/')).toEqual(['t/_delta_log/', 't/.hoodie/', 't/metadata/']);
  });
});

test('the folders above a prefix are named from the nearest on', () => {
  expect(foldersAbove('a/b/c/')).toEqual(['a/b/', 'a/', '']);
  expect(foldersAbove('a/b/c')).toEqual(['a/b/', 'a/', '']);
  expect(foldersAbove('')).toEqual([]);
});
