import * as fc from 'fast-check';
import { canonicalJson } from '../../../core/contracts/canonical-json';

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

  it('gives the text whose hashes stand in the ledgers', () => {
    const sorted = (_key: string, member: unknown): unknown => {
      if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
      return Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    };
    const key = fc.oneof(fc.string(), fc.nat().map(String), fc.constantFrom('01', '1.5', '1e3', '4294967295', '-1'));
    const value = fc.letrec((tie) => ({
      node: fc.oneof(fc.jsonValue(), fc.array(tie('node')), fc.dictionary(key, tie('node'), { maxKeys: 6 })),
    })).node;
    fc.assert(fc.property(value, (one) => expect(canonicalJson(one)).toBe(JSON.stringify(one, sorted))));
    const dated = { at: new Date('2026-01-20T05:00:00Z') };
    expect(canonicalJson(dated)).toBe(JSON.stringify(dated));
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
