import * as fc from 'fast-check';
import { endingOf, REASON_CODES, type ReasonCode } from '../../../../core/contracts/run/endings';
import type { Trigger } from '../../../../core/contracts/run/manifest';
import { partitionEnd } from '../../../../core/contracts/partition';
import {
  MAX_DECIDED,
  noTroubles,
  troublesSchema,
  type Telling,
  type Troubles,
} from '../../../../core/contracts/run/troubles';
import { shiftPartition } from '../../../../core/domain/partition/calendar';
import { missingSince, withoutMissing } from '../../../../core/domain/run/missing-since';
import type { EndedRun } from '../../../../core/domain/run/ended-run';
import { decideTelling } from '../../../../core/domain/run/decide-telling';
import { daily, dataset, PARTITION } from '../../../helpers/runs';

const flights = (when: 'every-run' | 'changes' = 'changes') => dataset({ notify: { when } });
const hour = (n: number) => shiftPartition(PARTITION, n);

/** The run of the n-th hour, a quarter of an hour after it. */
function ended(n: number, code: ReasonCode, how: Partial<EndedRun> & { readonly late?: number } = {}): EndedRun {
  const { late = 0, ...overrides } = how;
  const { status } = endingOf(code);
  return {
    runId: `run-${n}-${code}`,
    partition: hour(n),
    trigger: 'schedule',
    status,
    reason: { code },
    source: null,
    quality: undefined,
    endedAt: new Date(partitionEnd(hour(n)).getTime() + (late + 0.25) * 3_600_000).toISOString(),
    expected: true,
    published: ['PUBLISHED', 'PARTIAL', 'NO_DATA'].includes(status),
    retry: undefined,
    again: 0,
    ...overrides,
  };
}

/** One run after another, each recorded when it ended. */
function story(runs: readonly EndedRun[], of = flights(), from: Troubles = noTroubles('flights')) {
  let troubles = from;
  const tellings: Telling[] = [];
  for (const run of runs) {
    const { telling, next } = decideTelling(troubles, run, of, new Date(run.endedAt));
    tellings.push(telling);
    troubles = next;
  }
  expect(troublesSchema.safeParse(troubles).error).toBeUndefined();
  return { troubles, tellings, hows: tellings.map(({ how }) => how) };
}

describe('a run that is asked about again', () => {
  it('has the same answer, and is counted once, whichever recorder asks and whenever', () => {
    const runs = [ended(0, 'SCHEMA_MISMATCH'), ended(1, 'SCHEMA_MISMATCH'), ended(2, 'SCHEMA_MISMATCH')];
    const { troubles, tellings } = story(runs);
    for (const [i, run] of runs.entries()) {
      const again = decideTelling(troubles, run, flights('every-run'), new Date('2026-02-01T00:00:00Z'));
      expect(again.telling).toEqual(tellings[i]);
      expect(again.next).toBe(troubles);
    }
    expect(troubles.trouble?.failures).toBe(3);
  });

  it('has it also where it ended the trouble', () => {
    const { troubles, tellings } = story([ended(0, 'SCHEMA_MISMATCH'), ended(1, 'COMPLETE')]);
    const again = decideTelling(troubles, ended(1, 'COMPLETE'), flights(), new Date());
    expect(again).toEqual({ telling: tellings[1], next: troubles });
    expect(again.telling.over).toMatchObject({ failures: 1, missing: { count: 1, from: hour(0) } });
  });
});

