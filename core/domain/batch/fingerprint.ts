import { createHash } from 'node:crypto';
import { canonicalJson } from '../../contracts/canonical-json';
import { transformHash, type Dataset } from '../../contracts/dataset/dataset';
import { isTextOutput, type OutputOptions } from '../../contracts/dataset/output';
import type { SettingsRef, SourceObject } from '../../contracts/batch/plan';
import { ENGINE_OPTIONS, TEXT_OPTIONS } from './engine-options';
import { settingsOfTransform } from './used-settings';

/**
 * The engine that turns bytes into records. It is part of every fingerprint: if you change what the engine accepts, rejects or
 * writes, change this too, so that no file made by the old one is taken for a finished batch.
 */
export const ENGINE_VERSION = 'duckdb-1.5.5+rollcall-5';

/** What a validated batch is made from. */
export interface ValidatedFrom {
  /** In the order in which they are read, which decides what of several records with one unique key is the first. */
  readonly objects: readonly Pick<SourceObject, 'bucket' | 'key' | 'etag' | 'size'>[];
  /** When each was last changed, where a column is from `$modified`; else null. */
  readonly modified: readonly string[] | null;
  /** Of the dataset's definition, by `validationHash()`. */
  readonly validationHash: string;
  /** Hash of the run's settings, where the rules read them (`domain/batch/used-settings.ts`); else null. */
  readonly runSettings: string | null;
  /** Hash of the publications that columns refer to (`domain/batch/references-hash.ts`); null where none does. */
  readonly references: string | null;
  /** Of the file that lists the records to leave out in the second round; null in the first. */
  readonly omitSha256: string | null;
  /** Only tests give others than those of this code. */
  readonly engineVersion?: string;
  readonly settings?: object;
}

/** The name of a validated batch's files: a hash of everything that decides what is in them. 32 hex digits. */
export function validatedFingerprint(from: ValidatedFrom): string {
  return hash({
    kind: 'validated',
    objects: from.objects.map(({ bucket, key, etag, size }) => [bucket, key, etag, size]),
    ...(from.modified === null ? {} : { modified: from.modified }),
    validation: from.validationHash,
    ...withSettings(from.runSettings),
    ...(from.references === null ? {} : { references: from.references }),
    omit: from.omitSha256,
    engine: from.engineVersion ?? ENGINE_VERSION,
    settings: from.settings ?? ENGINE_OPTIONS,
  });
}

/** What a processed batch is made from. */
export interface ProcessedFrom {
  /** Fingerprint of the validated batch. */
  readonly validated: string;
  /** Of the dataset's transform, by `transformHash()`. */
  readonly transformHash: string;
  readonly output: OutputOptions;
  /** Hash of the run's settings, where the transform reads them; else null. */
  readonly runSettings: string | null;
  readonly engineVersion?: string;
  readonly settings?: object;
}

/** The name of a processed batch's files. 32 hex digits. */
export function processedFingerprint(from: ProcessedFrom): string {
  return hash({
    kind: 'processed',
    from: from.validated,
    transform: from.transformHash,
    // Absent where it is the default: what was processed before there was a choice keeps its name.
    ...(isTextOutput(from.output.format) ? { output: from.output, text: TEXT_OPTIONS } : {}),
    ...withSettings(from.runSettings),
    engine: from.engineVersion ?? ENGINE_VERSION,
    settings: from.settings ?? ENGINE_OPTIONS,
  });
}

/**
 * The name of the files that ProcessBatch makes of a validated batch.
 * @param validated fingerprint of that batch
 * @param settings of the run; null where the dataset declares none
 */
export function processedFingerprintOf(dataset: Dataset, validated: string, settings: SettingsRef | null): string {
  return processedFingerprint({
    validated,
    transformHash: transformHash(dataset),
    output: dataset.output,
    runSettings: settingsOfTransform(dataset, settings),
  });
}

/** Nothing where there are none: files that were made before datasets could have settings keep their names. */
function withSettings(runSettings: string | null): { runSettings?: string } {
  return runSettings === null ? {} : { runSettings };
}

function hash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);
}
