import type { z } from 'zod';

/** Envelopes of objects that are text. */
export const COMPRESSIONS = ['none', 'gzip', 'zstd', 'zip'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** How many bytes come out of one stored byte: what is likely, and what is cautious. */
export interface Inflation {
  readonly likely: number;
  readonly cautious: number;
}

/** What a definition and the planning of batches know of a format; how it is read is in `core/engine/formats/<name>/`. */
export interface FormatDeclaration {
  /** Its name for people. */
  readonly label: string;
  /** Whether its objects are text, which may lie in an envelope; others compress inside the file. */
  readonly isText: boolean;
  /** Whether its records have lines by which they are found. */
  readonly hasLines: boolean;
  /** Whether a value may be inside of others, so that a path leads to it. */
  readonly hasPaths: boolean;
  /** Endings of keys, in lower case and without that of an envelope, that promise it. */
  readonly extensions: readonly string[];
  /** By compression, with which it is refused where there is none. Batches are packed by it. */
  readonly inflation: Readonly<Partial<Record<Compression, Inflation>>>;
  /** Its own words in a definition's source, each with a default or optional: given for another format they are refused. */
  readonly words: Readonly<Record<string, z.ZodType>>;
}

/** A declaration of text, which has an estimate for each envelope. */
export function textFormat<const Words extends FormatDeclaration['words']>(
  declaration: Omit<FormatDeclaration, 'isText' | 'hasLines' | 'inflation' | 'words'> & {
    readonly inflation: Readonly<Record<Compression, Inflation>>;
    readonly words: Words;
  },
) {
  return { ...declaration, isText: true, hasLines: true } satisfies FormatDeclaration;
}

/** A declaration of what is no text. */
export function binaryFormat<const Words extends FormatDeclaration['words']>(
  declaration: Omit<FormatDeclaration, 'isText' | 'hasLines' | 'inflation' | 'words'> & {
    readonly inflation: Inflation;
    readonly words: Words;
  },
) {
  const inflation = { none: declaration.inflation };
  return { ...declaration, inflation, isText: false, hasLines: false } satisfies FormatDeclaration;
}
