import type { Dataset } from '../../contracts/dataset/dataset';
import { uniqueOf } from '../../contracts/dataset/unique';
import type { Manifest } from '../../contracts/run/manifest';
import type { SettingsRef } from '../../contracts/batch/plan';
import { mentionsSettings, type RunSettings } from '../../contracts/run/run-settings';

/** Which settings are part of what: a changed one makes those files anew that are made with settings, and leaves the others alone. */

type Declared = Pick<Dataset, 'rowRules' | 'transform' | 'unique'>;

/** Hash of the settings for the fingerprint of validated batches; null where neither a rule nor `unique.deleted` reads any. */
export function settingsOfRules({ rowRules, unique }: Declared, settings: SettingsRef | null): string | null {
  const conditions = [...rowRules.map(({ sql }) => sql), uniqueOf({ unique })?.deleted ?? ''];
  return settings !== null && conditions.some(mentionsSettings) ? settings.hash : null;
}

/** Hash of the settings for the fingerprint of processed batches; null where the transform reads none. One in TypeScript may read all. */
export function settingsOfTransform({ transform }: Declared, settings: SettingsRef | null): string | null {
  if (settings === null || transform === undefined) return null;
  return transform.sql === undefined || mentionsSettings(transform.sql) ? settings.hash : null;
}

/** The settings as a manifest shows them. */
export function toldSettings({ hash, settings }: RunSettings): NonNullable<Manifest['settings']> {
  return {
    hash,
    values: settings.map((setting) => ({ ...setting, value: setting.sensitive ? null : setting.value })),
  };
}