describe('a trouble', () => {
  it('is not over by an older hour that is published, but by one that is as new', () => {
    const broken = [ended(5, 'SCHEMA_MISMATCH'), ended(6, 'SCHEMA_MISMATCH')];
    expect(story([...broken, ended(4, 'COMPLETE', { late: 3 })]).troubles.trouble).toMatchObject({ failures: 2 });
    const { troubles } = story([...broken, ended(6, 'COMPLETE', { late: 1, trigger: 'sweep' })]);
    expect(troubles.trouble).toBeNull();
    expect(troubles.missing.map(({ partition }) => partition)).toEqual([hour(5)]);
  });

  it('is over by a backfill only when nothing of it is missing, and that is told by itself', () => {
    const backfill = { trigger: 'backfill' } as const;
    const broken = [ended(5, 'SCHEMA_MISMATCH'), ended(6, 'SCHEMA_MISMATCH')];
    const one = story([...broken, ended(6, 'COMPLETE', { late: 2, ...backfill })]);
    expect([one.troubles.trouble?.failures, one.hows.at(-1)]).toEqual([2, 'silent']);
    const both = story([ended(5, 'COMPLETE', { late: 2, ...backfill })], flights(), one.troubles);
    expect(both.troubles.trouble).toBeNull();
    expect(both.tellings).toMatchObject([{ how: 'whole', byItself: true, over: { missing: null } }]);
    // Where every run has a message, a backfill speaks for its own.
    const loud = story(
      [...broken, ended(5, 'COMPLETE', backfill), ended(6, 'COMPLETE', backfill)],
      flights('every-run'),
    );
    expect(loud.tellings.at(-1)?.byItself).toBeUndefined();
  });

  it.each<[string, Partial<EndedRun>]>([
    ['a run of a backfill', { trigger: 'backfill' }],
    ['a run by hand of long ago', { trigger: 'manual', late: 24 * 30 } as Partial<EndedRun>],
    ['a partition that is not asked for', { expected: false }],
    ['a partition that is published all the same', { published: true }],
  ])('is not made of %s', (_what, how) => {
    expect(story([ended(0, 'SCHEMA_MISMATCH', how)]).troubles).toMatchObject({ trouble: null, missing: [] });
  });

  it.each<[ReasonCode, boolean]>([
    ['NEVER_STARTED', true],
    ['TIME_LIMIT', true],
    ['STOPPED_BY_OPERATOR', true],
    ['UPSTREAM_MISSING', true],
    ['CIRCUIT_OPEN', false],
    ['ALREADY_RUNNING', false],
    ['ALREADY_PUBLISHED', false],
    ['NOT_EXPECTED', false],
  ])('of %s: %s', (code, is) => {
    const { troubles } = story([ended(0, code)]);
    expect(troubles.trouble !== null).toBe(is);
    expect(troubles.missing).toHaveLength(is ? 1 : 0);
  });

  it('counts an hour once, however often it is tried in vain', () => {
    const tries = [0, 1, 2, 3].map((late) => ended(0, 'SOURCE_UNAVAILABLE', { late, runId: `try-${late}` }));
    const { troubles, tellings } = story(tries);
    expect(troubles.trouble?.failures).toBe(1);
    expect(tellings.map(({ nth }) => nth)).toEqual([1, 1, 1, 1]);
  });

  it('goes on through hours that an open circuit keeps back', () => {
    const skipped = Array.from({ length: 5 }, (_unused, i) => ended(i + 1, 'CIRCUIT_OPEN'));
    const { tellings } = story([ended(0, 'SOURCE_UNAVAILABLE'), ...skipped, ended(6, 'SOURCE_UNAVAILABLE')]);
    expect(tellings.at(-1)).toMatchObject({ nth: 2, from: hour(0), how: 'silent' });
  });

  it('that is tried again by itself is told by the second failure, or by what is published', () => {
    const retry = { next: '2026-01-20T06:30:00.000Z', n: 1, of: 3 };
    const first = ended(0, 'SOURCE_UNAVAILABLE', { retry });
    expect(story([first]).hows).toEqual(['silent']);
    expect(story([first], flights('every-run')).hows).toEqual(['whole']);
    const good = ended(0, 'COMPLETE', { late: 0.3, trigger: 'sweep', again: 1 });
    // Its first line says that a run had failed before.
    expect(story([first, good]).tellings[1]).toEqual({ how: 'whole' });
    expect(story([first, good], flights('every-run')).tellings[1]).toEqual({ how: 'whole' });
    const second = ended(0, 'SOURCE_UNAVAILABLE', {
      late: 1,
      runId: 'again',
      trigger: 'sweep',
      retry: { ...retry, n: 2 },
    });
    expect(story([first, second]).hows).toEqual(['silent', 'whole']);
    expect(story([first, second], flights('every-run')).hows).toEqual(['whole', 'line']);
    // After the last try there is something to do.
    const last = ended(0, 'SOURCE_UNAVAILABLE', { late: 5, runId: 'last', trigger: 'sweep', again: 3 });
    expect(story([first, second, last], flights('every-run')).hows).toEqual(['whole', 'line', 'whole']);
    expect(story([first, second, last]).hows).toEqual(['silent', 'whole', 'whole']);
    const next = ended(1, 'SOURCE_UNAVAILABLE', { late: 5, runId: 'last', trigger: 'sweep', again: 3 });
    expect(story([first, second, last, next]).hows.at(-1)).toBe('silent');
  });
});

