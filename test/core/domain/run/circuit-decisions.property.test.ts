import * as fc from 'fast-check';
import { CLOSED_CIRCUIT, circuitSchema, type Circuit } from '../../../../core/contracts/run/circuit';
import { afterRun, decideEntry, openByHand, resetByHand } from '../../../../core/domain/run/circuit-decisions';
import type { Verdict } from '../../../../core/domain/run/circuit-verdict';
import { DEPENDENCY, entrant, LIMITS as USUAL, report } from '../../../helpers/circuits';
import { NOW } from '../../../helpers/runs';

/**
 * Random stories of runs that claim, end (once, twice, in any order), die, and of people who open and reset, told to the circuit and to
 * an observer who just writes everything down and counts.
 */

type Event =
  | { readonly do: 'claim'; readonly run: number; readonly day: number }
  | { readonly do: 'end'; readonly run: number; readonly verdict: Verdict }
  | { readonly do: 'die'; readonly run: number }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'open' | 'reset' };

/** Two failures, so that short stories come to something. */
const LIMITS = { ...USUAL, failures: 2 };
const OF = { dependency: DEPENDENCY, limits: LIMITS };
const RUNS = 6;
const run = fc.nat(RUNS - 1);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('claim' as const), run, day: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      run,
      verdict: fc.constantFrom<Verdict>('failed', 'failed', 'failed', 'answered', 'untried', 'unknown'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), run }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 70 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'reset' as const) }) },
);

/** A run, as the observer knows it. */
interface Watched {
  readonly id: string;
  readonly day: number;
  readonly startedAt: Date;
  /** Openings and closings that had been when it was claimed. */
  readonly era: number;
  alive: boolean;
}

/** Writes down what happens, and says how the circuit must stand. */
class Naive {
  era = 0;
  /** Ids of runs that failed in a row. */
  row: string[] = [];
  /** Every failure that was ever counted, with its era. */
  readonly counted = new Set<string>();
  rowSince: Date | undefined;
  until: Date | undefined;
  openings = 0;
  probe: Watched | undefined;
  trips = 0;

  open(now: Date): void {
    this.openings += 1;
    const minutes = Math.min(LIMITS.maxCoolDownMinutes, LIMITS.coolDownMinutes * 2 ** (this.openings - 1));
    this.until = new Date(now.getTime() + minutes * 60_000);
    this.#turn();
  }

  close(): void {
    this.until = undefined;
    this.openings = 0;
    this.rowSince = undefined;
    this.#turn();
  }

  #turn(): void {
    this.era += 1;
    this.row = [];
    this.probe = undefined;
  }

  fails(watched: Watched, now: Date): void {
    if (this.until !== undefined || watched.era !== this.era || this.counted.has(`${watched.era} ${watched.id}`))
      return;
    this.counted.add(`${watched.era} ${watched.id}`);
    this.rowSince ??= now;
    this.row.push(watched.id);
    if (this.row.length < LIMITS.failures) return;
    this.trips += 1;
    this.open(now);
  }

  succeeds(watched: Watched): void {
    if (this.until !== undefined || watched.era !== this.era || this.rowSince === undefined) return;
    if (watched.startedAt < this.rowSince) return;
    this.row = [];
    this.rowSince = undefined;
  }
}

const dayOf = (day: number) => `2026-01-0${day}`;

/** What a circuit says is still to be recovered. */
function keptBack({ trouble, recoveryOwed }: Circuit): (day: number) => boolean {
  const spans = [trouble?.affected['flights'], recoveryOwed?.affected['flights']];
  return (day) => spans.some((span) => span !== undefined && dayOf(day) >= span.from && dayOf(day) <= span.to);
}

const tripsOf = ({ notices }: Circuit) => notices.filter(({ kind }) => kind === 'opened').length;

/** As `toEqual`, a hundred times as fast: some 40,000 steps are compared. */
function same(is: unknown, should: unknown): void {
  if (JSON.stringify(is) !== JSON.stringify(should))
    throw new Error(`${JSON.stringify(is)} is not ${JSON.stringify(should)}`);
}

/** What the stories came to. */
const seen = { trips: 0, probes: 0, closedByProbe: 0 };

