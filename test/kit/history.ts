import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Usage } from '../../core/contracts/run/steps';

/** Builds execution histories as Step Functions writes them: each event follows another one of its own thread. */
export class HistoryBuilder {
  readonly events: HistoryEvent[] = [];
  private last = 0;
  private at = Date.parse('2026-01-20T06:15:03.000Z');

  constructor() {
    this.add('ExecutionStarted', {});
  }

  /** The time of the next event, seconds later. */
  wait(seconds: number): this {
    this.at += seconds * 1000;
    return this;
  }

  enter(name: string, input: unknown = {}, type = 'Task'): this {
    return this.add(`${type}StateEntered`, { stateEnteredEventDetails: { name, input: JSON.stringify(input) } });
  }

  exit(name: string, output: unknown = {}, type = 'Task'): this {
    return this.add(`${type}StateExited`, { stateExitedEventDetails: { name, output: JSON.stringify(output) } });
  }

  start(): this {
    return this.add('TaskScheduled', {}).add('TaskStarted', {});
  }

  succeed(payload: object = {}, usage: Usage = { seconds: 1, peakMb: 100, requests: 2 }): this {
    const output = JSON.stringify({ ExecutedVersion: '1', Payload: { ...payload, usage } });
    return this.add('TaskSucceeded', {
      taskSucceededEventDetails: { resource: 'invoke', resourceType: 'lambda', output },
    });
  }

  fail(error: string, cause = ''): this {
    return this.add('TaskFailed', {
      taskFailedEventDetails: { resource: 'invoke', resourceType: 'lambda', error, cause },
    });
  }

  /** A whole task: entered, the failed attempts, the last one successful after a second. */
  task(name: string, input: unknown = {}, failures: readonly string[] = []): this {
    this.enter(name, input);
    for (const error of failures) this.start().wait(1).fail(error);
    return this.start().wait(1).succeed().exit(name, input);
  }

  add(type: string, details: object): this {
    const id = this.events.length + 1;
    this.events.push({
      id,
      previousEventId: this.last,
      type,
      timestamp: new Date(this.at),
      ...details,
    } as HistoryEvent);
    this.last = id;
    return this;
  }

  /** Runs `build` as a thread that branches off here; then goes on from here. */
  thread(build: (thread: this) => void): this {
    const from = this.last;
    build(this);
    this.last = from;
    return this;
  }
}
