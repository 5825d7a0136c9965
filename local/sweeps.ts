import type { Firing } from './aws/events';
import type { World } from './world';

const TEN_MINUTES_MS = 600_000;

/**
 * Fires the sweep's schedule at every tenth minute from now on, as EventBridge Scheduler would. It does not make the clock jump by itself:
 * only while something else goes on, or time passes. Returns what ends it.
 */
export function sweepEveryTenMinutes(world: World, onSwept: (firing: Firing) => void = () => undefined): () => void {
  const { clock } = world;
  let cancel = (): void => undefined;
  const plan = (due: number): void => {
    cancel = clock.timer(
      new Date(due),
      () => {
        plan(due + TEN_MINUTES_MS);
        void clock.busy(async () => onSwept(await world.runSchedule('Sweep', new Date(due))));
      },
      { background: true },
    );
  };
  plan(clock.now() + TEN_MINUTES_MS);
  return () => cancel();
}

/** Lets ten minutes pass, sweeps, and waits until nothing goes on any more. */
export async function sweepOnce(world: World): Promise<void> {
  await world.clock.advance(TEN_MINUTES_MS);
  await world.clock.busy(() => world.runSchedule('Sweep'));
  await world.settle();
}
