import { keys, type SweepState } from '../contracts/keys';
import { incidentsStateSchema, type IncidentsState } from '../contracts/sweep-state';
import { confirmed, transitions, withdrawn, type Finding } from '../domain/incidents';
import type { SweepContext } from './context';

const NONE: IncidentsState = { schemaVersion: 1, incidents: {} };

/**
 * Calls somebody for what began, and once more when it is over. Marked by compare-and-swap before it is announced, so that of two sweeps
 * one announces; confirmed after that, so that what was not announced is announced by a later one.
 */
export async function announceIncidents(
  context: SweepContext,
  name: Extract<SweepState, 'incidents' | 'failing'>,
  findings: readonly Finding[],
): Promise<void> {
  const { ledger, at, datasets, escalate } = context;
  const key = keys.sweep(name);
  const stored = await ledger.getJson(key, incidentsStateSchema);
  const known = stored?.value ?? NONE;
  const { marked, announcements } = transitions(known, [...findings, ...withdrawn(known, findings, datasets)], at);
  if (announcements.length === 0) return;
  const swapped = await ledger.putJson(key, marked, stored === undefined ? { absent: true } : { etag: stored.etag });
  if (swapped === undefined) return;
  for (const { incident, over } of announcements) await escalate(incident, over);
  await ledger.putJson(key, confirmed(marked, announcements), { etag: swapped.etag });
}
