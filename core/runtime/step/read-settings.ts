import type { Dataset } from '../../contracts/dataset/dataset';
import { declaredSettings } from '../../contracts/dataset/dependency';
import { InternalError } from '../../contracts/errors';
import { keys } from '../../contracts/keys';
import type { Plan, SettingsRef } from '../../contracts/batch/plan';
import { runSettingsSchema, settingsHash, type RunSettings, type SettingValue } from '../../contracts/run/run-settings';
import type { Run } from '../../contracts/run/steps';
import { valueOrNone } from '../store/reading';
import type { Store } from '../store/store';

/** The settings that CheckDependencies left for a run; undefined when it has not (yet), or they are unreadable. */
export async function findSettings(
  ledger: Store,
  run: Pick<Run, 'dataset' | 'partition' | 'runId'>,
): Promise<RunSettings | undefined> {
  return valueOrNone(await ledger.read(keys.settings(run.dataset, run.partition, run.runId), runSettingsSchema));
}

/**
 * Where the settings of a run are; null for a dataset without any.
 * @throws InternalError when the dataset declares some and CheckDependencies left none that can be read: a run never works without them
 */
export async function settingsOfRun(ledger: Store, dataset: Dataset, run: Run): Promise<SettingsRef | null> {
  if (declaredSettings(dataset).length === 0) return null;
  const key = keys.settings(run.dataset, run.partition, run.runId);
  const found = (await ledger.getJson(key, runSettingsSchema))?.value;
  if (found === undefined) throw new InternalError(`s3://${ledger.bucket}/${key}: there are no settings`);
  return { key, hash: found.hash };
}

/**
 * The settings that a plan was made with.
 * @throws InternalError when they are not there, or not those any more
 */
export async function readSettings(ledger: Store, { settings: ref }: Plan): Promise<readonly SettingValue[]> {
  if (ref === null) return [];
  const found = (await ledger.getJson(ref.key, runSettingsSchema))?.value;
  if (found === undefined) throw new InternalError(`s3://${ledger.bucket}/${ref.key}: there are no settings`);
  const hash = settingsHash(found.settings);
  if (hash !== ref.hash)
    throw new InternalError(
      `s3://${ledger.bucket}/${ref.key}: got settings ${hash}, the plan was made with ${ref.hash}`,
    );
  return found.settings;
}
