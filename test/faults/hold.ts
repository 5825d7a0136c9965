import type { FaultWorld } from './fault-world';
import type { Trace } from './trace';

/** Requests that are held up: their Lambdas run on when they are let go. */
export class Holds {
  /** How many there are. */
  count = 0;

  constructor(
    readonly world: FaultWorld,
    readonly trace: Trace,
  ) {}

  /** Holds a request up while simulated time goes on, then keeps the clock until its Lambda has done what it had left to do. */
  async hold(caller: string, on: string, ms: number): Promise<void> {
    const { clock } = this.world.app;
    const requestId = this.world.processes.callerOf(caller)?.requestId;
    this.count += 1;
    await new Promise<void>((resolve) => clock.timer(new Date(clock.now() + ms), resolve));
    this.trace.add({ what: 'release', of: on });
    const release = clock.hold();
    void this.#untilDone(caller, requestId).then(() => {
      this.count -= 1;
      release();
    });
  }

  async #untilDone(caller: string, requestId: string | undefined): Promise<void> {
    // At least a moment: what was on its way has to take effect.
    do await new Promise((resolve) => setTimeout(resolve, 4));
    while (requestId !== undefined && this.world.processes.callerOf(caller)?.requestId === requestId);
  }
}
