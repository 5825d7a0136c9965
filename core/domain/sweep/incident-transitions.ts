import { MINUTE_MS } from '../../contracts/partition';
import type { Incident, IncidentsState } from '../../contracts/sweep/sweep-state';

/** What a sweep found about a dataset: a trouble, its absence, or nothing that says either. */
export type Finding = Pick<
  Incident,
  'dataset' | 'subject' | 'owner' | 'affects' | 'kind' | 'severity' | 'summary' | 'episode'
> & {
  readonly active: boolean | undefined;
};

export interface Announcement {
  readonly id: string;
  readonly over: boolean;
  readonly incident: Incident;
}

/** The sweep that marked an incident announces it at once. A mark that is older than this is of one that died in between. */
const MARK_MS = 5 * MINUTE_MS;

/**
 * Which troubles begin and which are over: each is announced once when it begins (again when a newer one joins it) and once when it is over. What is to be announced is
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
    if (known === undefined && active === true)
      announce(id, { ...finding, since: finding.episode ?? at, phase: 'opening', markedAt: at });
    else if (known?.phase === 'open' && active === false)
      announce(id, { ...known, summary: finding.summary, phase: 'closing', markedAt: at });
    else if (known?.phase === 'open' && active === true && isNewer(finding, known))
      announce(id, { ...finding, since: known.since, phase: 'opening', markedAt: at });
    else if (known !== undefined && known.phase !== 'open' && isStale(known, now)) {
      announce(id, { ...known, markedAt: at });
    }
  }
  return { marked: { schemaVersion: 1, incidents: next }, announcements };
}

/**
 * Troubles of datasets that are not deployed any more, and of which nothing is found: nothing would ever say that they are over.
 */
export function withdrawn(
  { incidents }: IncidentsState,
  findings: readonly Finding[],
  deployed: ReadonlyMap<string, unknown>,
): Finding[] {
  return Object.values(incidents).flatMap(({ kind, dataset, owner, severity }) => {
    const isFound = findings.some((one) => one.kind === kind && one.dataset === dataset);
    // A circuit is of a dependency, and an object may be of anything. Where messages were not looked at, it is not known whether this
    // dataset has some left.
    const isKnown = kind === 'deadline' || kind === 'failing' || findings.some((one) => one.kind === kind);
    if (kind === 'circuit' || kind === 'unreadable' || deployed.has(dataset) || isFound || !isKnown) return [];
    return [{ kind, dataset, owner, severity, summary: `${dataset} is not deployed any more.`, active: false }];
  });
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

/** Whether something has joined an incident that is open. */
function isNewer({ episode }: Pick<Finding, 'episode'>, known: Incident): boolean {
  return episode !== undefined && (known.episode === undefined || episode > known.episode);
}

function isStale({ markedAt }: Incident, now: Date): boolean {
  return now.getTime() - Date.parse(markedAt) >= MARK_MS;
}
