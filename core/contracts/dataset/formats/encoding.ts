import { z } from 'zod';

/** Character encoding of text objects, by any name that the WHATWG Encoding Standard gives it (`TextDecoder`). */
export const encodingSchema = z.string().refine((label) => encodingNamed(label) !== undefined, {
  error: 'expected an encoding that TextDecoder knows, like utf-8, utf-16 or windows-1252',
});

/**
 * The encoding of a source's text: `utf-16` where a byte-order mark decides between little and big end (little without one), else the
 * standard's own name for it, which is `windows-1252` for `iso-8859-1`.
 */
export function encodingOf({ encoding }: { readonly encoding?: string | undefined }): string {
  return encodingNamed(encoding ?? 'utf-8') ?? 'utf-8';
}

function encodingNamed(label: string): string | undefined {
  const plain = label.trim().toLowerCase();
  if (plain === 'utf-16') return plain;
  try {
    return new TextDecoder(plain).encoding;
  } catch (error) {
    // What the standard asks for where it has no such encoding. By name: Node makes it in a realm of its own.
    if (typeof error === 'object' && error !== null && 'name' in error && error.name === 'RangeError') return undefined;
    throw error;
  }
}
