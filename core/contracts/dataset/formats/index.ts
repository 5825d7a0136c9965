import { z } from 'zod';
import { csvSchema } from './csv';
import { binaryFormat, textFormat, type FormatDeclaration } from './declaration';
import { jsonSchema } from './json';
import { textSchema } from './text';

/**
 * The formats of sources: what a definition may say of each. The engine has its part of every one (`core/engine/formats/index.ts`), or
 * does not compile.
 *
 * Inflation was measured on flights, 3 million rows cut into hours (`docs/engine.md` §2): CSV gzip 4.1–4.3, zstd 4.0–5.8; JSONL gzip
 * 8.9–9.1, zstd 8.5–8.8, because every line repeats the names. Parquet against the same rows as CSV text, which is about what the engine's
 * stage holds: 4.8 (an hour, zstd) to 7.7 (180 days, zstd).
 */
const SOURCE_FORMATS = {
  csv: textFormat({
    label: 'CSV',
    hasPaths: false,
    extensions: ['.csv', '.tsv'],
    inflation: {
      none: { likely: 1, cautious: 1 },
      gzip: { likely: 5, cautious: 8 },
      zstd: { likely: 6, cautious: 9 },
      zip: { likely: 5, cautious: 8 },
    },
    words: {
      /** The old place of `csv.delimiter`, one character. */
      delimiter: z.string().length(1).default(','),
      csv: csvSchema.optional(),
    },
  }),
  jsonl: textFormat({
    label: 'JSONL',
    hasPaths: true,
    extensions: ['.jsonl', '.ndjson', '.json'],
    inflation: {
      none: { likely: 1, cautious: 1 },
      gzip: { likely: 9, cautious: 14 },
      zstd: { likely: 9, cautious: 14 },
      zip: { likely: 9, cautious: 14 },
    },
    words: {},
  }),
  parquet: binaryFormat({
    label: 'Parquet',
    hasPaths: false,
    extensions: ['.parquet'],
    inflation: { likely: 6, cautious: 10 },
    words: {},
  }),
  json: textFormat({
    label: 'JSON',
    hasPaths: true,
    extensions: ['.json', '.jsonl', '.ndjson'],
    inflation: {
      none: { likely: 1, cautious: 1 },
      gzip: { likely: 9, cautious: 14 },
      zstd: { likely: 9, cautious: 14 },
      zip: { likely: 9, cautious: 14 },
    },
    words: {
      /** Where in its documents the records are. */
      json: jsonSchema.optional(),
    },
  }),
  avro: binaryFormat({
    label: 'Avro',
    hasPaths: true,
    extensions: ['.avro'],
    inflation: { likely: 5, cautious: 8 },
    words: {},
  }),
  text: textFormat({
    label: 'text',
    hasPaths: false,
    // Lines are found under any ending.
    extensions: [],
    inflation: {
      none: { likely: 1, cautious: 1 },
      gzip: { likely: 8, cautious: 14 },
      zstd: { likely: 9, cautious: 16 },
      zip: { likely: 8, cautious: 14 },
    },
    words: {
      /** What a line says. */
      text: textSchema.optional(),
    },
  }),
};
export type FormatName = keyof typeof SOURCE_FORMATS;

const isFormatName = (name: string): name is FormatName => Object.hasOwn(SOURCE_FORMATS, name);
export const FORMAT_NAMES = Object.keys(SOURCE_FORMATS).filter(isFormatName);

/** What is known of a format. */
export const declarationOf = (name: FormatName): FormatDeclaration => SOURCE_FORMATS[name];

type Words = { [F in FormatName]: (typeof SOURCE_FORMATS)[F]['words'] };
type All<T> = (T extends unknown ? (given: T) => void : never) extends (given: infer A) => void ? A : never;

/** The words of all formats, as a part of the source's schema. */
export const FORMAT_WORDS = Object.assign({}, ...FORMAT_NAMES.map((name) => declarationOf(name).words)) as All<
  Words[FormatName]
>;

/** Words of other formats that a source gives, and what is to be said of each. */
export function foreignWords(
  format: FormatName,
  source: Readonly<Record<string, unknown>>,
): { readonly word: string; readonly value: unknown; readonly expected: string }[] {
  return FORMAT_NAMES.filter((name) => name !== format).flatMap((name) => {
    const { label, words } = declarationOf(name);
    return Object.entries(words).flatMap(([word, schema]) => {
      const value = source[word];
      if (value === schema.parse(undefined)) return [];
      return {
        word,
        value,
        expected: word === name ? `expected none for format ${format}` : `expected a ${word} for ${label} only`,
      };
    });
  });
}
