import { keys } from '../contracts/keys';
import { incidentsStateSchema, type IncidentsState } from '../contracts/sweep-state';
import { confirmed, transitions, type Finding } from '../domain/incidents';
import type { SweepContext } from './context';
import { recall, unreadableFindings } from './unreadable';

/** Of the incidents, each is carried over by itself. */
const MAPS = ['incidents'];
const NONE: IncidentsState = { schemaVersion: 1, incidents: {} };

/**
 * Calls somebody for what began, and once more when it is over. Marked by compare-and-swap before it is announced, so that of two sweeps
 * one announces; confirmed after that, so that what was not announced is announced by a later one.
 */
export async function announceIncidents(context: SweepContext, findings: readonly Finding[]): Promise<void> {
  const { ledger, at, escalate } = context;
  const key = keys.sweep('incidents');
  const memory = await recall(context, key, incidentsStateSchema);
  const before = memory.value ?? NONE;
  const unreadable = await unreadableFindings(context, Object.values(before.incidents));
  const { marked, announcements } = transitions(before, [...findings, ...unreadable], at);
  if (announcements.length === 0) return;
  const swapped = await memory.keep(marked, MAPS);
  if (swapped === undefined) return;
  for (const { incident, over } of announcements) await escalate(incident, over);
  await ledger.swapJson(key, swapped, confirmed(marked, announcements), MAPS);
}