function follow(events: readonly Event[]): void {
  let now = NOW;
  let circuit: Circuit = CLOSED_CIRCUIT;
  const naive = new Naive();
  const runs = new Map<number, Watched>();
  let started = 0;
  for (const step of events) {
    const watched = 'run' in step ? runs.get(step.run) : undefined;
    const before = circuit;
    switch (step.do) {
      case 'wait':
        now = new Date(now.getTime() + step.minutes * 60_000);
        break;
      case 'open':
        if (naive.until === undefined) naive.trips += 1;
        circuit = openByHand(circuit, DEPENDENCY, LIMITS.coolDownMinutes, now);
        naive.openings = Math.max(0, naive.openings - 1);
        naive.open(now);
        naive.until = new Date(now.getTime() + LIMITS.coolDownMinutes * 60_000);
        naive.rowSince ??= now;
        break;
      case 'reset':
        circuit = resetByHand(circuit, DEPENDENCY, now);
        if (naive.until !== undefined || naive.rowSince !== undefined) naive.close();
        break;
      case 'claim': {
        const me: Watched = { id: `run-${started++}`, day: step.day, startedAt: now, era: naive.era, alive: true };
        const partition = `${dayOf(step.day)}T05`;
        const of = { ...entrant(me.id, partition) };
        let decision = decideEntry(circuit, of, OF, now, undefined);
        if (decision.kind === 'ask') {
          same(decision.probe.runId, naive.probe?.id);
          decision = decideEntry(circuit, of, OF, now, naive.probe?.alive ?? false);
        }
        if (decision.kind === 'ask') throw new Error('asked twice');
        circuit = decision.next;
        const isTried = naive.probe?.alive === true;
        if (naive.probe?.alive === false) naive.open(now);
        const mayProbe = naive.until !== undefined && now >= naive.until && !isTried;
        same(decision.kind, naive.until === undefined || mayProbe ? 'enter' : 'refuse');
        if (decision.kind === 'refuse') {
          same(keptBack(circuit)(step.day), true);
          break;
        }
        same(decision.probe, mayProbe);
        if (mayProbe) {
          naive.probe = me;
          seen.probes += 1;
        }
        runs.set(step.run, me);
        break;
      }
      case 'die':
        if (watched !== undefined) watched.alive = false;
        break;
      case 'end': {
        if (watched === undefined) break;
        watched.alive = false;
        const of = report({
          runId: watched.id,
          partition: `${dayOf(watched.day)}T05`,
          verdict: step.verdict,
          startedAt: watched.startedAt.toISOString(),
          generation: watched.era,
        });
        circuit = afterRun(circuit, of, OF, now);
        if (naive.probe?.id === watched.id) {
          if (step.verdict === 'answered') {
            naive.close();
            seen.closedByProbe += 1;
          } else if (step.verdict === 'untried') naive.probe = undefined;
          else naive.open(now);
        } else if (step.verdict === 'failed') naive.fails(watched, now);
        else if (step.verdict === 'answered') naive.succeeds(watched);
        // What failed while there was trouble is never forgotten.
        if (step.verdict === 'failed' && circuit.trouble !== null) same(keptBack(circuit)(watched.day), true);
        break;
      }
    }
    same(
      [circuit.generation, circuit.openUntil, circuit.failures, circuit.probe?.runId, tripsOf(circuit)],
      [naive.era, naive.until?.toISOString() ?? null, naive.row.length, naive.probe?.id, naive.trips],
    );
    // A closing loses nothing of what was kept back.
    const [was, is] = [keptBack(before), keptBack(circuit)];
    const lost = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((day) => before.openUntil !== null && was(day) && !is(day));
    if (lost.length > 0) throw new Error(`lost: ${lost.join()}`);
  }
  seen.trips += naive.trips;
  expect(circuitSchema.parse(circuit)).toEqual(circuit);
}

test('on 800 random stories the circuit is as an observer says who writes everything down', () => {
  fc.assert(fc.property(fc.array(event, { minLength: 20, maxLength: 80 }), follow), { numRuns: 800, seed: 20_260_122 });
  // No idle stories: they open, are tried, close and open again.
  expect(seen.trips).toBeGreaterThan(100);
  expect(seen.probes).toBeGreaterThan(100);
  expect(seen.closedByProbe).toBeGreaterThan(20);
});
