import { firstLines, type TextSample } from '../sample';
import { delimitersOf } from './delimiters';
import type { Dialect } from './csv-lines';
import { linesOf, scored, type Scored, type Text } from './score';
import { commentOf, excelSeparator, leadingLines } from './preamble';

/** How the CSV of a sample is written, as far as its first lines tell. */
export interface DialectGuess extends Dialect {
  readonly skipLines: number;
  /** Fields that most records have. */
  readonly fields: number;
  /** Share of the first records that have so many. */
  readonly share: number;
  /** Records that were looked at. */
  readonly records: number;
  /** Records that are broken by a quote. */
  readonly broken: number;
  /** Backslashes that might escape what is behind them, where that is not how it is read. */
  readonly backslashes: number;
  readonly saw: Readonly<Partial<Record<'delimiter' | 'quote' | 'escape' | 'comment' | 'skipLines', string>>>;
}

const FIRST_CHARACTERS = 256 * 1024;

/** The dialect of files that are all written alike; one field a line where nothing separates several. */
export function guessDialect(samples: readonly TextSample[]): DialectGuess {
  const told = samples.map((sample) => excelSeparator(firstLines(sample, 1)[0] ?? '')).find((one) => one !== null);
  const skip = told === undefined || told === null ? 0 : 1;
  const texts = samples.map(({ head, cut }) => ({
    text: head.slice(0, FIRST_CHARACTERS),
    cut: cut || head.length > FIRST_CHARACTERS,
  }));
  const comment = commentOf(samples);
  const base = { quote: '"', escape: 'double', comment: comment?.mark ?? null } as const;
  const score = (dialect: Dialect, prior = 1) => scored(texts, dialect, skip, prior);
  const candidates =
    told === undefined || told === null
      ? delimitersOf(samples).filter(([one]) => !meets(one, comment?.mark))
      : [[told, 1] as const];
  let best: Scored | undefined;
  for (const [delimiter, prior] of candidates) {
    for (const one of variants({ ...base, delimiter }, texts)) {
      const result = score(one, prior);
      if (best === undefined || result.score > best.score) best = result;
    }
  }
  const found = best !== undefined && best.fields > 1 && best.score > 0.15 && best.share > 0.4;
  const delimiter = told ?? (found ? best?.dialect.delimiter : ',');
  const { quote, saw: quoteSaw } = quoteOf({ ...base, delimiter: delimiter ?? ',' }, texts, skip);
  const { escape, saw: escapeSaw } = escapeOf({ ...base, delimiter: delimiter ?? ',', quote }, texts, skip);
  const dialect: Dialect = { delimiter: delimiter ?? ',', quote, escape, comment: base.comment };
  const final = score(dialect);
  const leading = skip > 0 ? skip : leadingLines(samples, dialect, final.fields);
  return {
    ...dialect,
    skipLines: leading,
    fields: final.fields,
    share: final.share,
    records: final.records,
    broken: final.broken,
    backslashes: escape === 'double' ? backslashesIn(texts) : 0,
    saw: {
      ...(skip > 0 ? { delimiter: 'the line sep= of Excel says so' } : { delimiter: delimiterSaw(final) }),
      ...(quoteSaw === null ? {} : { quote: quoteSaw }),
      ...(escapeSaw === null ? {} : { escape: escapeSaw }),
      ...(comment === null ? {} : { comment: comment.saw }),
      ...(leading === 0
        ? {}
        : { skipLines: skip > 0 ? 'the line sep= of Excel' : 'lines with other fields before the records' }),
    },
  };
}

/** Whether a field could begin as a comment does. */
function meets(delimiter: string, mark: string | undefined): boolean {
  return mark !== undefined && (delimiter.startsWith(mark) || mark.startsWith(delimiter));
}

function delimiterSaw({ fields, share, records }: Scored): string {
  const part = `${Math.round(share * records)} of the first ${records} lines`;
  return fields === 1 ? 'one field a line' : `${fields} fields in ${part}`;
}

/** What is looked at to choose a delimiter: with and without quotes, and with backslashes where there are any. */
function variants(dialect: Dialect, texts: readonly Text[]): Dialect[] {
  const has = (mark: string) => texts.some(({ text }) => text.includes(mark));
  const all: Dialect[] = [dialect];
  if (has('"')) all.push({ ...dialect, quote: null });
  if (has('\\')) all.push(...all.map((one): Dialect => ({ ...one, escape: 'backslash' })));
  return all;
}

function backslashesIn(texts: readonly Text[]): number {
  return texts.reduce((sum, { text }) => sum + (text.match(/\\[\\"ntr,;|\t]/g)?.length ?? 0), 0);
}

/** Whether quotes quote. They are data where more of them break records than hold values together. */
function quoteOf(
  dialect: Dialect,
  texts: readonly Text[],
  skipLines: number,
): { quote: string | null; saw: string | null } {
  const use = { good: 0, protecting: 0, bad: 0 };
  // Whichever escape breaks fewer: `\"` inside a value is no end of it.
  for (const escape of ['double', 'backslash'] as const) {
    const one = { good: 0, protecting: 0, bad: 0 };
    for (const { texts: fields, quoted, problem } of linesOf(texts, { ...dialect, escape }, skipLines)) {
      if (problem !== null) one.bad += 1;
      for (const [i, field] of fields.entries()) {
        if (quoted?.[i] !== true) continue;
        one.good += 1;
        if (field.includes(dialect.delimiter) || /["\n]/.test(field)) one.protecting += 1;
      }
    }
    if (escape === 'double' || one.bad < use.bad) Object.assign(use, one);
  }
  const { good, protecting, bad } = use;
  if (bad === 0 && good === 0) return { quote: '"', saw: null };
  const usual = dialect.delimiter === ',' || dialect.delimiter === ';';
  const isData = bad > 0 && (usual ? bad > good : bad > protecting);
  if (!isData)
    return { quote: '"', saw: `${good} values in quotes${bad === 0 ? '' : `, ${bad} records that a quote breaks`}` };
  return { quote: null, saw: `as quotes they would break ${bad} records` };
}

function escapeOf(
  dialect: Dialect,
  texts: readonly Text[],
  skipLines: number,
): { escape: Dialect['escape']; saw: string | null } {
  if (!texts.some(({ text }) => text.includes('\\'))) return { escape: 'double', saw: null };
  const double = scored(texts, { ...dialect, escape: 'double' }, skipLines, 1);
  const backslash = scored(texts, { ...dialect, escape: 'backslash' }, skipLines, 1);
  if (backslash.share > double.share && backslash.broken <= double.broken)
    return { escape: 'backslash', saw: 'with it more lines have as many fields as the others' };
  if (backslash.share < double.share || backslash.broken > double.broken) return { escape: 'double', saw: null };
  let pairs = 0;
  let all = 0;
  for (const { text } of texts)
    for (const [one] of text.slice(0, 65_536).matchAll(/\\[^]/g)) {
      if (one === '\\N') continue;
      all += 1;
      if (one === '\\\\' || one === '\\"' || one === `\\${dialect.delimiter}`) pairs += 1;
    }
  if (all === 0 || pairs < all) return { escape: 'double', saw: null };
  return { escape: 'backslash', saw: `each of ${all} backslashes stands before another, a quote or the delimiter` };
}
