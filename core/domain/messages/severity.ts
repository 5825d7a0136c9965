import type { BackfillStatus } from '../../contracts/backfill/backfill-endings';
import { endingOf } from '../../contracts/run/endings';
import type { Manifest } from '../../contracts/run/manifest';
import type { RollCall } from '../../contracts/sweep/roll-call';
import type { About } from './about';
import type { Severity, Sign } from './message';

/** The sign of a run by its status, and how much that matters. */
export const RUN_SIGNS: Readonly<Record<Manifest['status'], readonly [Sign, Severity]>> = {
  PUBLISHED: ['success', 'success'],
  PARTIAL: ['incomplete', 'warning'],
  NO_DATA: ['no data', 'info'],
  SKIPPED: ['skipped', 'info'],
  FAILED: ['failed', 'error'],
  TIMED_OUT: ['timed out', 'error'],
  ABORTED: ['aborted', 'error'],
  NEVER_STARTED: ['never started', 'error'],
};

/** The same of a backfill. */
export const BACKFILL_SIGNS: Readonly<Record<BackfillStatus, readonly [Sign, Severity]>> = {
  NOTHING_MISSING: ['success', 'success'],
  RECOVERED: ['success', 'success'],
  STILL_MISSING: ['incomplete', 'warning'],
  FAILED: ['failed', 'error'],
  TIMED_OUT: ['timed out', 'error'],
  ABORTED: ['aborted', 'error'],
};

const RANKS: readonly Severity[] = ['success', 'info', 'warning', 'error'];

/** How much a message matters. */
export function severityOf(about: About): Severity {
  switch (about.kind) {
    case 'ending':
      return ofRun(about.manifest);
    case 'endings':
      return RANKS[Math.max(0, ...about.manifests.map((manifest) => RANKS.indexOf(ofRun(manifest))))] ?? 'info';
    case 'backfill':
      return BACKFILL_SIGNS[about.manifest.status][1];
    case 'circuit':
      return about.notice.kind === 'opened' ? 'warning' : 'success';
    case 'roll-call':
      return isWell(about.call) ? 'success' : 'warning';
    case 'overdue':
    case 'unlisted':
    case 'untold':
      return 'warning';
  }
}

/** Whether all that was due is published. */
export function isWell({ missing, running, notCounted }: RollCall): boolean {
  return missing.length === 0 && running === 0 && notCounted.length === 0;
}

/** A skip or an empty partition that a person has to do something about is more than a piece of news. */
function ofRun({ status, reason, quality, retry }: Manifest): Severity {
  const [, severity] = RUN_SIGNS[status];
  const isWarned = (quality?.warnings.length ?? 0) > 0;
  const needsPerson = retry === undefined && endingOf(reason.code).person === 'acts';
  return severity !== 'error' && (isWarned || needsPerson) ? 'warning' : severity;
}