describe('what is remembered', () => {
  it('is of one cadence: a dataset that becomes daily begins anew', () => {
    const { troubles } = story([ended(0, 'SCHEMA_MISMATCH'), ended(1, 'SCHEMA_MISMATCH')]);
    const day = ended(0, 'SCHEMA_MISMATCH', { partition: '2026-01-21', runId: 'day-1' });
    const next = story([day], daily(), { ...troubles, dataset: 'daily' });
    expect(next.hows).toEqual(['whole']);
    expect(next.troubles.missing.map(({ partition }) => partition)).toEqual(['2026-01-21']);
    expect(next.troubles.trouble?.failures).toBe(1);
  });

  it('is bounded, and gives up after 35 days', () => {
    const { troubles } = story(Array.from({ length: 900 }, (_unused, i) => ended(i, 'SCHEMA_MISMATCH')));
    expect(troubles.decided).toHaveLength(MAX_DECIDED);
    expect(troubles.missing).toHaveLength(35 * 24);
    expect(troubles.trouble?.failures).toBe(900);
    expect(JSON.stringify(troubles).length).toBeLessThan(120_000);
  });

  it('says what is missing for how long, and is over when nothing is', () => {
    const { troubles } = story([ended(0, 'SCHEMA_MISMATCH'), ended(1, 'SCHEMA_MISMATCH')]);
    const at = new Date(Date.parse(ended(0, 'COMPLETE').endedAt) + 6 * 3_600_000);
    expect(missingSince(troubles, 6, at).map(({ partition }) => partition)).toEqual([hour(0)]);
    expect(withoutMissing(troubles, new Set(['2026-01-01T00']))).toBe(troubles);
    expect(withoutMissing(troubles, new Set([hour(0), hour(1)]))).toMatchObject({ missing: [], trouble: null });
  });

  it('is not written for a dataset that is well', () => {
    const { troubles, hows } = story([ended(0, 'COMPLETE'), ended(1, 'EMPTY_AS_DECLARED')]);
    expect(troubles).toEqual(noTroubles('flights'));
    expect(hows).toEqual(['silent', 'silent']);
  });
});

describe('of any runs in any order', () => {
  const triggers: readonly Trigger[] = ['schedule', 'sweep', 'manual', 'backfill'];
  const runs = fc.array(
    fc.record({
      n: fc.integer({ min: 0, max: 12 }),
      code: fc.constantFrom(...REASON_CODES),
      trigger: fc.constantFrom(...triggers),
      late: fc.integer({ min: 0, max: 30 }),
    }),
    { maxLength: 40 },
  );
  const made = (of: { n: number; code: ReasonCode; trigger: Trigger; late: number }, i: number) =>
    ended(of.n, of.code, { trigger: of.trigger, late: of.late, runId: `run-${i}` });

  it('the record stays valid, every-run tells each, and what is missing is what failed last', () => {
    fc.assert(
      fc.property(runs, (list) => {
        const { troubles, hows } = story(list.map(made), flights('every-run'));
        expect(hows).not.toContain('silent');
        const published = new Set<string>();
        for (const { n, code } of list) if (endingOf(code).status === 'PUBLISHED') published.add(hour(n));
        const last = new Map(list.map((of, i) => [of.n, made(of, i)]));
        for (const { partition } of troubles.missing) {
          const run = [...last.values()].find((one) => one.partition === partition);
          expect(['PUBLISHED', 'PARTIAL', 'NO_DATA']).not.toContain(run?.status);
        }
        if (troubles.missing.length === 0) expect(troubles.trouble).toBeNull();
      }),
    );
  });

  it('under `changes` a trouble that was told is told to be over, once', () => {
    fc.assert(
      fc.property(runs, (list) => {
        const of = flights();
        let troubles = noTroubles('flights');
        for (const [i, one] of list.entries()) {
          const run = made(one, i);
          const before = troubles.trouble;
          const { telling, next } = decideTelling(troubles, run, of, new Date(run.endedAt));
          if (before !== null && next.trouble === null && before.told) expect(telling.how).not.toBe('silent');
          expect(telling.over !== undefined).toBe(before !== null && next.trouble === null);
          troubles = next;
        }
      }),
    );
  });
});
