import { isStuck, nextAttemptAfter, planDelivery, type Owed } from '../../lambdas/domain/delivery-plan';

const NOW = new Date('2026-01-20T06:30:00.000Z');
const owed = (part: Partial<Owed> = {}): Owed => ({
  dataset: 'flights',
  channel: 'default',
  since: '2026-01-20T06:00:00.000Z',
  nextAttemptAt: undefined,
  notBefore: undefined,
  kind: 'ending',
  ...part,
});
const many = (count: number, part: Partial<Owed> = {}) => Array.from({ length: count }, () => owed(part));
const later = '2026-01-20T06:31:00.000Z';

describe('what is posted', () => {
  const sizes = (all: readonly Owed[]) =>
    planDelivery(all, NOW).map(({ channel, units }) => [channel, units.map((unit) => unit.length)]);

  it.each<[string, Owed[], unknown]>([
    ['nothing', [], []],
    ['up to five endings one by one', many(5), [['default', [1, 1, 1, 1, 1]]]],
    ['more in one summary', many(6), [['default', [6]]]],
    ['a great many in several', many(900), [['default', [400, 400, 100]]]],
    ['each dataset for itself', [...many(6), owed({ dataset: 'other' })], [['default', [6, 1]]]],
    ['overdue runs never in a summary', many(7, { kind: 'overdue' }), [['default', [1, 1, 1, 1, 1, 1, 1]]]],
    ['runs without a dataset together', many(6, { dataset: null }), [['default', [6]]]],
    ['nothing in a channel where nothing is due', many(6, { nextAttemptAt: later }), []],
    ['everything in a channel where something is', [owed(), ...many(6, { nextAttemptAt: later })], [['default', [7]]]],
    [
      'nothing before the Retry-After of any message of the channel',
      [owed(), owed({ notBefore: later }), owed({ channel: 'other' })],
      [['other', [1]]],
    ],
  ])('%s', (_what, all, expected) => {
    expect(sizes(all)).toEqual(expected);
  });

  it('goes out in the order in which it happened', () => {
    const [first, second] = [owed({ since: '2026-01-20T05:00:00.000Z' }), owed()];
    expect(planDelivery([second, first], NOW)[0]?.units).toEqual([[first], [second]]);
  });
});

it.each([
  [1, false, 9],
  [2, false, 19],
  [3, false, 39],
  [4, false, 59],
  [9, false, 59],
  [1, true, 59],
])('after %i attempts (refused: %s) the next is made after %i minutes', (attempts, refused, minutes) => {
  expect(nextAttemptAfter(attempts, NOW, refused).getTime() - NOW.getTime()).toBe(minutes * 60_000);
});

it.each([
  ['2026-01-20T06:00:01.000Z', false, false],
  ['2026-01-20T06:00:00.000Z', false, true],
  ['2026-01-20T06:29:00.000Z', true, true],
])('a message since %s (refused: %s) is stuck: %s', (since, refused, stuck) => {
  expect(isStuck({ since, refused }, NOW)).toBe(stuck);
});
