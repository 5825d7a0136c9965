import { AsyncLocalStorage } from 'node:async_hooks';

/** How simulated time passes while work is going on: with real elapsed time, or not at all. */
export type ClockFlow = 'real' | 'frozen';

export interface ClockOptions {
  /** The instant at which simulated time starts. */
  readonly start: Date | string | number;
  /** Default `real`. */
  readonly flow?: ClockFlow;
}

export interface TimerOptions {
  /** A background timer fires when time passes it, but never makes the clock jump by itself (schedules). */
  readonly background?: boolean;
}

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly background: boolean;
  readonly fire: () => void;
}

/** One piece of work that keeps the clock from jumping, unless it is itself asleep. */
interface Token {
  held: boolean;
  suspensions: number;
}

/**
 * The one clock of a local world. It jumps to the earliest due timer as soon as nothing works:
 * work is what runs inside `busy()` and does not `sleep()` there. Timers fire in the order in
 * which they are due, each one alone, so that what it causes happens before the next one fires.
 */
export class VirtualClock {
  readonly flow: ClockFlow;
  readonly #scope = new AsyncLocalStorage<Token>();
  readonly #jumpListeners = new Set<(now: number) => void | Promise<void>>();
  #base: number;
  #since = performance.now();
  #timers: Timer[] = [];
  #order = 0;
  #busy = 0;
  #checking = false;
  #alarm: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Counts restarts: what was under way before one has no say after it. */
  #era = 0;
  #told: Promise<unknown> = Promise.resolve();
  #idleWaiters: (() => void)[] = [];

