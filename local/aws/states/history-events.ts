import { StateError } from './asl-types';

/** An event in the shape of GetExecutionHistory; `timestamp` in epoch milliseconds. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
  readonly type: string;
  /** `stateEnteredEventDetails` and the like. */
  readonly [details: string]: unknown;
}

/** Where a branch of an execution is in its history: what comes next refers to what came before. */
export interface Thread {
  last: number;
}

const MAX_EVENTS = 25_000;
/** Nothing is written after one of these. */
const CLOSING = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/;

export class History {
  readonly events: HistoryEvent[] = [];
  #closed = false;

  constructor(
    readonly now: () => number,
    readonly onEvent: (event: HistoryEvent) => void,
  ) {}

  /** Adds an event after the thread's last one. The 25,000-event limit fails the execution, uncaught. */
  add(thread: Thread, type: string, details: Readonly<Record<string, unknown>> = {}): number {
    if (this.#closed) return thread.last;
    const closing = CLOSING.test(type);
    if (this.events.length >= MAX_EVENTS - 1 && !closing) {
      throw new StateError(
        'States.Runtime',
        `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
        false,
      );
    }
    const id = this.events.length + 1;
    const event: HistoryEvent = { id, previousEventId: thread.last, timestamp: this.now(), type, ...details };
    this.#closed = closing;
    this.events.push(event);
    thread.last = id;
    this.onEvent(event);
    return id;
  }
}

/** A value as history and descriptions carry it: JSON text. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
