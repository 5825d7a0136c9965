import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../canonical-json';
import { datasetNameSchema } from '../dataset/dataset';
import { SETTING_TYPES } from '../dataset/dependency';
import { partitionSchema } from '../partition';
import { schemaVersionSchema } from '../schema-version';

/** A setting as the query answered it: canonical text of its type, or null for NULL. */
export const settingValueSchema = z.object({
  name: z.string(),
  type: z.enum(SETTING_TYPES),
  value: z.string().nullable(),
  /** The dependency whose query answered it. */
  dependency: z.string(),
  sensitive: z.boolean(),
});
export type SettingValue = z.output<typeof settingValueSchema>;

/** Beside the plan, written once: whatever is tried again, every step of the run works with the same settings. */
export const runSettingsSchema = z.object({
  schemaVersion: schemaVersionSchema,
  dataset: datasetNameSchema,
  partition: partitionSchema,
  runId: z.string(),
  /** {@link settingsHash} of the settings. */
  hash: z.string(),
  /** In the order of their names. */
  settings: z.array(settingValueSchema),
});
export type RunSettings = z.output<typeof runSettingsSchema>;

/** Hash of names, types and values: part of the fingerprint of what is made with them. 16 hex digits. */
export function settingsHash(settings: readonly SettingValue[]): string {
  const values = settings.map(({ name, type, value }) => [name, type, value]);
  return createHash('sha256').update(canonicalJson(values)).digest('hex').slice(0, 16);
}

/** Whether a text of SQL may read settings. Rather too often than too seldom: where it does, their hash enters the fingerprint. */
export function mentionsSettings(sql: string): boolean {
  return /setting/i.test(sql);
}
