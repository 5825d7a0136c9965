import { defineDataset, type Dataset, type DatasetInput } from '../../lambdas/contracts/dataset';
import { upstreamProblems } from '../../lambdas/domain/upstream-checks';

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
