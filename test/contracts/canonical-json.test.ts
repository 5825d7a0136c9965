import * as fc from 'fast-check';
import { canonicalJson } from '../../lambdas/contracts/canonical-json';

describe('canonicalJson', () => {
  it('gives equal text for equal values, in whatever order their members stand', () => {
    const shuffle = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffle);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, shuffle(member)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffle(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('leaves out members that are undefined, and keeps the order of arrays', () => {
    expect(canonicalJson({ b: [2, 1], a: undefined, A: null })).toBe('{"A":null,"b":[2,1]}');
  });

  it.each([
    ['undefined', undefined],
    ['a bigint', { n: 1n }],
    ['a function', { f: () => 1 }],
    ['a symbol', Symbol('s')],
    ['NaN', { n: Number.NaN }],
    ['Infinity', [Infinity]],
    ['undefined in an array', [undefined]],
    ['a map', { m: new Map([[1, 2]]) }],
    ['a set', new Set([1])],
  ])('refuses %s rather than hash something else', (_what, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('does not hang on a cycle', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(() => canonicalJson(cycle)).toThrow(RangeError);
  });
});
