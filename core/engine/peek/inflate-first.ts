import { isNativeError } from 'node:util/types';
import { constants, gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import type { Envelope } from '../../domain/detect/container';
import { firstEntry } from './zip-entries';

/** Compressed bytes that are inflated: at most a thousand times as many come of them. */
const MOST_BYTES = 16 * 1024;

/**
 * The beginning of what an envelope holds, of its own first bytes alone: as much as comes of them.
 * @returns null where they are damaged, or hold what is not inflated here
 */
export function inflateFirst(first: Buffer, envelope: Envelope): Buffer | null {
  const bytes = first.subarray(0, MOST_BYTES);
  try {
    switch (envelope) {
      case 'gzip':
        return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
      case 'zstd':
        return zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_continue });
      case 'zip':
        return unzipFirst(bytes);
    }
  } catch (error) {
    // Damage, of any kind: zlib tells by a code, and has many.
    if (isNativeError(error) && 'code' in error) return null;
    throw error;
  }
}

function unzipFirst(bytes: Buffer): Buffer | null {
  const entry = firstEntry(bytes);
  if (entry === null || entry.encrypted) return null;
  const content = bytes.subarray(entry.content);
  if (entry.method === 'deflated') return inflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH });
  return entry.method === 'stored' ? content.subarray(0, entry.compressed === 0 ? undefined : entry.compressed) : null;
}
