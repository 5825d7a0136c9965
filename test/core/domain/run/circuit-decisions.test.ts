import type { Circuit } from '../../../../core/contracts/run/circuit';
import { circuitSchema } from '../../../../core/contracts/run/circuit';
import { endingOf, REASON_CODES, type ReasonCode } from '../../../../core/contracts/run/endings';
import {
  afterRun,
  decideEntry,
  openByHand,
  resetByHand,
  settled,
  type RunReport,
} from '../../../../core/domain/run/circuit-decisions';
import { isLeftByCircuit, verdictOf } from '../../../../core/domain/run/circuit-verdict';
import { circuit, DEPENDENCY, entrant, minutes, OF, opened, probe, report, trouble } from '../../../helpers/circuits';
import { NOW } from '../../../helpers/runs';
import { inSlack } from '../../../helpers/slack';

const later = minutes(31);
const entry = (of: Circuit, now = NOW, probeRuns?: boolean, runId?: string) =>
  decideEntry(of, entrant(runId), OF, now, probeRuns);

describe('a run is let through', () => {
  it('while the circuit is closed, whatever failed before, and nothing is written', () => {
    const failing = circuit({ generation: 4, failures: 2, trouble: trouble({ openings: 0 }) });
    expect(entry(failing)).toEqual({ kind: 'enter', generation: 4, probe: false, next: failing });
  });

  it('as the one probe once the cool-down is over', () => {
    const decision = entry(opened(), later);
    expect(decision).toMatchObject({ kind: 'enter', generation: 1, probe: true, next: { probe: { runId: 'run-1' } } });
    if (decision.kind === 'ask') throw new Error('asked');
    expect(entry(decision.next, later, true, 'run-2')).toMatchObject({ kind: 'refuse' });
    expect(entry(decision.next, later)).toMatchObject({ kind: 'enter', probe: true, next: decision.next });
  });
});

describe('a run is refused', () => {
  it('until the cool-down is over, with cause, time and the command that has it tried at once', () => {
    const decision = entry(opened(), minutes(29));
    expect(decision).toMatchObject({
      kind: 'refuse',
      detail:
        'source-bucket is left alone since 2026-01-20 06:30 UTC, because flights 2026-01-20T04 met SOURCE_UNAVAILABLE. ' +
        'The first run after 2026-01-20 07:00 UTC tries it again. To try at once: rollcall circuit reset source-bucket',
    });
  });

  it('while a probe runs, however long: no clock says that it is dead', () => {
    const tried = opened({ probe: probe('run-9') });
    expect(entry(tried, minutes(9999))).toMatchObject({ kind: 'ask', probe: { runId: 'run-9' } });
    expect(entry(tried, minutes(9999), true)).toMatchObject({ kind: 'refuse', next: { probe: { runId: 'run-9' } } });
  });

  it('where the probe is dead, which opens it again for twice as long', () => {
    expect(entry(opened({ probe: probe('run-9') }), later, false)).toMatchObject({
      kind: 'refuse',
      next: { generation: 2, probe: null, openUntil: minutes(60, later).toISOString(), trouble: { openings: 2 } },
    });
  });

  it('and its partition is noted by the day, for the recovery', () => {
    const noted = (partition: string) => decideEntry(opened(), entrant('run-1', partition), OF, NOW, undefined);
    expect(noted('2026-01-18T23')).toMatchObject({
      next: { trouble: { affected: { flights: { from: '2026-01-18', to: '2026-01-20' } } } },
    });
    const same = opened();
    expect(decideEntry(same, entrant('run-1', '2026-01-20T23'), OF, NOW, undefined)).toHaveProperty('next', same);
  });
});

const apply = (of: Circuit, overrides: Partial<RunReport> = {}, now = NOW) => afterRun(of, report(overrides), OF, now);

