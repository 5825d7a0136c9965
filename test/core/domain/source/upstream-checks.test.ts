import { defineDataset, type Dataset, type DatasetInput } from '../../../../core/contracts/dataset/dataset';
import { upstreamProblems } from '../../../../core/domain/source/upstream-checks';

type Part = Omit<Partial<DatasetInput>, 'calendar'> & { readonly hours?: number[] };

function of(name: string, cadence: 'hourly' | 'daily', { hours, ...part }: Part = {}): Dataset {
  return defineDataset({
    name,
    owner: 'tests',
    cadence,
    calendar: { firstPartition: cadence === 'hourly' ? '2026-01-01T00' : '2026-01-01', ...(hours && { hours }) },
    source: { bucket: 'vendor', prefix: `{yyyy}/{MM}/{dd}/${cadence === 'hourly' ? '{HH}/' : ''}`, format: 'csv' },
    empty: 'fault',
    columns: { id: { type: 'string' } },
    ...part,
  });
}
const problems = (...datasets: Dataset[]) => Object.fromEntries(upstreamProblems(datasets));

test('upstreams that are there and come in time are no problem', () => {
  expect(problems(of('a', 'hourly'), of('b', 'hourly', { upstreams: ['a'] }))).toEqual({});
});

test('an upstream that is not declared is named, with those that are', () => {
  expect(problems(of('a', 'hourly'), of('b', 'hourly'), of('c', 'hourly', { upstreams: ['a', 'x'] }))).toEqual({
    c: 'upstreams.1.dataset: got "x", expected one of a, b',
  });
  expect(problems(of('c', 'hourly', { upstreams: ['x'] }))).toEqual({
    c: 'upstreams.0.dataset: got "x", expected one that is declared, and no other is',
  });
});

test('a circle is named once, whole, wherever it is entered', () => {
  const datasets = [
    of('start', 'hourly', { upstreams: ['b'] }),
    of('a', 'hourly', { upstreams: ['c'] }),
    of('b', 'hourly', { upstreams: ['a'] }),
    of('c', 'hourly', { upstreams: ['b'] }),
  ];
  expect(problems(...datasets)).toEqual({
    a: 'upstreams.0.dataset: got "c", expected no circle: a waits for c waits for b waits for a',
  });
});

describe('a deadline', () => {
  it.each([
    // The day is over 23 hours after the hour 00, and available 15 minutes later.
    ['an hour that waits for its day', 1395, of('u', 'daily'), of('d', 'hourly', { upstreams: ['u'] })],
    [
      'late hours that wait for their day',
      135,
      of('u', 'daily'),
      of('d', 'hourly', { hours: [23, 21], upstreams: ['u'] }),
    ],
    [
      'a day that waits for its hours',
      90,
      of('u', 'hourly', { availableMinutes: 90 }),
      of('d', 'daily', { upstreams: ['u'] }),
    ],
    [
      'an hour that waits for an hour',
      90,
      of('u', 'hourly', { availableMinutes: 90 }),
      of('d', 'hourly', { upstreams: ['u'] }),
    ],
  ])('of %s must be more than %d minutes', (_what, minutes, upstream, downstream) => {
    const withDeadline = (deadlineMinutes: number) => problems(upstream, { ...downstream, deadlineMinutes });
    expect(withDeadline(minutes)).toEqual({
      d: `deadlineMinutes: got ${minutes}, expected more than ${minutes}, because no earlier than that upstream u can be published`,
    });
    expect(withDeadline(minutes + 1)).toEqual({});
  });

  it('of an hour that waits for the latest day must allow for that of the day before', () => {
    const latest = { dataset: 'u', partition: 'latest' } as const;
    const late = of('u', 'daily', { availableMinutes: 200, deadlineMinutes: 300 });
    // The hour 23 waits for its own day: 200 minutes; the hour 00 for the day before: 140.
    const waiting = (hours: number[], deadlineMinutes: number) =>
      problems(late, of('d', 'hourly', { hours, upstreams: [latest], deadlineMinutes }));
    expect(waiting([23, 0], 200)).toMatchObject({ d: expect.stringContaining('more than 200, because') as string });
    expect(waiting([23, 0], 201)).toEqual({});
    expect(waiting([0], 140)).toMatchObject({ d: expect.stringContaining('more than 140, because') as string });
    expect(waiting([0], 141)).toEqual({});
  });

  it('of an hour that waits for the latest of some hours counts from that one', () => {
    const some = of('u', 'hourly', { hours: [3, 20], availableMinutes: 1200, deadlineMinutes: 1300 });
    const upstreams = [{ dataset: 'u', partition: 'latest' }] as const;
    // The hour 00 waits for the hour 20 of the day before, which is over four hours earlier; the hour 03 for itself.
    const waiting = (hour: number, deadlineMinutes: number) =>
      problems(some, of('d', 'hourly', { hours: [hour], upstreams: [...upstreams], deadlineMinutes }));
    expect(waiting(0, 960)).toMatchObject({ d: expect.stringContaining('more than 960, because') as string });
    expect(waiting(0, 961)).toEqual({});
    expect(waiting(3, 1200)).toMatchObject({ d: expect.stringContaining('more than 1200, because') as string });
  });

  it('of a day that waits for early hours is no matter of theirs', () => {
    const early = of('u', 'hourly', { hours: [3], availableMinutes: 100 });
    expect(problems(early, of('d', 'daily', { upstreams: ['u'], deadlineMinutes: 20 }))).toEqual({});
  });

  it('counts what the upstream itself waits for, by the hour', () => {
    const days = of('days', 'daily', { availableMinutes: 200, deadlineMinutes: 300 });
    const hours = of('hours', 'hourly', { upstreams: ['days'], deadlineMinutes: 1700 });
    const sums = of('sums', 'daily', { upstreams: ['hours'], deadlineMinutes: 200 });
    expect(problems(days, hours, sums)).toEqual({
      sums: expect.stringMatching(
        /^deadlineMinutes: got 200, expected more than 200, .* upstream hours can be/,
      ) as string,
    });
    expect(problems(days, hours, { ...sums, deadlineMinutes: 201 })).toEqual({});
  });
});

