import { canonicalJson } from '../../core/contracts/canonical-json';
import { definitionHash, type Dataset } from '../../core/contracts/dataset/dataset';
import { keys, parseKey } from '../../core/contracts/keys';
import { DAY_MS } from '../../core/contracts/partition';
import { datasetStateSchema, type DatasetState } from '../../core/contracts/sweep/sweep-state';
import { firstWatermark } from '../../core/domain/sweep/sweep-plan';
import { attempt, type SweepContext } from './sweep-context';
import { noteUnlisted } from './note-unlisted';
import { recall, type Memory } from './unreadable-state';

/** How far back a sweep looks that has lost its memory of a dataset: longer than an operator leaves sweeps failing. */
const LOST_LOOK_BACK_MS = DAY_MS;

/** The state of a dataset as it is in the ledger, and as this sweep begins with it. */
export interface OpenState {
  readonly memory: Memory<DatasetState>;
  readonly state: DatasetState;
}

/**
 * The state of a deployed dataset. One that is new, or back after it was not deployed for a while, is watched from now on: what missed its
 * deadline while no sweep watched is for a backfill.
 */
export async function openState(context: SweepContext, definition: Dataset): Promise<OpenState> {
  const { at, codeVersion } = context;
  const memory = await recall(context, keys.dataset(definition.name), datasetStateSchema);
  const before = memory.value;
  const isBack = before !== undefined && before.undeployedSince !== null;
  // One whose state is lost was watched already: what missed its deadline in the meantime is put on record now.
  const isLost = memory.isLost && before === undefined;
  const fresh = firstWatermark(definition, isLost ? new Date(at.getTime() - LOST_LOOK_BACK_MS) : at).toISOString();
  const watermark = before === undefined || (isBack && fresh > before.watermark) ? fresh : before.watermark;
  const watchedSince = before === undefined || isBack ? at.toISOString() : before.watchedSince;
  const hash = definitionHash(definition);
  const isSame = before !== undefined && !isBack && before.definitionHash === hash;
  const state: DatasetState = {
    schemaVersion: 1,
    dataset: definition.name,
    definition: { ...definition },
    definitionHash: hash,
    definitionSince: isSame ? (before.definitionSince ?? watchedSince) : at.toISOString(),
    codeVersion,
    watchedSince,
    watermark,
    tidiedTo: before?.tidiedTo ?? null,
    undeployedSince: null,
  };
  return { memory, state };
}

/** Writes the state where it has changed. A sweep beside this one may have been faster; what it wrote is as good. */
export async function saveState({ memory }: OpenState, next: DatasetState): Promise<void> {
  const { value, isLost } = memory;
  if (!isLost && value !== undefined && canonicalJson(value) === canonicalJson(next)) return;
  await memory.keep(next);
}

/** The state with the definition as it was, for when what the deployed one leaves out could not be noted yet. */
export function withFormer({ memory, state }: OpenState): DatasetState {
  if (memory.value === undefined) return state;
  const { definition, definitionHash: hash, definitionSince, watchedSince } = memory.value;
  return { ...state, definition, definitionHash: hash, definitionSince: definitionSince ?? watchedSince };
}

/**
 * Notes which datasets are not deployed any more, so that nothing is expected of the time in between when they come back, and what was
 * missing of them.
 */
export async function noteUndeployed(context: SweepContext): Promise<void> {
  const { ledger, datasets, at } = context;
  for await (const { key } of ledger.list(keys.datasetsArea)) {
    const parsed = parseKey(key);
    if (parsed?.kind !== 'dataset' || datasets.has(parsed.dataset)) continue;
    await attempt(context, 'the state of a dataset', { key }, async () => {
      const { value, keep, isLost } = await recall(context, key, datasetStateSchema);
      // One whose state is lost comes back as one that is new.
      if (value === undefined || (value.undeployedSince !== null && !isLost)) return;
      await noteUnlisted(context, value, undefined);
      await keep({ ...value, undeployedSince: value.undeployedSince ?? at.toISOString() });
    });
  }
}
