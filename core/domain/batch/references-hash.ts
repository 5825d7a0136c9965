import { createHash } from 'node:crypto';
import { canonicalJson } from '../../contracts/canonical-json';
import { referenceOf } from '../../contracts/dataset/column';
import type { Dataset } from '../../contracts/dataset/dataset';
import type { Reference } from '../../contracts/dataset/upstreams';

/** Columns whose values have to be found in what another dataset has published. */

/** The datasets that columns refer to, each once. */
export function referencedDatasets({ columns }: Pick<Dataset, 'columns'>): string[] {
  return [...new Set(Object.values(columns).flatMap((column) => referenceOf(column)?.dataset ?? []))];
}

/**
 * Hash of what columns refer to, for the fingerprint of validated batches; null where none does. By the files, not by the run that
 * published them: the same files published once more change no record's fate.
 */
export function referencesHash(references: readonly Reference[]): string | null {
  if (references.length === 0) return null;
  const files = references.map((one) => [
    one.dataset,
    one.partition,
    ...one.files.map((file) => [file.key, file.crc32 ?? null]),
  ]);
  return createHash('sha256').update(canonicalJson(files)).digest('hex').slice(0, 32);
}
