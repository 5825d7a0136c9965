import fc from 'fast-check';
import { mostOf, overLimit } from '../../../../core/domain/batch/tolerance';

describe('a share', () => {
  it.each([
    [0.29, 100, 29],
    [0.1, 10, 1],
    [0.3, 10, 3],
    [1 / 3, 3, 1],
    [0.01, 99, 0],
    [0, 7, 0],
    [1, 7, 7],
    [0.5, 0, 0],
  ])('of %f of %i is at most %i', (share, all, most) => {
    expect(mostOf(share, all)).toBe(most);
  });

  it('allows just what is no more than it', () => {
    const counts = fc.integer({ min: 1, max: 100_000 }).chain((all) => fc.tuple(fc.nat(all), fc.constant(all)));
    fc.assert(
      fc.property(counts, ([some, all]) => {
        expect(mostOf(some / all, all)).toBe(some);
      }),
    );
  });
});

it.each<[number | undefined, number | undefined, number, string | null]>([
  [undefined, undefined, 0, null],
  [undefined, undefined, 1, 'none may be'],
  [0, undefined, 1, 'none may be'],
  [3, undefined, 3, null],
  [3, undefined, 4, 'at most 3 may be'],
  [undefined, 0.03, 3, null],
  [undefined, 0.03, 4, 'at most 3 % may be'],
  [9, 0.03, 4, 'at most 3 % may be'],
  [2, 0.5, 3, 'at most 2 may be'],
  [undefined, 0, 1, 'none may be'],
])('a limit of %p and a share of %p: %i of 100 are %p', (most, share, some, why) => {
  expect(overLimit({ most, share }, some, 100)).toBe(why);
});
