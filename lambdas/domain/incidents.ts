import { MINUTE_MS } from '../contracts/partition';
import type { Incident, IncidentsState } from '../contracts/sweep-state';

/** What a sweep found about a dataset: a trouble, its absence, or nothing that says either. */
export type Finding = Pick<Incident, 'dataset' | 'subject' | 'owner' | 'affects' | 'kind' | 'severity' | 'summary'> & {
  readonly active: boolean | undefined;
};

export interface Announcement {
  readonly id: string;
  readonly over: boolean;
  readonly incident: Incident;
}

/** Whoever marked an incident announces it at once. A mark that is older than this is of somebody who died in between. */
const MARK_MS = 5 * MINUTE_MS;

/**
 * Which troubles begin and which are over: each is announced once when it begins and once when it is over. What is to be announced is
 * marked first, so that of two sweeps at a time one announces; a mark that was never confirmed is announced again.
 */
export function transitions(
  { incidents }: IncidentsState,
  findings: readonly Finding[],
  now: Date,
): { readonly marked: IncidentsState; readonly announcements: Announcement[] } {
  const next: Record<string, Incident> = { ...incidents };
  const announcements: Announcement[] = [];
  const announce = (id: string, incident: Incident) => {
    next[id] = incident;
    announcements.push({ id, over: incident.phase === 'closing', incident });
  };
  const at = now.toISOString();
  for (const { active, ...finding } of findings) {
    const id = `${finding.kind}/${finding.subject ?? finding.dataset}`;
    const known = incidents[id];
    if (known === undefined && active === true) announce(id, { ...finding, since: at, phase: 'opening', markedAt: at });
    else if (known?.phase === 'open' && active === false)
      announce(id, { ...known, summary: finding.summary, phase: 'closing', markedAt: at });
    else if (known !== undefined && known.phase !== 'open' && isStale(known, now)) {
      announce(id, { ...known, markedAt: at });
    }
  }
  return { marked: { schemaVersion: 1, incidents: next }, announcements };
}

/** The state once the announcements were made. */
export function confirmed({ incidents }: IncidentsState, announcements: readonly Announcement[]): IncidentsState {
  const next: Record<string, Incident> = { ...incidents };
  for (const { id, over, incident } of announcements) {
    if (over) delete next[id];
    else next[id] = { ...incident, phase: 'open' };
  }
  return { schemaVersion: 1, incidents: next };
}

function isStale({ markedAt }: Incident, now: Date): boolean {
  return now.getTime() - Date.parse(markedAt) >= MARK_MS;
}