describe('the failure of a run', () => {
  it('is counted once, and the third in a row opens the circuit and is told', () => {
    const first = apply(circuit());
    expect(first).toMatchObject({ failures: 1, openUntil: null, recentRunIds: ['run-1'], notices: [] });
    expect(apply(first)).toBe(first);
    const second = apply(first, { runId: 'run-2' });
    const third = apply(second, { runId: 'run-3' });
    expect(third).toMatchObject({
      generation: 1,
      failures: 0,
      openUntil: minutes(30).toISOString(),
      notices: [{ kind: 'opened', failures: 3, runId: 'run-3', messageId: `circuit~source-bucket~1~${NOW.getTime()}` }],
    });
    // Told once, also where the recording of any of them is repeated.
    for (const runId of ['run-1', 'run-2', 'run-3']) expect(apply(third, { runId })).toBe(third);
  });

  it('of an older generation does not count, but its partition is recovered', () => {
    const of = opened({ generation: 2, openUntil: null, trouble: null });
    expect(apply(of, { generation: 1 })).toBe(of);
    const open = apply(opened(), { generation: 0, partition: '2026-01-19T05' });
    expect(open).toMatchObject({ failures: 0, trouble: { affected: { flights: { from: '2026-01-19' } } } });
  });

  it('does not count where its generation is not known', () => {
    const of = circuit();
    expect(apply(of, { generation: undefined })).toBe(of);
  });

  it('keeps the circuit open for twice as long each time it is tried, up to the cap', () => {
    let now = NOW;
    let of = opened({ probe: probe() });
    const lasted = [1, 2, 3, 4].map(() => {
      of = { ...apply(of, { generation: of.generation }, now), probe: probe() };
      const until = Date.parse(of.openUntil ?? '');
      const took = (until - now.getTime()) / 60_000;
      now = new Date(until);
      return took;
    });
    expect(lasted).toEqual([60, 120, 120, 120]);
    expect(of.notices).toEqual([]);
  });
});

describe('the success of a run', () => {
  const success = { verdict: 'answered', code: 'COMPLETE', text: 'met COMPLETE' } as const;

  it('of the probe closes the circuit, and what it kept back is recovered later', () => {
    expect(apply(opened({ probe: probe() }), { ...success, generation: 1 }, later)).toMatchObject({
      generation: 2,
      openUntil: null,
      probe: null,
      trouble: null,
      notices: [],
      recoveryOwed: {
        generation: 2,
        since: NOW.toISOString(),
        until: later.toISOString(),
        affected: { flights: { from: '2026-01-20', to: '2026-01-20' } },
      },
    });
  });

  it('of a probe where nothing was kept back is told, since no backfill will', () => {
    const of = opened({ probe: probe(), trouble: trouble({ affected: {} }) });
    expect(apply(of, success, later)).toMatchObject({ recoveryOwed: null, notices: [{ kind: 'closed' }] });
  });

  it.each([0, 1, undefined])('of a run of generation %s that is not the probe closes nothing', (generation) => {
    const of = opened({ probe: probe('run-9') });
    expect(apply(of, { ...success, generation }, later)).toBe(of);
  });

  it('ends a row of failures, but not where the run began before the first of them', () => {
    const failing = circuit({ failures: 2, recentRunIds: ['a', 'b'], trouble: trouble({ openings: 0 }) });
    expect(apply(failing, success)).toMatchObject({ failures: 0, trouble: null, recentRunIds: ['a', 'b'] });
    expect(apply(failing, { ...success, startedAt: minutes(-1).toISOString() })).toBe(failing);
  });

  it('joins a recovery that the sweep has not started yet', () => {
    const recovery = {
      generation: 1,
      since: minutes(-600).toISOString(),
      until: minutes(-60).toISOString(),
      affected: { flights: { from: '2026-01-18', to: '2026-01-19' }, daily: { from: '2026-01-18', to: '2026-01-18' } },
    };
    const closed = apply(opened({ generation: 3, probe: probe(), recoveryOwed: recovery }), success, later);
    expect(closed.recoveryOwed).toEqual({
      generation: 4,
      since: recovery.since,
      until: later.toISOString(),
      affected: { flights: { from: '2026-01-18', to: '2026-01-20' }, daily: { from: '2026-01-18', to: '2026-01-18' } },
    });
  });
});

