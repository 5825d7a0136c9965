import { z } from 'zod';
import { describeProblems, problemsOf, renderValue } from '../../../core/contracts/problems';

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

describe('a value in a message', () => {
  it.each<[unknown, string]>([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a "b"\n', '"a \\"b\\"\\n"'],
    [10n, '10n'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [Symbol('s'), 'Symbol(s)'],
    [{ n: 1n }, '[object Object]'],
    [cycle, '[object Object]'],
    [[1, { a: 2 }], '[1,{"a":2}]'],
  ])('%p reads %s', (value, text) => {
    expect(renderValue(value)).toBe(text);
  });

  it('is its type when it refuses to be rendered', () => {
    const refusing = {
      toJSON() {
        throw new Error('no');
      },
    };
    expect(renderValue(refusing)).toBe('[object Object]');
  });

  it('is cut to a recognisable beginning, never through the middle of a character', () => {
    expect(renderValue('x'.repeat(1000))).toBe(`"${'x'.repeat(79)}…`);
    const text = renderValue(`${'x'.repeat(78)}😀😀`);
    expect(text).toBe(`"${'x'.repeat(78)}…`);
    expect(text.isWellFormed()).toBe(true);
  });
});

describe('problems', () => {
  const schema = z.strictObject({
    count: z.int().min(1),
    kind: z.discriminatedUnion('type', [z.object({ type: z.literal('a') }), z.object({ type: z.literal('b') })]),
    names: z.record(z.string().regex(/^[a-z]+$/, { error: 'expected small letters' }), z.string()),
  });
  const describeAll = (input: unknown) => {
    const parsed = schema.safeParse(input, { reportInput: true });
    return parsed.success ? '' : describeProblems(problemsOf(parsed.error));
  };

  it('name field, value and expectation, without the words of the library', () => {
    expect(describeAll({ count: 0, kind: { type: 'c' }, names: { A: 'x' }, more: 1, most: undefined })).toBe(
      [
        'count: got 0, expected number to be >=1',
        `kind.type: got "c", expected 'a' | 'b'`,
        'names.A: got "A", expected small letters',
        'more: got 1, expected no such field',
        'most: got nothing, expected no such field',
      ].join('; '),
    );
  });

  it('name the input itself when it is no object', () => {
    expect(describeAll(5)).toBe('(input): got 5, expected object');
  });

  it('name the discriminator when it is missing', () => {
    expect(describeAll({ count: 1, kind: {}, names: {} })).toBe(`kind.type: got nothing, expected 'a' | 'b'`);
  });
});
