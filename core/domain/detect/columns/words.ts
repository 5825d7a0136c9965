/** Words of exporters for true, false and nothing. */

/** What stands where nothing is. The empty text is none of them: CSV has it anyway. */
export const NULL_WORDS: readonly string[] = [
  '\\N', 'NULL', 'null', 'Null', '(null)', '<null>', '[NULL]', 'NA', 'N/A', 'n/a', '#N/A', '<NA>', 'None', 'none', 'nil',
  'NaN', 'nan', 'NAN', '-', '--', '?', '.', 'undefined', '#NULL!', '#DIV/0!', '#VALUE!', '#REF!',
]; // prettier-ignore

/** Words that are used together: for true, and for false. */
const FAMILIES: readonly (readonly [ReadonlySet<string>, ReadonlySet<string>])[] = [
  [new Set(['true', 't', '1']), new Set(['false', 'f', '0'])],
  [new Set(['true', 'yes', 'y', 'on']), new Set(['false', 'no', 'n', 'off'])],
  [new Set(['ja', 'j']), new Set(['nein', 'n'])],
  [new Set(['oui']), new Set(['non'])],
  [new Set(['si', 'sí']), new Set(['no'])],
  [new Set(['wahr']), new Set(['falsch'])],
  [new Set(['vrai']), new Set(['faux'])],
  [new Set(['verdadero']), new Set(['falso'])],
];

/** What a definition reads as true or false without being told. */
const BUILT_IN = { true: ['true', 'True', 'TRUE'], false: ['false', 'False', 'FALSE'] };

export interface BooleanWords {
  readonly true: readonly string[];
  readonly false: readonly string[];
  /** Whether a definition need not name them. */
  readonly builtIn: boolean;
  /** Whether both were seen, or words that mean nothing else. */
  readonly sure: boolean;
}

/** Booleans by the words that are for them; null for other texts, and for 0 and 1 alone, which are numbers. */
export function booleansOf(texts: Iterable<string>): BooleanWords | null {
  const all: string[] = [];
  for (const text of texts) {
    all.push(text);
    if (all.length > 12) return null;
  }
  const words = all.map((text) => text.toLowerCase());
  const family = FAMILIES.find(([truth, falsehood]) => words.every((word) => truth.has(word) || falsehood.has(word)));
  if (all.length === 0 || family === undefined || all.every((text) => /^[01]$/.test(text))) return null;
  const truths = all.filter((text) => family[0].has(text.toLowerCase()));
  const falsehoods = all.filter((text) => family[1].has(text.toLowerCase()));
  const builtIn =
    truths.every((text) => BUILT_IN.true.includes(text)) && falsehoods.every((text) => BUILT_IN.false.includes(text));
  const unmistakable = all.every((text) => /^(true|false)$/i.test(text));
  return {
    true: truths.sort(),
    false: falsehoods.sort(),
    builtIn,
    sure: unmistakable || (truths.length > 0 && falsehoods.length > 0),
  };
}

/** Names of columns that hold a time. */
export function isNamedLikeTime(name: string): boolean {
  const word = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
  return /(^|[_\s.-])(ts|at|time|timestamp|date|datetime|day|dt|created|updated|modified|expires?|epoch|start|end|seen|when|zeit|datum)s?($|[_\s.-])|(time|date|timestamp|datum)(_?(ms|us|ns|s|utc|millis|seconds))?$|^(time|date)/.test(
    word,
  );
}

/** What may be taken off either end of a number. */
export const MARKS: readonly string[] = [
  '€', '$', '£', '¥', '₹', '₽', '₺', '₩', 'kr', 'kr.', 'zł', 'Kč', 'Ft', 'R$', 'US$', 'CHF', 'Fr.', 'EUR', 'USD', 'GBP', 'JPY',
  'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'HUF', 'AUD', 'CAD', 'CNY', 'INR', 'BRL', 'MXN', 'ZAR', 'TRY', 'RUB', '%', '°C', '°F', 'kg', 'km',
]; // prettier-ignore