describe('a probe', () => {
  it.each(['unknown', 'failed'] as const)('that ends %s opens it again, longer', (verdict) => {
    expect(apply(opened({ probe: probe() }), { verdict })).toMatchObject({
      generation: 2,
      openUntil: minutes(60).toISOString(),
    });
  });

  it('that never came to trying leaves the place to the next one', () => {
    const of = apply(opened({ probe: probe() }), { verdict: 'untried', code: 'ALREADY_RUNNING' }, later);
    expect(of).toMatchObject({ generation: 1, probe: null, openUntil: opened().openUntil });
    expect(entry(of, later, undefined, 'run-2')).toMatchObject({ kind: 'enter', probe: true });
  });

  it('that was replaced closes nothing any more', () => {
    const reset = resetByHand(opened({ probe: probe() }), DEPENDENCY, NOW);
    const again = openByHand(reset, DEPENDENCY, 60, NOW);
    expect(apply(again, { verdict: 'answered', code: 'COMPLETE', generation: 1 })).toBe(again);
  });
});

describe('by hand', () => {
  it('a closed circuit is opened, and that is told; an open one only gets another time', () => {
    const of = openByHand(circuit(), DEPENDENCY, 45, NOW);
    expect(of).toMatchObject({
      generation: 1,
      openUntil: minutes(45).toISOString(),
      notices: [{ kind: 'opened', failures: 0 }],
    });
    const longer = openByHand(of, DEPENDENCY, 90, minutes(1));
    expect(longer).toMatchObject({ generation: 2, openUntil: minutes(91).toISOString() });
    expect(longer.notices).toEqual(of.notices);
  });

  it('a reset closes it, makes runs of before count no more, and has what it kept back recovered', () => {
    expect(resetByHand(opened({ probe: probe() }), DEPENDENCY, NOW)).toMatchObject({
      generation: 2,
      openUntil: null,
      probe: null,
      recoveryOwed: { affected: { flights: {} } },
    });
    const failing = resetByHand(circuit({ failures: 2, trouble: trouble() }), DEPENDENCY, NOW);
    expect(failing).toMatchObject({ generation: 1, failures: 0, trouble: null, recoveryOwed: null });
    expect(resetByHand(failing, DEPENDENCY, NOW)).toBe(failing);
  });
});

it('what the sweep has done is taken off, and nothing that came in between', () => {
  const recovery = { generation: 2, since: NOW.toISOString(), until: NOW.toISOString(), affected: {} };
  const notice = openByHand(circuit(), DEPENDENCY, 1, NOW).notices[0];
  if (notice === undefined) throw new Error('no notice');
  const of = circuit({ generation: 2, recoveryOwed: recovery, notices: [notice, { ...notice, messageId: 'other' }] });
  expect(settled(of, { recovery: 2, told: new Set([notice.messageId]) })).toMatchObject({
    recoveryOwed: null,
    notices: [{ messageId: 'other' }],
  });
  expect(settled(of, { recovery: 1, told: new Set() })).toBe(of);
  expect(circuitSchema.parse(of)).toEqual(of);
});

describe('the verdict on the dependency', () => {
  const codes = (wanted: string) => REASON_CODES.filter((code) => verdictOf(code, { kind: 'source' }) === wanted);

  it('is "failed" exactly where the table of endings says so', () => {
    const ofSource = REASON_CODES.filter((code) => endingOf(code).circuit && code !== 'DEPENDENCY_UNAVAILABLE');
    expect(codes('failed')).toEqual(ofSource);
  });

  it('is never "failed" for faults of the data', () => {
    for (const code of [
      'SOURCE_CORRUPT',
      'SCHEMA_MISMATCH',
      'ALL_RECORDS_REJECTED',
      'TOO_MANY_REJECTED',
      'SOURCE_EMPTY',
    ] as const)
      expect([code, verdictOf(code, { kind: 'source' })]).toEqual([code, 'answered']);
  });

  it('is about the source, unless the dataset names one of its declared dependencies', () => {
    const declared = (named: boolean) => ({ kind: 'declared', named }) as const;
    const of = (code: ReasonCode) =>
      [{ kind: 'source' } as const, declared(true), declared(false)].map((guarded) => verdictOf(code, guarded));
    expect(of('DEPENDENCY_UNAVAILABLE')).toEqual(['untried', 'failed', 'untried']);
    expect(of('DEPENDENCY_FAULT')).toEqual(['untried', 'answered', 'untried']);
    // A run that met that had asked the declared ones before.
    expect(of('SOURCE_UNAVAILABLE')).toEqual(['failed', 'answered', 'answered']);
    expect(of('COMPLETE')).toEqual(['answered', 'answered', 'answered']);
    expect(of('CIRCUIT_OPEN')).toEqual(['untried', 'untried', 'untried']);
  });

  // Exactly these: of a new code its author has to say what it means for the circuit.
  it('is "unknown" where a run died or something of ours failed', () => {
    expect(codes('unknown').toSorted()).toEqual([
      'DEFINITION_CHANGED',
      'INTERNAL_ERROR',
      'OUT_OF_MEMORY',
      'OUT_OF_MEMORY_ON_SMALL_INPUT',
      'PLATFORM_UNAVAILABLE',
      'STEP_TIMED_OUT',
      'STOPPED_BY_OPERATOR',
      'TIME_LIMIT',
      'TOO_MANY_BATCHES_FAILED',
    ]);
  });
});