  constructor(options: ClockOptions) {
    this.flow = options.flow ?? 'real';
    this.#base = new Date(options.start).getTime();
    if (Number.isNaN(this.#base)) throw new RangeError(`Not an instant: ${String(options.start)}`);
  }

  /** Milliseconds since the epoch, in simulated time. */
  now(): number {
    if (this.flow === 'frozen') return this.#base;
    return this.#base + Math.floor(performance.now() - this.#since);
  }

  /** The simulated instant as a Date. */
  date(): Date {
    return new Date(this.now());
  }

  /**
   * Resolves after so many simulated milliseconds, or at that instant. Called inside `busy()`,
   * it lets the clock jump meanwhile. An aborted signal ends the sleep early, without an error.
   */
  sleep(until: number | Date, options: TimerOptions & { readonly signal?: AbortSignal } = {}): Promise<void> {
    const due = until instanceof Date ? until.getTime() : this.now() + until;
    const resume = this.#suspend();
    return new Promise((resolve) => {
      const wake = (): void => {
        options.signal?.removeEventListener('abort', onAbort);
        resume();
        resolve();
      };
      const cancel = this.timer(new Date(due), wake, options);
      const onAbort = (): void => {
        cancel();
        wake();
      };
      if (options.signal?.aborted === true) onAbort();
      else options.signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Calls `fire` once simulated time reaches the instant. Returns what cancels it. */
  timer(at: Date, fire: () => void, options: TimerOptions = {}): () => void {
    const timer: Timer = { due: at.getTime(), order: this.#order++, background: options.background ?? false, fire };
    let index = this.#timers.length;
    while (index > 0 && (this.#timers[index - 1]?.due ?? 0) > timer.due) index -= 1;
    this.#timers.splice(index, 0, timer);
    this.#poke();
    return () => {
      const position = this.#timers.indexOf(timer);
      if (position >= 0) this.#timers.splice(position, 1);
      this.#poke();
    };
  }

  /** Runs work during which the clock must not jump. Work inside work counts on its own. */
  busy<T>(work: () => Promise<T>): Promise<T> {
    return this.begin(work).promise;
  }

  /** As `busy()`; `release` stops counting the work while it goes on, unattended. */
  begin<T>(work: () => Promise<T>): { readonly promise: Promise<T>; readonly release: () => void } {
    const token: Token = { held: true, suspensions: 0 };
    this.#busy += 1;
    const release = (): void => {
      if (!token.held) return;
      token.held = false;
      if (token.suspensions === 0) this.#leave();
    };
    const promise = this.#scope.run(token, async () => work()).finally(release);
    return { promise, release };
  }

  /** Keeps the clock from jumping until the returned function is called. */
  hold(): () => void {
    this.#busy += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#leave();
    };
  }

  /** Waits for something without counting as work: what is waited for says itself whether it works. */
  async waiting<T>(promise: Promise<T>): Promise<T> {
    const resume = this.#suspend();
    try {
      return await promise;
    } finally {
      resume();
    }
  }

  /**
   * Time passes now, whatever is working: every timer due on the way fires in order. For injected
   * delays ("this request took 30 s"), which no test should have to wait for.
   */
  async advance(ms: number): Promise<void> {
    const target = this.now() + ms;
    const era = this.#era;
    for (let next = this.#timers[0]; next !== undefined && next.due <= target; next = this.#timers[0]) {
      this.#fire(next);
      await this.#told;
      await turn();
      if (era !== this.#era) return;
    }
    if (target > this.now()) this.#jumpTo(target);
    await this.#told;
  }

  /** Resolves once nothing works and no timer but background ones is set. */
  async idle(): Promise<void> {
    await turn();
    if (this.#busy === 0 && !this.#timers.some((timer) => !timer.background)) return;
    await new Promise<void>((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#poke();
    });
  }

  /**
   * Tells the listener after every jump (not while time flows by itself); `advance()` waits until it
   * has taken note. Returns what ends that.
   */
  onJump(listener: (now: number) => void | Promise<void>): () => void {
    this.#jumpListeners.add(listener);
    return () => this.#jumpListeners.delete(listener);
  }

  /** Starts over at an instant, without any timer. */
  restart(start: Date | string | number): void {
    this.#era += 1;
    this.#timers = [];
    this.#jumpTo(new Date(start).getTime());
  }

  /** No timer fires any more; nothing of the clock keeps the process alive. */
  stop(): void {
    this.#stopped = true;
    this.#timers = [];
    clearTimeout(this.#alarm);
  }

  #suspend(): () => void {
    const token = this.#scope.getStore();
    if (token === undefined || !token.held) return () => undefined;
    token.suspensions += 1;
    if (token.suspensions === 1) this.#leave();
    let suspended = true;
    return () => {
      if (!suspended) return;
      suspended = false;
      token.suspensions -= 1;
      if (token.suspensions === 0 && token.held) this.#busy += 1;
    };
  }

  #leave(): void {
    this.#busy -= 1;
    this.#poke();
  }

  #jumpTo(instant: number): void {
    this.#base = instant;
    this.#since = performance.now();
    this.#told = Promise.all([...this.#jumpListeners].map(async (listener) => listener(instant)));
  }

  #fire(timer: Timer): void {
    const position = this.#timers.indexOf(timer);
    if (position >= 0) this.#timers.splice(position, 1);
    if (timer.due > this.now()) this.#jumpTo(timer.due);
    timer.fire();
  }

  /** Looks, once all that is ready to run has run, whether a timer may fire. */
  #poke(): void {
    if (this.#checking || this.#stopped) return;
    this.#checking = true;
    void turn().then(() => {
      this.#checking = false;
      this.#check();
    });
  }

  #check(): void {
    if (this.#stopped) return;
    clearTimeout(this.#alarm);
    const next = this.#timers[0];
    const foreground = this.#timers.some((timer) => !timer.background);
    if (this.#busy === 0 && !foreground) {
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
    if (next === undefined) return;
    if (next.due <= this.now() || (this.#busy === 0 && foreground)) {
      this.#fire(next);
      this.#poke();
      return;
    }
    if (this.flow === 'real') {
      this.#alarm = setTimeout(() => this.#poke(), Math.min(next.due - this.now(), 60_000));
      this.#alarm.unref();
    }
  }
}

/** Two turns of the event loop: whatever was ready to run has run, and what it made ready too. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
