import { guessDialect, type DialectGuess } from './csv/dialect';
import { findCsv } from './csv/csv-finding';
import type { Finding } from './finding';
import { looksLikeJson } from './json/json-file';
import { findJson } from './json/json-finding';
import { firstLines, type TextSample } from './sample';
import { findText, knownPattern } from './text/line-finding';

/** What texts are, all of one kind, and what is in them. */
export function findInText(samples: readonly TextSample[]): Finding {
  const filled = samples.filter(({ head }) => head.trim() !== '');
  if (filled.length > 0 && filled.every(({ head }) => looksLikeJson(head))) {
    const json = findJson(samples);
    if (json !== null) return json;
  }
  const known = knownPattern(samples);
  if (known?.sure === true) return findText(samples, known);
  const dialect = guessDialect(samples);
  const isLog = known?.isLog === true && !filled.some(({ name }) => isCalledTable(name));
  return !isLog && isTable(dialect, filled) ? findCsv(samples, dialect) : findText(samples, known);
}

function isCalledTable(name: string): boolean {
  return /\.(csv|tsv|tab|psv)(\.\w+)?$/i.test(name);
}

/** Whether lines are records of several fields; or of one, in a file that calls itself CSV or has no blanks in its lines. */
function isTable(
  { fields, share, records, skipLines, delimiter }: DialectGuess,
  samples: readonly TextSample[],
): boolean {
  if (records === 0) return true;
  const called = samples.some(({ name }) => isCalledTable(name));
  // Words of a sentence are separated by blanks too.
  if (fields > 1 && delimiter === ' ' && !called) return skipLines === 0 && records > 1 && share >= 0.8;
  if (fields > 1) return share * records + skipLines >= records * (called ? 0.3 : 0.5);
  if (called) return true;
  const lines = samples.flatMap((sample) => firstLines(sample, 100)).filter((line) => line !== '');
  return lines.length > 0 && lines.every((line) => !/\s/.test(line.trim()) && line.length < 100);
}
