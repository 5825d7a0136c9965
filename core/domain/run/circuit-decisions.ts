import {
  CLOSED_CIRCUIT,
  MAX_RECENT_RUNS,
  type Affected,
  type Circuit,
  type CircuitNotice,
  type Probe,
} from '../../contracts/run/circuit';
import type { CircuitOptions } from '../../contracts/dataset/circuit-options';
import type { ReasonCode } from '../../contracts/run/endings';
import { circuitMessageId } from '../../contracts/message-ids';
import { MINUTE_MS } from '../../contracts/partition';
import type { Verdict } from './circuit-verdict';
import { utcMinute } from '../text/times';

/**
 * The circuit breaker as pure functions from its record: who may try the dependency, and what a run's ending changes. They read nothing
 * and write nothing; `runtime/ledger/circuit-record.ts` swaps what they decide. A function that changes nothing gives back the very record it was given.
 */

/** When a circuit opens and for how long. */
type Limits = Pick<CircuitOptions, 'failures' | 'coolDownMinutes' | 'maxCoolDownMinutes'>;

/** Which circuit. */
interface Of {
  readonly dependency: string;
  readonly limits: Limits;
}

/** A run that wants to work on a partition. */
export interface Entrant {
  readonly runId: string;
  readonly executionArn: string;
  readonly dataset: string;
  readonly partition: string;
}

/** The dependency is left alone; the partition is noted as one to recover. */
interface Refusal {
  readonly kind: 'refuse';
  readonly detail: string;
  readonly next: Circuit;
}

export type EntryDecision =
  | { readonly kind: 'enter'; readonly generation: number; readonly probe: boolean; readonly next: Circuit }
  | Refusal
  /** It depends on whether the probe's execution still runs: ask, and decide again. */
  | { readonly kind: 'ask'; readonly probe: Probe };

/**
 * Whether a run may try the dependency. While the circuit is open, one may once its time is over: it becomes the probe. `probeRuns` is what
 * is known of the probe's execution; no clock says that a probe is dead.
 */
export function decideEntry(
  circuit: Circuit,
  me: Entrant,
  of: Of,
  now: Date,
  probeRuns: boolean | undefined,
): EntryDecision {
  const { openUntil, probe, generation } = circuit;
  if (openUntil === null) return { kind: 'enter', generation, probe: false, next: circuit };
  if (probe?.runId === me.runId) return { kind: 'enter', generation, probe: true, next: circuit };
  if (probe !== null && probeRuns === undefined) return { kind: 'ask', probe };
  if (probe !== null && probeRuns === false) {
    const text = `run ${probe.runId}, which tried it, is gone without an ending`;
    const next = open(circuit, of, { text, code: null, runId: probe.runId, at: now.toISOString() }, now);
    return refuse(next, me, of);
  }
  if (probe !== null || now.getTime() < Date.parse(openUntil)) return refuse(circuit, me, of);
  const mine: Probe = { runId: me.runId, executionArn: me.executionArn, since: now.toISOString() };
  return { kind: 'enter', generation, probe: true, next: { ...circuit, probe: mine } };
}

/** For a run that might be the probe and would not come to trying for a long time: meanwhile no other run could. */
export function leaveToAnother(circuit: Circuit, me: Entrant, of: Of): Refusal {
  return refuse(circuit, me, of);
}

function refuse(circuit: Circuit, me: Entrant, { dependency }: Of): Refusal {
  return { kind: 'refuse', detail: whyOpen(circuit, dependency), next: note(circuit, me) };
}

/** Why an open circuit lets no run through, for the manifest of the one that it refused. */
function whyOpen({ openUntil, probe, trouble }: Circuit, dependency: string): string {
  const since = trouble === null ? '' : ` since ${utcMinute(trouble.since)}, because ${trouble.cause.text}`;
  const next =
    probe === null
      ? `The first run after ${utcMinute(openUntil ?? '')} tries it again.`
      : `Run ${probe.runId} tries it since ${utcMinute(probe.since)}.`;
  return `${dependency} is left alone${since}. ${next} To try at once: ${resetCommand(dependency)}`;
}

/** What an operator types to have a dependency tried at once. */
export function resetCommand(dependency: string): string {
  return `rollcall circuit reset ${dependency}`;
}

