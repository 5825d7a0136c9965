import { nameOfDataset } from '../../../../core/domain/infer/name-of-dataset';
import { guessLayout, guessSuffix, localKey } from '../../../../core/domain/infer/guess-layout';

describe('the layout of keys', () => {
  it.each([
    [
      'AWSLogs/1/CloudTrail/eu-west-1/2026/01/20/1_CloudTrail_20260120T0005Z_abc.json.gz',
      'AWSLogs/1/CloudTrail/eu-west-1/{yyyy}/{MM}/{dd}/',
      'daily',
    ],
    ['fh/2026/01/20/05/s-1-2026-01-20-05-00-00-uuid', 'fh/{yyyy}/{MM}/{dd}/{HH}/', 'hourly'],
    ['cf/E2ABC.2026-01-20-05.abcd.gz', 'cf/E2ABC.{yyyy}-{MM}-{dd}-{HH}', 'hourly'],
    ['sales/dt=2026-01-20/region=eu/p.parquet', 'sales/dt={yyyy}-{MM}-{dd}/', 'daily'],
    ['sales/dt=2026-01-20/hr=05/p.parquet', 'sales/dt={yyyy}-{MM}-{dd}/hr={HH}/', 'hourly'],
    ['x/year=2026/month=1/day=5/hour=3/a.csv', 'x/year={yyyy}/month={M}/day={d}/hour={H}/', 'hourly'],
    ['x/year=2026/month=12/day=05/a.csv', 'x/year={yyyy}/month={MM}/day={dd}/', 'daily'],
    ['a/2026/1/5/x.csv', 'a/{yyyy}/{M}/{d}/', 'daily'],
    ['a/2026/01/o_2026-01-20.csv', 'a/{yyyy}/{MM}/o_{yyyy}-{MM}-{dd}', 'daily'],
    ['b/20260120/05/x.csv', 'b/{yyyy}{MM}{dd}/{HH}/', 'hourly'],
    ['orders_20260120.csv', 'orders_{yyyy}{MM}{dd}', 'daily'],
  ])('is seen in %s', (key, prefix, cadence) => {
    expect(guessLayout([key])).toMatchObject({ prefixes: [prefix], cadence });
  });

  it('takes the time at which a file was written for no hour of its data, and says so', () => {
    expect(guessLayout(['logs/2026-01-20-05-12-34-ABCDEF'])).toMatchObject({
      prefixes: ['logs/{yyyy}-{MM}-{dd}'],
      cadence: 'daily',
      hourly: 'logs/{yyyy}-{MM}-{dd}-{HH}',
    });
  });

  it('has a prefix for each place, and begins with the earliest', () => {
    expect(guessLayout(['l/eu/2026/01/21/a', 'l/us/2026/01/20/a', 'l/eu/2026/01/20/b'])).toMatchObject({
      prefixes: ['l/eu/{yyyy}/{MM}/{dd}/', 'l/us/{yyyy}/{MM}/{dd}/'],
      firstPartition: '2026-01-20',
    });
  });

  it.each(['a.csv', 'x/2026-13-40/a', 'x/12026-01-20b', '192.168.1.1.log', 'x/1920-02-01/a'])(
    'is none in %s',
    (key) => {
      expect(guessLayout([key])).toBeNull();
    },
  );

  it('of files of this machine begins at the folder before the date', () => {
    expect(localKey('/home/me/in/2026/01/20/a.csv')).toBe('in/2026/01/20/a.csv');
    expect(localKey('../downloads/orders_20260120.csv')).toBe('orders_20260120.csv');
    expect(localKey('C:\\data\\a.csv')).toBe('a.csv');
  });
});

describe('the suffix of keys', () => {
  it('is what all have, where it promises what they hold', () => {
    expect(guessSuffix(['a.csv.gz', 'b.csv.gz'], 'csv', 'gzip')).toEqual({ suffix: '.csv.gz' });
    expect(guessSuffix(['a.csv', 'b.tsv'], 'csv', 'none')).toBeNull();
    expect(guessSuffix(['a-1', 'a-2'], 'json', 'none')).toBeNull();
    expect(guessSuffix(['a.csv'], 'parquet', 'none')).toEqual({ wrong: 'named .csv, but what they hold is parquet' });
    expect(guessSuffix(['a.csv.gz'], 'csv', 'none')).toEqual({ wrong: 'named .csv.gz, but their compression is none' });
  });
});

describe('the name of a dataset', () => {
  it.each([
    ['AWSLogs/1/CloudTrail/2026/01/20/x.gz', 'cloudtrail'],
    ['in/2026/01/20/orders_20260120.csv', 'orders'],
    ['sales/dt=2026-01-20/part-00000.parquet', 'sales'],
    ['2026/01/20/05/a', 'dataset'],
    ['Kundenbestellungen-aus-dem-Altsystem/2026-01-20.csv', 'kundenbestellungen-aus-dem-alt'],
  ])('comes of its folders or files: %s', (key, name) => {
    expect(nameOfDataset(key, false)).toBe(name);
  });
});
