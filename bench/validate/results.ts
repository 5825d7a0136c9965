import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { FORMATS, ORIGINS, RULE_COUNTS } from './job';

/** What was measured, one row per contestant and job: the only source of `docs/benchmarks.md`. */
const RESULTS_FILE = path.resolve(__dirname, '..', 'results', 'validate.json');

const costSchema = z.strictObject({ seconds: z.number(), cpuSeconds: z.number(), peakMb: z.number() });

const rowSchema = z.strictObject({
  origin: z.enum(ORIGINS),
  format: z.enum(FORMATS),
  /** As asked for: of the CSV before compression. */
  megabytes: z.number(),
  rules: z.literal(RULE_COUNTS),
  unique: z.boolean(),
  contestant: z.string(),
  records: z.number(),
  /** Of this format, before compression. */
  bytes: z.number(),
  /** Empty where it did not finish. */
  runs: z.array(costSchema),
  /** Median of the floor's turns in between; absent where the floor was not measured. */
  floorSeconds: z.number().optional(),
  /** Why it did not finish. */
  why: z.string().optional(),
  versions: z.record(z.string(), z.string()),
  date: z.iso.date(),
  cpu: z.string(),
  oneCore: z.boolean(),
  node: z.string(),
});
export type Row = z.output<typeof rowSchema>;
export type Case = Pick<Row, 'origin' | 'format' | 'megabytes' | 'rules' | 'unique'>;

/** @throws ZodError where the file was edited by hand and wrongly */
export function readResults(): Row[] {
  if (!existsSync(RESULTS_FILE)) return [];
  return z.array(rowSchema).parse(JSON.parse(readFileSync(RESULTS_FILE, 'utf8')));
}

/** What a table begins with: 12 rules and a unique key. */
export function isUsual({ rules, unique }: Case): boolean {
  return rules === 12 && unique;
}

/** One row a line, so that a difference reads as what was measured again. */
export function writeResults(rows: readonly Row[]): void {
  writeFileSync(RESULTS_FILE, `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
}

/**
 * Rows with newer ones in place of those of the same job and contestant. One that could not be started replaces none: what was
 * measured where it could be is still true.
 */
export function withRows(rows: readonly Row[], newer: readonly Row[]): Row[] {
  const result = new Map(rows.map((row) => [keyOf(row), row]));
  for (const row of newer) if (!isAbsent(row) || !result.has(keyOf(row))) result.set(keyOf(row), row);
  return [...result.values()];
}

/** Whether the contestant was not installed where the others were measured. */
export function isAbsent({ runs, versions }: Row): boolean {
  return runs.length === 0 && Object.keys(versions).length === 0;
}

export function caseKeyOf({ origin, format, megabytes, rules, unique }: Case): string {
  return JSON.stringify([origin, format, megabytes, rules, unique]);
}

function keyOf(row: Row): string {
  return `${caseKeyOf(row)} ${row.contestant}`;
}

/** Median of its turns; NaN where it did not finish. */
export function secondsOf({ runs }: Row): number {
  return median(runs.map(({ seconds }) => seconds));
}

/** Median of its turns, MB; NaN where it did not finish. */
export function peakOf({ runs }: Row): number {
  return median(runs.map(({ peakMb }) => peakMb));
}

/** Seconds relative to the floor's turns in between: figures of different days compare by this. */
export function ofFloor(row: Row): number {
  return secondsOf(row) / (row.floorSeconds ?? Number.NaN);
}

/** The one in the middle; of an even number the lower. NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}