/** How a run ended, as far as the circuit is concerned. */
export interface RunReport {
  readonly runId: string;
  readonly dataset: string;
  readonly partition: string;
  readonly verdict: Verdict;
  readonly code: ReasonCode;
  /** What happened, for people. */
  readonly text: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The generation that the run was claimed in; undefined where it never was, or it is not known. */
  readonly generation: number | undefined;
}

/** The circuit after a run. Of a run that was claimed in an older generation only its partition is noted, for the recovery. */
export function afterRun(circuit: Circuit, run: RunReport, of: Of, now: Date): Circuit {
  if (circuit.probe?.runId === run.runId) return afterProbe(circuit, run, of, now);
  const isOfNow = circuit.openUntil === null && run.generation === circuit.generation;
  switch (run.verdict) {
    case 'failed':
      if (isOfNow && !circuit.recentRunIds.includes(run.runId)) return count(circuit, run, of, now);
      return circuit.trouble === null ? circuit : note(circuit, run);
    case 'answered':
      // Who began before the trouble did says nothing about it.
      return isOfNow && circuit.trouble !== null && run.startedAt >= circuit.trouble.since
        ? { ...circuit, failures: 0, trouble: null }
        : circuit;
    case 'untried':
    case 'unknown':
      return circuit;
  }
}

function afterProbe(circuit: Circuit, run: RunReport, of: Of, now: Date): Circuit {
  switch (run.verdict) {
    case 'answered':
      return close(circuit, of.dependency, { runId: run.runId, cause: run.text }, now);
    // It never came to trying: the next one may.
    case 'untried':
      return note({ ...circuit, probe: null }, run);
    case 'failed':
    case 'unknown':
      return open(note(circuit, run), of, causeOf(run, now), now);
  }
}

function count(circuit: Circuit, run: RunReport, of: Of, now: Date): Circuit {
  const cause = causeOf(run, now);
  const failures = circuit.failures + 1;
  const trouble = circuit.trouble ?? { since: cause.at, openings: 0, cause, affected: {} };
  const counted: Circuit = {
    ...circuit,
    failures,
    recentRunIds: [...circuit.recentRunIds, run.runId].slice(-MAX_RECENT_RUNS),
    trouble: { ...trouble, cause, affected: extended(trouble.affected, run) },
  };
  if (failures < of.limits.failures) return counted;
  const opened = open(counted, of, cause, now);
  return tell(
    opened,
    of.dependency,
    'opened',
    { runId: run.runId, failures, since: trouble.since, cause: run.text },
    now,
  );
}

const causeOf = ({ text, code, runId }: RunReport, now: Date) => ({ text, code, runId, at: now.toISOString() });

type Cause = NonNullable<Circuit['trouble']>['cause'];

/** Open, each time for twice as long as the last. A run that is still going was claimed in an older generation from now on. */
function open(circuit: Circuit, { limits }: Of, cause: Cause, now: Date): Circuit {
  const { since = cause.at, openings = 0, affected = {} } = circuit.trouble ?? {};
  const minutes = Math.min(limits.maxCoolDownMinutes, limits.coolDownMinutes * 2 ** openings);
  const trouble = { since, openings: openings + 1, cause, affected };
  return { ...nextGeneration(circuit), openUntil: later(now, minutes), trouble };
}

/** Begins a new generation: nothing is counted yet, and no run tries. */
const nextGeneration = (circuit: Circuit): Circuit => ({
  ...circuit,
  generation: circuit.generation + 1,
  failures: 0,
  recentRunIds: [],
  probe: null,
});

const later = (now: Date, minutes: number): string => new Date(now.getTime() + minutes * MINUTE_MS).toISOString();

/**
 * Closed, and what ran into the trouble is recovered later. Where nothing did there will be no backfill whose message
 * says so, so it has its own.
 */
function close(circuit: Circuit, dependency: string, by: { runId: string | null; cause: string }, now: Date): Circuit {
  const { since = now.toISOString(), affected = {} } = circuit.trouble ?? {};
  const closed: Circuit = { ...nextGeneration(circuit), openUntil: null, trouble: null };
  if (Object.keys(affected).length === 0) return tell(closed, dependency, 'closed', { ...by, failures: 0, since }, now);
  // Two troubles in a row before the sweep came by: one recovery for both.
  const kept = circuit.recoveryOwed;
  const merged = Object.entries(kept?.affected ?? {}).reduce((all, [dataset, { from, to }]) => {
    return extended(extended(all, { dataset, partition: from }), { dataset, partition: to });
  }, affected);
  return {
    ...closed,
    recoveryOwed: {
      generation: closed.generation,
      since: kept?.since ?? since,
      until: now.toISOString(),
      affected: merged,
    },
  };
}

