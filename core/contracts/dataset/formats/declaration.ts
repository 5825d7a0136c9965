import type { z } from 'zod';

/** Envelopes of objects that are text. */
export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
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
  /** By compression, with which it is refused where there is none. Batches are packed by it. */
  readonly inflation: Readonly<Partial<Record<Compression, Inflation>>>;
  /** Its own words in a definition's source, each with a default or optional: given for another format they are refused. */
  readonly words: Readonly<Record<string, z.ZodType>>;
}

/** A declaration with its own type; text has an estimate for each envelope. */
export function textFormat<const Words extends FormatDeclaration['words']>(declaration: {
  readonly label: string;
  readonly inflation: Readonly<Record<Compression, Inflation>>;
  readonly words: Words;
}) {
  return { ...declaration, isText: true } satisfies FormatDeclaration;
}

/** The same for what is no text. */
export function binaryFormat<const Words extends FormatDeclaration['words']>(declaration: {
  readonly label: string;
  readonly inflation: Inflation;
  readonly words: Words;
}) {
  return { ...declaration, inflation: { none: declaration.inflation }, isText: false } satisfies FormatDeclaration;
}
