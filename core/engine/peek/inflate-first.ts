import { isNativeError } from 'node:util/types';
import { constants, gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import type { Envelope } from '../../domain/detect/container';
import { firstEntry } from './zip-entries';

/** Compressed bytes that are inflated. */
const MOST_BYTES = 16 * 1024;
/** Of a bomb, a thousand and more times as many would come of them: then fewer are taken. */
const MOST_INFLATED = 256 * 1024;
/** Of these come 2 MB at most, whatever they are. */
const LEAST_BYTES = 32;

/**
 * The beginning of what an envelope holds, of its own first bytes alone: as much as comes of them.
 * @returns null where they are damaged, or hold what is not inflated here
 */
export function inflateFirst(first: Buffer, envelope: Envelope): Buffer | null {
  for (let most = MOST_BYTES; ; most >>= 1) {
    const content = inflated(first.subarray(0, most), envelope, most > LEAST_BYTES ? MOST_INFLATED : undefined);
    if (content !== 'too much') return content?.subarray(0, MOST_INFLATED) ?? null;
  }
}

function inflated(bytes: Buffer, envelope: Envelope, maxOutputLength: number | undefined): Buffer | 'too much' | null {
  const most = maxOutputLength === undefined ? {} : { maxOutputLength };
  try {
    switch (envelope) {
      case 'gzip':
        return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, ...most });
      case 'zstd':
        return zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_continue, ...most });
      case 'zip':
        return unzipFirst(bytes, most);
    }
  } catch (error) {
    if (isNativeError(error) && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return 'too much';
    // Damage, of any kind: zlib tells by a code, and has many.
    if (isNativeError(error) && 'code' in error) return null;
    throw error;
  }
}

function unzipFirst(bytes: Buffer, most: { readonly maxOutputLength?: number }): Buffer | null {
  const entry = firstEntry(bytes);
  if (entry === null || entry.encrypted) return null;
  const content = bytes.subarray(entry.content);
  if (entry.method === 'deflated') return inflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH, ...most });
  return entry.method === 'stored' ? content.subarray(0, entry.compressed === 0 ? undefined : entry.compressed) : null;
}