function tell(
  circuit: Circuit,
  dependency: string,
  kind: CircuitNotice['kind'],
  what: Pick<CircuitNotice, 'runId' | 'failures' | 'since' | 'cause'>,
  now: Date,
): Circuit {
  const messageId = circuitMessageId(dependency, circuit.generation, now);
  const notice: CircuitNotice = { messageId, kind, at: now.toISOString(), openUntil: circuit.openUntil, ...what };
  return { ...circuit, notices: [...circuit.notices, notice] };
}

interface Named {
  readonly dataset: string;
  readonly partition: string;
}

/** Notes a partition as one that ran into the trouble. */
function note(circuit: Circuit, of: Named): Circuit {
  const { trouble } = circuit;
  if (trouble === null) return circuit;
  const affected = extended(trouble.affected, of);
  return affected === trouble.affected ? circuit : { ...circuit, trouble: { ...trouble, affected } };
}

/** By whole days: so the record is written once for all the hours of one, and not by each run of a backfill that is skipped. */
function extended(affected: Affected, { dataset, partition }: Named): Affected {
  const day = partition.slice(0, 'yyyy-MM-dd'.length);
  const days = affected[dataset];
  if (days === undefined) return { ...affected, [dataset]: { from: day, to: day } };
  if (day >= days.from && day <= days.to) return affected;
  return { ...affected, [dataset]: { from: day < days.from ? day : days.from, to: day > days.to ? day : days.to } };
}

/** Opened by hand for so many minutes; also longer or shorter where it is open already. */
export function openByHand(circuit: Circuit, dependency: string, minutes: number, now: Date): Circuit {
  const at = now.toISOString();
  const cause: Cause = { text: 'an operator opened its circuit by hand', code: null, runId: null, at };
  const { since = at, openings = 0, affected = {} } = circuit.trouble ?? {};
  const trouble = { since, openings: Math.max(1, openings), cause, affected };
  const opened: Circuit = { ...nextGeneration(circuit), openUntil: later(now, minutes), trouble };
  if (circuit.openUntil !== null) return opened;
  return tell(opened, dependency, 'opened', { runId: null, failures: 0, since: at, cause: cause.text }, now);
}

/** Closed by hand; failures are forgotten. */
export function resetByHand(circuit: Circuit, dependency: string, now: Date): Circuit {
  if (circuit.openUntil !== null)
    return close(circuit, dependency, { runId: null, cause: 'an operator reset it by hand' }, now);
  if (circuit.trouble === null) return circuit;
  return { ...nextGeneration(circuit), trouble: null };
}

/**
 * A circuit whose record can't be read any more: closed, and told, whatever it was. `before`: as it was once, where that is known; what it
 * kept back then is recovered.
 */
export function rebuilt(before: Circuit | undefined, dependency: string, why: string, now: Date): Circuit {
  const old = before ?? CLOSED_CIRCUIT;
  const closed = close(old, dependency, { runId: null, cause: why }, now);
  const notice: CircuitNotice = {
    messageId: circuitMessageId(dependency, closed.generation, now),
    kind: 'closed',
    at: now.toISOString(),
    runId: null,
    failures: 0,
    since: old.trouble?.since ?? now.toISOString(),
    openUntil: null,
    cause: why,
    rebuilt: true,
  };
  return { ...closed, notices: [...old.notices, notice] };
}

/** The circuit without the recovery that was started, and without the notices whose messages are out. */
export function settled(
  circuit: Circuit,
  { recovery, told }: { readonly recovery: number | undefined; readonly told: ReadonlySet<string> },
): Circuit {
  const notices = circuit.notices.filter(({ messageId }) => !told.has(messageId));
  const isStarted = recovery !== undefined && circuit.recoveryOwed?.generation === recovery;
  if (!isStarted && notices.length === circuit.notices.length) return circuit;
  return { ...circuit, notices, recoveryOwed: isStarted ? null : circuit.recoveryOwed };
}
