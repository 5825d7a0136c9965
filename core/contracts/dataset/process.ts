/**
 * What a transform in TypeScript is given and gives back: `datasets/<name>/process.ts`, for what SQL cannot do. Exact values stay exact:
 * decimals, timestamps and dates are text.
 *
 * | type of the column | value                                                          |
 * | ------------------ | -------------------------------------------------------------- |
 * | string             | string                                                         |
 * | integer            | number; one beyond ±2^53 fails the batch, and is for SQL       |
 * | double             | number                                                         |
 * | decimal            | text like `12.50`                                              |
 * | boolean            | boolean                                                        |
 * | timestamp          | text like `2026-01-20T05:00:00.123456Z`, UTC, microseconds     |
 * | date               | text like `2026-01-20`                                         |
 */
export type ProcessValue = string | number | boolean | null;
/** One record by column. */
export type ProcessRecord = Readonly<Record<string, ProcessValue>>;

/** What the records are of. */
export interface ProcessAbout {
  readonly dataset: string;
  /** UTC hour or day, like `2026-01-20T05`. */
  readonly partition: string;
  /** The settings of the run by name (`docs/dependencies.md`); empty where the dataset declares none. */
  readonly settings: ProcessRecord;
}

/**
 * Turns some of a batch's accepted records into the records that are published. Called several times for a batch, in the order of the
 * records; a call sees some thousands of them, never all, and must not keep anything from one call to the next. The same records must
 * always give the same result, because a finished batch is not processed again.
 */
export type ProcessFunction = (
  records: readonly ProcessRecord[],
  about: ProcessAbout,
) => readonly ProcessRecord[] | Promise<readonly ProcessRecord[]>;

/** Declares a transform in TypeScript: the default export of `datasets/<name>/process.ts`. */
export function defineProcess(process: ProcessFunction): ProcessFunction {
  return process;
}

/** The transforms in TypeScript by dataset. */
export type Processes = Readonly<Record<string, ProcessFunction>>;
