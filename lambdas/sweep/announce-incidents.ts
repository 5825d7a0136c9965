import { keys, type SweepState } from '../../core/contracts/keys';
import { incidentsStateSchema, type IncidentsState } from '../../core/contracts/sweep/sweep-state';
import { confirmed, transitions, withdrawn, type Finding } from '../../core/domain/sweep/incident-transitions';
import type { SweepContext } from './sweep-context';
import { recall, unreadableFindings } from './unreadable-state';

/** Of the incidents, each is carried over by itself. */
const MAPS = ['incidents'];
const NONE: IncidentsState = { schemaVersion: 1, incidents: {} };

/**
 * Calls a person for what began, and once more when it is over. Marked by compare-and-swap before it is announced, so that of two sweeps
 * one announces; confirmed after that, so that what was not announced is announced by a later one.
 */
export async function announceIncidents(
  context: SweepContext,
  name: Extract<SweepState, 'incidents' | 'failing' | 'unreadable'>,
  findings: readonly Finding[],
): Promise<void> {
  const { ledger, at, datasets, escalate } = context;
  const key = keys.sweep(name);
  const memory = await recall(context, key, incidentsStateSchema);
  const known = memory.value ?? NONE;
  const all = name === 'unreadable' ? await unreadableFindings(context, Object.values(known.incidents)) : findings;
  const { marked, announcements } = transitions(known, [...all, ...withdrawn(known, all, datasets)], at);
  if (announcements.length === 0 && !memory.isLost) return;
  const swapped = await memory.keep(marked, MAPS);
  if (swapped === undefined) return;
  for (const { incident, over } of announcements) await escalate(incident, over);
  await ledger.swapJson(key, swapped, confirmed(marked, announcements), MAPS);
}
