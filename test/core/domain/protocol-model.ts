import { EMPTY_RECORD, type EndingRef, type PartitionRecord } from '../../../core/contracts/run/partition-record';
import { decideClaim, decidePublish, decideSeal, recordedEnding } from '../../../core/domain/partition/protocol';
import { arnOf, ending, NOW, publication } from '../../kit/runs';

/**
 * The protocol over an abstract compare-and-swap store. Every Lambda invocation is a process that can be stopped between each of its
 * reads and writes; who moves next is for the caller to pick. What is left of an aborted or timed-out invocation runs on as an orphan.
 */

export interface Protocol {
  readonly decideClaim: typeof decideClaim;
  readonly decidePublish: typeof decidePublish;
  readonly decideSeal: typeof decideSeal;
}
export const PROTOCOL: Protocol = { decideClaim, decidePublish, decideSeal };

type Process = Generator<void, void>;

class Run {
  closed = false;
  stage: 'claim' | 'publish' | 'record' | 'done' = 'claim';
  fence: number | undefined;
  /** The invocation that the state machine waits for. */
  current: Process | undefined;
  retries = 1;
  events = 1;
  constructor(
    readonly id: string,
    readonly reprocess: boolean,
  ) {}
}

export class ProtocolModel {
  record: PartitionRecord = EMPTY_RECORD;
  version = 0;
  readonly manifests = new Map<string, EndingRef>();
  readonly commits: string[] = [];
  readonly violations: string[] = [];
  private readonly processes = new Set<Process>();
  /** The process that makes its move: how a process knows itself. */
  private stepping: Process | undefined;
  private readonly runs = [new Run('a', false), new Run('b', true)];

  constructor(private readonly protocol: Protocol) {}

  /** Everything that can happen next. */
  private actions(): (() => void)[] {
    // Four times each, so that aborts and time-outs do not end every history early.
    const actions: (() => void)[] = [...this.processes].flatMap((process) => Array(4).fill(() => this.step(process)));
    for (const run of this.runs) {
      if (run.closed) {
        if (run.events > 0) actions.push(() => ((run.events -= 1), this.start(this.recording(run))));
        continue;
      }
      if (run.current === undefined) actions.push(...Array(4).fill(() => this.advance(run)));
      else if (run.retries > 0) {
        // The task timed out and is retried; its first invocation runs on.
        actions.push(() => ((run.retries -= 1), this.advance(run)));
      }
      actions.push(() => (run.closed = true));
    }
    return actions;
  }

  /** Makes the picked moves, then lets everything come to its end, in the order of `picks` too. */
  play(picks: readonly number[]): this {
    for (const pick of picks) {
      const actions = this.actions();
      actions[pick % Math.max(1, actions.length)]?.();
      this.check();
    }
    // The sweep records what closed without a manifest; the orphans end after it or before, as the picks have it.
    for (const run of this.runs) {
      run.closed = true;
      this.start(this.recording(run));
    }
    for (let turn = 0; this.processes.size > 0; turn += 1) {
      const all = [...this.processes];
      this.step(all[(picks[turn % Math.max(1, picks.length)] ?? 0) % all.length] as Process);
      this.check();
    }
    for (const run of this.runs) if (!this.manifests.has(run.id)) this.violations.push(`${run.id} has no manifest`);
    return this;
  }

  private start(process: Process): Process {
    this.processes.add(process);
    return process;
  }

  private step(process: Process): void {
    this.stepping = process;
    if (process.next().done === true) this.processes.delete(process);
  }

  /** What the state machine does next: starts the invocation of the run's stage. */
  private advance(run: Run): void {
    if (run.stage === 'claim') run.current = this.start(this.claiming(run));
    else if (run.stage === 'publish') run.current = this.start(this.publishing(run));
    else if (run.stage === 'record') run.current = this.start(this.recording(run, true));
    else run.closed = true;
  }

  /** An invocation reports: only the one that the state machine waits for is heard. */
  private report(run: Run, self: Process, next: Run['stage'], fence?: number): void {
    if (run.closed || run.current !== self) return;
    run.current = undefined;
    run.stage = next;
    run.fence ??= fence;
  }

  private *claiming(run: Run): Process {
    const me = { runId: run.id, executionArn: arnOf(run.id), reprocess: run.reprocess };
    const self = this.stepping as Process;
    for (;;) {
      const { record, version } = this;
      yield;
      let decision = this.protocol.decideClaim(record, me, NOW, undefined);
      if (decision.kind === 'ask') {
        const { runId } = decision.holder;
        const running = this.runs.some((one) => one.id === runId && !one.closed);
        yield;
        decision = this.protocol.decideClaim(record, me, NOW, running);
      }
      if (decision.kind === 'held') return this.report(run, self, 'publish', decision.fence);
      if (decision.kind !== 'take') return this.report(run, self, 'record');
      const swapped = this.swap(version, decision.next);
      yield;
      if (swapped) return this.report(run, self, 'publish', decision.fence);
    }
  }

  private *publishing(run: Run): Process {
    const self = this.stepping as Process;
    const fence = run.fence ?? 0;
    for (;;) {
      const { record, version } = this;
      yield;
      const decision = this.protocol.decidePublish(record, fence, publication(run.id));
      if (decision.kind !== 'swap') return this.report(run, self, 'record');
      const swapped = this.swap(version, decision.next);
      if (swapped) this.commits.push(run.id);
      yield;
      if (swapped) return this.report(run, self, 'record');
    }
  }

  /** Whatever happened, a failure is what arrives: the record alone may say that the run published. */
  private *recording(run: Run, inside = false): Process {
    const self = this.stepping as Process;
    const arrived = ending(inside ? 'INTERNAL_ERROR' : 'TIME_LIMIT');
    for (;;) {
      const { record, version } = this;
      yield;
      const recorded = this.manifests.get(run.id) ?? arrived;
      const sealing = { runId: run.id, ending: recorded, at: NOW, speaksForPartition: true };
      const { stands, next } = this.protocol.decideSeal(record, sealing);
      const sealed = next === undefined || this.swap(version, next);
      yield;
      if (!sealed) continue;
      if (!this.manifests.has(run.id)) this.manifests.set(run.id, stands);
      yield;
      return this.report(run, self, 'done');
    }
  }

  private swap(version: number, next: PartitionRecord): boolean {
    if (version !== this.version) return false;
    if (next.fence < this.record.fence) this.violations.push('the fence went back');
    this.version += 1;
    this.record = next;
    return true;
  }

  private check(): void {
    for (const [runId, { status }] of this.manifests) {
      const official =
        this.record.publication?.runId === runId || this.record.superseded.some((one) => one.runId === runId);
      if (official !== (status === 'PUBLISHED'))
        this.violations.push(`${runId} is ${status} in its manifest and official: ${official}`);
      const recorded = recordedEnding(this.record, runId);
      if (recorded !== undefined && recorded.status !== status) this.violations.push(`${runId} ended in two ways`);
    }
    for (const { id } of this.runs) {
      if (this.commits.filter((one) => one === id).length > 1) this.violations.push(`${id} published twice`);
    }
  }
}
