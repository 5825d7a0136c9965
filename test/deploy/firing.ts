/**
 * When the test's datasets are due. An hourly dataset's schedule fires `availableMinutes` past each full hour, so the test
 * picks as `availableMinutes` the minute that the clock is about to reach, and the schedule fires by itself, at its real time.
 */

/** Environment variable in which the test tells the datasets under `test/deploy/datasets/` when they are due. */
export const FIRES_AT = 'ROLLCALL_DEPLOY_FIRES_AT';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A firing of an hourly schedule and what follows from it. */
export interface Firing {
  /** The full minute at which the schedule fires. */
  readonly at: Date;
  /** What the dataset has to declare so that it does. */
  readonly availableMinutes: number;
  /** The hour that the run derives from it: `floor(scheduledTime − available) − one hour`. */
  readonly partition: string;
}

/** The first full minute that is at least `seconds` away from `now`. */
export function nextFiring(now: Date, seconds: number): Firing {
  return firingAt(new Date(Math.ceil((now.getTime() + seconds * 1000) / MINUTE_MS) * MINUTE_MS));
}

/** What a firing at this full minute means. */
function firingAt(at: Date): Firing {
  const fullHour = Math.floor(at.getTime() / HOUR_MS) * HOUR_MS;
  return {
    at,
    availableMinutes: at.getUTCMinutes(),
    partition: new Date(fullHour - HOUR_MS).toISOString().slice(0, 13),
  };
}

/**
 * The firing that the test has planned, read by its datasets.
 * @throws Error when the test has planned none
 */
export function plannedFiring(): Firing {
  const text = process.env[FIRES_AT];
  const at = new Date(text ?? NaN);
  if (Number.isNaN(at.getTime()))
    throw new Error(
      `${FIRES_AT}: got ${text ?? 'nothing'}, expected an instant; these datasets are for npm run test:deploy`,
    );
  return firingAt(at);
}
