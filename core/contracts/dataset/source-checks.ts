import type { Cadence } from '../partition';
import { declarationOf, foreignWords, FORMAT_NAMES } from './formats';
import { FORMAT_CHECKS } from './formats/checks';
import type { Column } from './column';
import type { Issue } from './issue';
import { layoutsOf, missingPlaceholders } from './key-layout';
import type { Source } from './source';

/** What of a definition says how its objects are read. */
export interface Read {
  readonly source: Source;
  readonly columns: Readonly<Record<string, Column>>;
}

export function checkPrefix(
  of: 'source' | 'fallback',
  cadence: Cadence,
  prefix: string | readonly string[],
  issue: Issue,
): void {
  layoutsOf({ prefix }).forEach((layout, i) => {
    const path = typeof prefix === 'string' ? [of, 'prefix'] : [of, 'prefix', i];
    for (const name of missingPlaceholders(layout, cadence))
      issue(path, `expected the placeholder {${name}}, so that no two partitions share a prefix`, layout);
    const hour = /\{HH?\}/.exec(layout)?.[0];
    if (cadence === 'daily' && hour !== undefined) issue(path, `expected no ${hour} for a daily dataset`, layout);
  });
}

/** What the words about the format of a source are to each other and to the columns. */
export function checkFormat(read: Read, issue: Issue): void {
  const { source } = read;
  const { format, compression, encoding, suffix } = source;
  const { isText, label } = declarationOf(format);
  if (!isText && compression !== 'none')
    issue(['source', 'compression'], `expected none: ${label} compresses inside the file`, compression);
  checkSuffix('source', suffix, source, issue);
  if (!isText && encoding !== undefined)
    issue(['source', 'encoding'], `expected none for ${format}, which is no text`, encoding);
  for (const { word, value, expected } of foreignWords(format, source)) issue(['source', word], expected, value);
  FORMAT_CHECKS[format]?.(read, issue);
}

/** What a suffix promises. The mistake that is made most: the objects are `.csv.gz`, and the default is none. */
export function checkSuffix(
  of: 'source' | 'fallback',
  suffix: string | undefined,
  { format, compression }: Pick<Source, 'format' | 'compression'>,
  issue: Issue,
): void {
  if (suffix === undefined) return;
  if (suffix.includes('*'))
    issue([of, 'suffix'], 'expected no *: a suffix is the end of keys like .csv, not a pattern', suffix);
  const [bare, implied] = withoutCompression(suffix);
  if (declarationOf(format).isText && implied !== undefined && compression !== implied) {
    if (of === 'source')
      issue(['source', 'compression'], `expected ${implied}, as the suffix ${suffix} says`, compression);
    else issue(['fallback', 'suffix'], `expected one of objects with source.compression ${compression}`, suffix);
  }
  const extension = /\.[a-z]+$/.exec(bare.toLowerCase())?.[0] ?? '';
  const formats = FORMAT_NAMES.filter((name) => declarationOf(name).extensions.includes(extension));
  if (formats.length === 0 || formats.includes(format)) return;
  if (of === 'source')
    issue(['source', 'format'], `expected ${formats.join(' or ')}, as the suffix ${suffix} says`, format);
  else issue(['fallback', 'suffix'], `expected one of objects with source.format ${format}`, suffix);
}

const ENVELOPES = [
  ['.gz', 'gzip'],
  ['.zst', 'zstd'],
  ['.zip', 'zip'],
] as const;

function withoutCompression(suffix: string): readonly [bare: string, compression?: Source['compression']] {
  for (const [extension, compression] of ENVELOPES)
    if (suffix.endsWith(extension)) return [suffix.slice(0, -extension.length), compression];
  return [suffix];
}
