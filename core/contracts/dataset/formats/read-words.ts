import { z } from 'zod';
import { isTimeZone } from '../time-zone';
import { strptimeSchema } from './strptime';

/** How the text of a column's values is read, by type. Each type has its own words, and others are refused. */

/** A word that takes one text or a list of them. */
const textOrList = <T extends z.ZodType<string[]>>(list: T) =>
  z.preprocess((given: string | readonly string[]): unknown => (typeof given === 'string' ? [given] : given), list);

const texts = z.array(z.string().min(1).max(100)).min(1).max(50);
/** Values that mean NULL, beside those of `csv.nullValues`; quoted ones too. */
const nullValues = z.array(z.string().max(100)).min(1).max(50).optional();

const NUMBER_SIGN = 'expected one character that is no letter, digit, sign or line end';
const mark = z.string().regex(/^[^\p{L}\p{N}+\-\r\n\0]$/u, { error: NUMBER_SIGN });
const numeric = {
  nullValues,
  /** Between groups of three digits, like `.` in `1.234.567`. Default: there is none. */
  group: mark.optional(),
  /** Texts that are taken off either end, with the blanks there, like `€`. */
  strip: textOrList(
    texts.refine((all) => all.every((text) => /[^\d\s.,+\-eE]/.test(text)), {
      error: 'expected texts that are no part of a number, like € or kg',
    }),
  ).optional(),
};
const fraction = {
  ...numeric,
  /** Before the fraction. Default `.`. */
  decimal: mark.optional(),
};

export const readText = z.strictObject({ nullValues });
export const readInteger = z.strictObject(numeric);
export const readFraction = z.strictObject(fraction).superRefine(({ decimal = '.', group }, context) => {
  if (group === decimal)
    context.addIssue({
      code: 'custom',
      path: ['group'],
      message: `expected another character than that before the fraction, ${JSON.stringify(decimal)} (read.decimal)`,
      input: group,
    });
});
export const readBoolean = z
  .strictObject({
    nullValues,
    /** Values that are true, in place of `true`. */
    true: texts.optional(),
    /** Values that are false, in place of `false`. */
    false: texts.optional(),
  })
  .superRefine((read, context) => {
    const truths = read.true ?? ['true'];
    for (const [i, text] of (read.false ?? []).entries())
      if (truths.includes(text))
        context.addIssue({
          code: 'custom',
          path: ['false', i],
          message: 'expected a value that does not mean true as well',
          input: text,
        });
  });
const EPOCHS = ['s', 'ms', 'us', 'ns'] as const;
export const readTimestamp = z
  .strictObject({
    nullValues,
    /** How it is written, in DuckDB's strptime specifiers: one, or several of which the first that fits counts. Default ISO 8601. */
    format: textOrList(z.array(strptimeSchema).min(1).max(20)).optional(),
    /** That it is a number, or text of one: seconds, milli-, micro- or nanoseconds since 1970; nanoseconds are cut downwards. */
    epoch: z.enum(EPOCHS).optional(),
    /** Time zone of values without an offset (IANA name). A local time that comes twice is the first. Default UTC. */
    timeZone: z.string().refine(isTimeZone, { error: 'expected an IANA time zone like Europe/Berlin' }).optional(),
  })
  .superRefine(({ format, epoch, timeZone }, context) => {
    if (epoch === undefined) return;
    const message = 'expected none beside epoch, which is a number of UTC';
    for (const [path, input] of Object.entries({ format, timeZone }))
      if (input !== undefined) context.addIssue({ code: 'custom', path: [path], message, input });
  });
export const readDate = z.strictObject({
  nullValues,
  /** As that of a timestamp. */
  format: textOrList(z.array(strptimeSchema).min(1).max(20)).optional(),
});