describe('a column that refers to another dataset', () => {
  const flights = (column: string, part: DatasetInput['columns'][string] = { type: 'string' }) =>
    of('flights', 'hourly', {
      upstreams: ['airports'],
      columns: { origin: { ...part, references: { dataset: 'airports', column } } as typeof part },
    });
  const columns: DatasetInput['columns'] = {
    iata: { type: 'string' },
    number: { type: 'integer' },
    height: { type: 'decimal', precision: 5, scale: 1 },
  };
  const airports = (part: Part = {}) => of('airports', 'hourly', { columns, ...part });

  it.each([
    ['of the same type', 'iata', { type: 'string' }],
    ['of integers, from a decimal', 'number', { type: 'decimal', precision: 3, scale: 0 }],
    ['of decimals with other digits', 'height', { type: 'decimal', precision: 9, scale: 3 }],
  ] as const)('may name one %s', (_what, column, part) => {
    expect(problems(airports(), flights(column, part))).toEqual({});
  });

  it.each([
    ['toString', 'string', 'one that airports publishes: iata, number, height'],
    ['number', 'string', 'a column of type string, and that is integer'],
    ['iata', 'integer', 'a column of type integer, and that is string'],
    ['iata', 'date', 'a column of type date, and that is string'],
  ] as const)('may not name %s from a column of type %s', (column, type, expected) => {
    expect(problems(airports(), flights(column, { type }))).toEqual({
      flights: `columns.origin.references.column: got "${column}", expected ${expected}`,
    });
  });

  it('may not name a dataset that is published as text', () => {
    expect(problems(airports({ output: { format: 'csv' } }), flights('iata'))).toEqual({
      flights:
        'columns.origin.references.dataset: got "airports", expected a dataset that is published as parquet, and that one is as csv',
    });
  });

  it('is about what a transform gives, as far as that is declared', () => {
    const code = { code: 'process.ts', columns: { town: { type: 'string' } } } as const;
    expect(problems(airports({ transform: code }), flights('town'))).toEqual({});
    expect(problems(airports({ transform: code }), flights('iata'))).toEqual({
      flights: 'columns.origin.references.column: got "iata", expected one that airports publishes: town',
    });
    expect(problems(airports({ transform: { sql: 'SELECT iata AS town FROM records' } }), flights('town'))).toEqual({});
  });
});
