import type { Guessed, Hints, TypeGuess } from './guess';
import { isIsoDate, isoTimestamp, readingsOf, withUnpadded, type TimeReading } from './time-readings';
import { isNamedLikeTime } from './words';

/** Formats of one column; with more it is rather text that holds times. */
const MOST_FORMATS = 4;
/** Different values from which eight digits that are all dates are no accident: of random ones 1 in 70 is. */
const ENOUGH = 5;

const NO_TIME: Guessed = { sure: null, maybe: [] };
const LOCAL = 'no offset: read as UTC unless read.timeZone says otherwise';

/** Texts that are dates or times, every one of them. */
export function guessTime(texts: readonly string[], hints: Hints): Guessed {
  const sample = texts[0] ?? '';
  if (texts.every(isIsoDate)) return sure({ words: { type: 'date' }, saw: `dates like ${sample}` });
  const zones = texts.map(isoTimestamp);
  if (zones.every((zone) => zone !== null)) {
    const local = zones.includes('local') ? `; ${LOCAL}` : '';
    return sure({ words: { type: 'timestamp' }, saw: `times like ${sample}${local}` });
  }
  const readings: TimeReading[][] = [];
  for (const text of texts) {
    const all = readingsOf(text);
    if (all.length === 0) return NO_TIME;
    readings.push(all);
  }
  const sets = setsOf(readings);
  if (sets.length === 0) return NO_TIME;
  const guesses = sets.map((formats) => ofFormats(formats, readings, sample));
  const weak = isWeak(texts, hints);
  const [first] = guesses;
  return guesses.length === 1 && !weak && first !== undefined
    ? sure(first)
    : { sure: null, maybe: guesses.slice(0, 3) };
}

function sure(guess: TypeGuess): Guessed {
  return { sure: guess, maybe: [] };
}

/** Numbers that might be dates, and years of two digits, mean little alone. */
function isWeak(texts: readonly string[], { name }: Hints): boolean {
  if (isNamedLikeTime(name)) return false;
  const bare = texts.every((text) => /^\d+$/.test(text));
  const short = texts.every((text) => /^\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}$/.test(text));
  return (bare || short) && texts.length < ENOUGH;
}

/** The sets of formats with which each text can be read in one way: one where there is no doubt. */
function setsOf(readings: readonly (readonly TimeReading[])[]): string[][] {
  const counts = new Map<string, number>();
  for (const all of readings) for (const { format } of all) counts.set(format, (counts.get(format) ?? 0) + 1);
  const covering = [...counts].filter(([, count]) => count === readings.length).map(([format]) => [format]);
  if (covering.length > 0) return covering;
  // Several formats: those that fit most, as long as no text can be read by two of them.
  const chosen: string[] = [];
  let left = [...readings];
  while (left.length > 0 && chosen.length < MOST_FORMATS) {
    const best = [...counts]
      .map(([format]) => [format, left.filter((all) => all.some((one) => one.format === format)).length] as const)
      .sort(([, a], [, b]) => b - a)[0];
    if (best === undefined || best[1] === 0) break;
    chosen.push(best[0]);
    left = left.filter((all) => !all.some(({ format }) => format === best[0]));
  }
  if (left.length > 0) return [];
  const ambiguous = readings.some(
    (all) => all.length > 1 && all.filter(({ format }) => chosen.includes(format)).length !== 1,
  );
  // Day and month in doubt for some of several formats: nobody can say.
  const doubt = readings.some(
    (all) => all.length > 1 && all.some(({ format }) => !chosen.includes(format)) && isDayMonth(all),
  );
  return ambiguous || doubt ? [] : [chosen];
}

function isDayMonth(readings: readonly TimeReading[]): boolean {
  return (
    readings.some(({ format }) => format.startsWith('%d')) && readings.some(({ format }) => format.startsWith('%m'))
  );
}

function ofFormats(
  formats: readonly string[],
  readings: readonly (readonly TimeReading[])[],
  sample: string,
): TypeGuess {
  const used = readings.map((all) => all.find(({ format }) => formats.includes(format)));
  const written = formats.map((format) =>
    withUnpadded(format, used.map((reading) => (reading?.format === format ? reading.unpadded : '')).join('')),
  );
  const hasTime = used.some((reading) => reading?.hasTime === true);
  const local = hasTime && used.some((reading) => reading?.hasTime === true && !reading.hasZone);
  const format = written.length === 1 ? (written[0] ?? '') : written;
  return {
    words: { type: hasTime ? 'timestamp' : 'date', read: { format } },
    saw: `${hasTime ? 'times' : 'dates'} like ${sample}${local ? `; ${LOCAL}` : ''}`,
  };
}