describe('the verdict on a job of which every failure counts', () => {
  const codes = (wanted: string) => REASON_CODES.filter((code) => verdictOf(code, { kind: 'job' }) === wanted);

  it('is "failed" for whatever kept a run from publishing', () => {
    expect(codes('failed')).toEqual(
      REASON_CODES.filter(
        (code) =>
          ['FAILED', 'TIMED_OUT'].includes(endingOf(code).status) &&
          !['UNKNOWN_DATASET', 'INVALID_INPUT', 'PARTITION_NOT_OVER', 'NOT_EXPECTED', 'DEFINITION_CHANGED'].includes(
            code,
          ),
      ),
    );
  });

  it('is "answered" for what was published, and neither where the run was stopped or overtaken', () => {
    expect(codes('answered')).toEqual(['COMPLETE', 'WITHIN_TOLERANCE', 'EMPTY_AS_DECLARED']);
    expect(codes('unknown')).toEqual(['DEFINITION_CHANGED', 'STOPPED_BY_OPERATOR']);
    expect(codes('untried')).toContain('PUBLISHED_BY_ANOTHER_RUN');
  });

  it('says what is run again when it closes: what failed, and what it kept back', () => {
    const left = (counts: 'source' | 'all') => REASON_CODES.filter((code) => isLeftByCircuit(code, counts));
    expect(left('all').toSorted()).toEqual([...codes('failed'), 'CIRCUIT_OPEN'].toSorted());
    expect(left('source').toSorted()).toEqual(
      ['CIRCUIT_OPEN', ...REASON_CODES.filter((code) => endingOf(code).circuit)].toSorted(),
    );
  });
});

describe('the message', () => {
  const [notice] = openByHand(circuit(), DEPENDENCY, 30, NOW).notices;
  if (notice === undefined) throw new Error('no notice');

  it('that it opened says why, what is affected, when it is tried again and how to reset it', () => {
    const { text, blocks } = inSlack({
      kind: 'circuit',
      dependency: DEPENDENCY,
      notice: { ...notice, failures: 3, cause: 'flights <05> met SOURCE_UNAVAILABLE' },
      concerned: { datasets: ['daily', 'flights'], owners: ['us'] },
    });
    expect(text).toBe(
      '🔌 Circuit source-bucket OPEN: 3 runs in a row failed at it. Until it answers again, partitions of daily, flights end SKIPPED, ' +
        'and are recovered after that. It is tried again after 2026-01-20 07:00 UTC. To try at once, once it is fixed: ' +
        '`rollcall circuit reset source-bucket`',
    );
    expect(JSON.stringify(blocks)).toContain('flights &lt;05&gt; met SOURCE_UNAVAILABLE');
  });

  it('that it closed says for how long it was open and that nothing is lost', () => {
    const closed = { ...notice, kind: 'closed', at: minutes(90).toISOString(), openUntil: null } as const;
    const concerned = { datasets: [], owners: [] };
    expect(inSlack({ kind: 'circuit', dependency: DEPENDENCY, notice: closed, concerned }).text).toBe(
      '✅ Circuit source-bucket CLOSED: after 1 h 30 min. No partition ran into it, so there is nothing to recover.',
    );
  });
});
