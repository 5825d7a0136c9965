import fc from 'fast-check';
import { z } from 'zod';
import { sizeOf } from '../../asl-lint/flow/size';
import { shapeOf } from '../../asl-lint/shapes';
import { STEP_SHAPES } from '../../asl-lint/step-shapes';
import { withinBytes } from '../../core/contracts/batch/bounds';
import { MAX_BACKFILL_ITEMS, planBackfillOutputSchema } from '../../core/contracts/backfill/backfill';
import { batchResultSchema } from '../../core/contracts/run/steps';

const size = (schema: z.ZodType) => sizeOf(shapeOf(schema), 'has no bound');
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('the size of what a schema lets pass', () => {
  const schema = z.object({
    text: z.string().max(20),
    plain: z
      .string()
      .max(9)
      .regex(/^[a-z.-]+$/),
    either: z.union([z.literal('one'), z.null(), z.boolean()]),
    code: z.enum(['a', 'b', 'c', 'd', 'e', 'f', 'gggggg']),
    at: z.iso.datetime().max(40),
    whole: z.int(),
    small: z.int().min(-5).max(500),
    real: z.number(),
    list: z.array(z.object({ text: z.string().max(3) })).max(4),
    gone: z.string().max(2).optional(),
  });
  // Whatever takes most: control characters, quotes, halves of pairs, letters of all scripts.
  const nasty = (maxLength: number) =>
    fc.string({ unit: fc.constantFrom('a', '"', '\\', '\u0000', '\u007f', 'ß', '中', '\uD800', '\u2028'), maxLength });

  test('is never less than what a value takes', () => {
    const { bytes: most, unbounded } = size(schema);
    expect(unbounded).toBeUndefined();
    fc.assert(
      fc.property(
        fc.record({
          text: nasty(20),
          plain: fc.string({ unit: fc.constantFrom('a', '.', '-'), minLength: 1, maxLength: 9 }),
          either: fc.constantFrom('one', null, true, false),
          code: fc.constantFrom('a', 'gggggg'),
          at: fc.constantFrom('2026-01-20T05:00:00.000Z', '2026-01-20T05:00:00.1234567890123456789Z'),
          whole: fc.maxSafeInteger(),
          small: fc.integer({ min: -5, max: 500 }),
          real: fc.double({ noNaN: true, noDefaultInfinity: true }),
          list: fc.array(fc.record({ text: nasty(3) }), { maxLength: 4 }),
          gone: fc.option(nasty(2), { nil: undefined }),
        }),
        (value) => {
          expect(schema.safeParse(value).error?.issues ?? []).toEqual([]);
          expect(bytes(value)).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  test.each<[string, z.ZodType, number]>([
    ['a text of any characters', z.string().max(10), 62],
    [
      'a text of plain ones',
      z
        .string()
        .max(10)
        .regex(/^[A-Za-z0-9_./~-]*$/),
      12,
    ],
    ['a pattern that lets anything pass', z.string().max(10).regex(/^a.b$/), 62],
    [
      'a pattern for a part only',
      z
        .string()
        .max(10)
        .regex(/[a-z]+/),
      62,
    ],
    [
      'a pattern that names what it does not let pass',
      z
        .string()
        .max(10)
        .regex(/^[^a]+$/),
      62,
    ],
    [
      'a pattern with quotes',
      z
        .string()
        .max(10)
        .regex(/^["a]+$/),
      62,
    ],
    ['a list', z.array(z.boolean()).max(3), 2 + 3 * 6],
    ['what a check of its own bounds', withinBytes(z.array(z.string()), 1000), 1000],
  ])('%s', (_what, one, expected) => {
    expect(size(one)).toEqual({ bytes: expected, unbounded: undefined });
  });

  test.each<[string, z.ZodType, string]>([
    ['a text', z.object({ a: z.object({ b: z.string() }) }), '$.a.b'],
    ['a text in one alternative', z.union([z.object({ a: z.string() }), z.object({ b: z.null() })]), '$.a'],
    ['a list', z.object({ a: z.array(z.boolean()) }), '$.a'],
    ['a text in a list', z.array(z.string()).max(3), '$[*]'],
    ['anything', z.object({ a: z.unknown() }), '$.a'],
    ['names that are not known', z.object({ a: z.record(z.string(), z.null()) }), '$.a'],
  ])('%s without a maximum has no bound, and the path says where', (_what, one, path) => {
    expect(size(one).unbounded).toBe(path);
  });
});

test('a check of its own refuses what takes more', () => {
  const schema = withinBytes(z.array(z.string()), 20);
  expect(schema.safeParse(['0123456789']).success).toBe(true);
  expect(schema.safeParse(['0123456789', '0123456789']).error?.issues[0]?.message).toBe(
    'expected at most 20 bytes of JSON',
  );
});

test('every step of both machines has a bound far below 256 KiB, but for the plan of a backfill, which fits with the cause of an error', () => {
  const sizes = Object.entries(STEP_SHAPES).map(([step, shape]) => [step, sizeOf(shape, 'has no bound')] as const);
  expect(sizes.filter(([, { unbounded }]) => unbounded !== undefined)).toEqual([]);
  const large = sizes.filter(([, { bytes: most }]) => most > 140_000);
  expect(large.map(([step]) => step)).toEqual(['PlanBackfill']);
  expect(large[0]![1].bytes + 33_000).toBeLessThan(256 * 1024);
});

test('the longest plan that a backfill may have is let pass', () => {
  const items = Array.from({ length: MAX_BACKFILL_ITEMS / 60 }, () => ({
    dataset: 'd'.repeat(30),
    partition: '2026-01-20T05',
  }));
  const waves = Array.from({ length: 60 }, () => ({ reprocess: false, publications: 12, items }));
  const output = {
    planned: true,
    anyMissing: true,
    planKey: 'backfills/b/plan.json',
    backfillId: 'b'.repeat(97),
    childPrefix: '0123456789abcdef',
    waves,
  };
  expect(planBackfillOutputSchema.safeParse(output).error?.issues ?? []).toEqual([]);
});

test('500 batches that all failed leave less than a state takes', () => {
  const one = batchResultSchema.parse({ index: 499, state: 'ValidateBatch', error: 'E'.repeat(256) });
  expect(bytes(Array.from({ length: 500 }, () => one))).toBeLessThan(200_000);
});
