import * as fc from 'fast-check';
import { judgeArrival, type Found, type Verdict } from '../../../../core/domain/source/arrival';
import { DEADLINE } from '../../../load-partition/definition';
import { START } from '../../../kit/http-s3';
import { flights } from '../../../kit/datasets';
import { listed, PARTITION } from '../../../kit/runs';

const NONE = { count: 0, example: null };
const NOTHING: Found = { objects: [], markerFound: false, leftOut: NONE, hidden: NONE, rootHasObjects: true };
const found = (part: Partial<Found>): Found => ({ ...NOTHING, ...part });
const two = [listed('a.csv', 1, '2026-01-20T06:05:00.000Z'), listed('b.csv', 1, '2026-01-20T06:10:00.000Z')];

function judge(dataset: Parameters<typeof flights>[0], what: Partial<Found>, at = START, mayWait = true): Verdict {
  return judgeArrival(flights(dataset), PARTITION, found(what), {
    now: new Date(at),
    startedAt: new Date(START),
    mayWait,
  });
}
/** How a verdict reads in a test: when to look again, or the error's name. */
function brief(verdict: Verdict): string {
  if (verdict.kind === 'wait')
    return `wait until ${verdict.resumeAt.toISOString().slice(11, 19)}: ${verdict.waitingFor}`;
  return verdict.kind === 'ended' ? verdict.error.name : verdict.kind;
}
const messageOf = (verdict: Verdict) => (verdict.kind === 'ended' ? verdict.error.message : verdict.kind);

describe('a source with objects', () => {
  it('is complete at once where the dataset declares no condition', () => {
    expect(brief(judge({}, { objects: two }))).toBe('complete');
  });

  it('is waited for until its newest object has settled, to the second', () => {
    const settle = { complete: { settleMinutes: 10 } };
    expect(brief(judge(settle, { objects: two }))).toBe(
      'wait until 06:20:00: 10 quiet minutes (until 2026-01-20T06:20Z)',
    );
    expect(brief(judge(settle, { objects: two }, '2026-01-20T06:19:59.999Z'))).toMatch(/^wait until 06:20:00/);
    expect(brief(judge(settle, { objects: two }, '2026-01-20T06:20:00.000Z'))).toBe('complete');
  });

  it('is waited for until the marker is there, looking again in five minutes', () => {
    const marker = { complete: { marker: '_SUCCESS' } };
    expect(brief(judge(marker, { objects: two }))).toBe('wait until 06:20:00: the marker _SUCCESS');
    expect(brief(judge(marker, { objects: two, markerFound: true }))).toBe('complete');
  });

  it('is waited for until there are enough objects', () => {
    const three = { complete: { minObjects: 3 } };
    expect(brief(judge(three, { objects: two }))).toBe('wait until 06:20:00: object 3 of at least 3');
    expect(brief(judge({ complete: { minObjects: 2 } }, { objects: two }))).toBe('complete');
  });

  it('is waited for until all conditions hold, naming each that does not', () => {
    const all = { complete: { settleMinutes: 30, marker: '_SUCCESS', minObjects: 2 } };
    expect(brief(judge(all, { objects: two }))).toBe(
      'wait until 06:20:00: the marker _SUCCESS; 30 quiet minutes (until 2026-01-20T06:40Z)',
    );
    expect(brief(judge(all, { objects: two, markerFound: true }))).toMatch(/^wait until 06:40:00/);
  });

  it('that is still arriving at the deadline ends so, saying what is missing', () => {
    const verdict = judge({ complete: { marker: '_SUCCESS' } }, { objects: two }, DEADLINE);
    expect(brief(verdict)).toBe('SourceStillArriving');
    expect(messageOf(verdict)).toBe(
      's3://vendor/flights/2026/01/20/05/: still waiting for the marker _SUCCESS, and the deadline 2026-01-20T08:00Z has passed',
    );
  });

  it('that is still arriving ends a run that may not wait at once', () => {
    const verdict = judge({ complete: { minObjects: 3 } }, { objects: two }, START, false);
    expect(brief(verdict)).toBe('SourceStillArriving');
    expect(messageOf(verdict)).toMatch(/still waiting for object 3 of at least 3, and this run does not wait$/);
  });
});

describe('a source without objects for the partition', () => {
  it('is a fault after the deadline where the dataset says so, and waited for until then', () => {
    expect(brief(judge({}, {}))).toBe('wait until 06:20:00: a first object');
    const ended = judge({}, {}, DEADLINE);
    expect(brief(ended)).toBe('SourceEmpty');
    expect(messageOf(ended)).toBe(
      'no object lies under s3://vendor/flights/2026/01/20/05/, while others lie under s3://vendor/flights/',
    );
  });

  it('is complete where the dataset calls it normal and declares no condition', () => {
    expect(brief(judge({ empty: 'normal' }, {}))).toBe('complete');
  });

  it('is complete, where empty is normal, once it has been quiet since its end for the settle time', () => {
    const settle = { empty: 'normal', complete: { settleMinutes: 20 } } as const;
    expect(brief(judge(settle, {}))).toMatch(/^wait until 06:20:00: 20 quiet minutes/);
    expect(brief(judge(settle, {}, '2026-01-20T06:20:00.000Z'))).toBe('complete');
  });

  it('is not complete before the marker is there, normal or not; with it, waiting is over', () => {
    const normal = { empty: 'normal', complete: { marker: '_SUCCESS' } } as const;
    expect(brief(judge(normal, {}))).toBe('wait until 06:20:00: the marker _SUCCESS');
    expect(brief(judge(normal, {}, DEADLINE))).toBe('SourceStillArriving');
    expect(brief(judge(normal, { markerFound: true }))).toBe('complete');
    expect(brief(judge({ complete: { marker: '_SUCCESS' } }, { markerFound: true }))).toBe('SourceEmpty');
  });

  it('is no empty partition where a least number of objects is declared, for then records may be missing but not objects', () => {
    const least = { empty: 'normal', complete: { minObjects: 1 } } as const;
    expect(brief(judge(least, {}))).toBe('wait until 06:20:00: a first object');
    expect(brief(judge(least, {}, DEADLINE))).toBe('SourceEmpty');
  });

  it('is told apart from a wrong prefix, also where empty is normal', () => {
    for (const empty of ['normal', 'fault'] as const) {
      expect(brief(judge({ empty }, { rootHasObjects: false }))).toMatch(/^wait .*nothing at all lies under/);
      const ended = judge({ empty }, { rootHasObjects: false }, DEADLINE);
      expect(brief(ended)).toBe('SourcePrefixNotFound');
      expect(messageOf(ended)).toContain('nothing at all lies under s3://vendor/flights/');
    }
  });

  it('says that the bucket is empty where the layout has no root', () => {
    const source = { prefix: '{yyyy}/{MM}/{dd}/{HH}/' };
    expect(messageOf(judge({ source }, { rootHasObjects: false }, DEADLINE))).toContain('the bucket vendor is empty');
  });

  it('is never normal when objects lie there that the suffix leaves out: a wrong suffix must not look like a quiet hour', () => {
    const leftOut = { count: 4, example: 'part-0.csv.zst' };
    const ended = judge({ empty: 'normal' }, { leftOut }, DEADLINE);
    expect(brief(judge({ empty: 'normal' }, { leftOut }))).toMatch(/^wait/);
    expect(brief(ended)).toBe('SourceEmpty');
    expect(messageOf(ended)).toContain('4 objects lie under');
    expect(messageOf(ended)).toContain('none ends in .csv (for example part-0.csv.zst)');
  });
});

describe('the next look', () => {
  const marker = { complete: { marker: '_SUCCESS' } };
  it.each([
    ['06:15:00', '06:20:00'],
    ['06:54:59', '06:59:59'],
    // An hour waited: an eighth of it.
    ['07:15:00', '07:22:30'],
    ['07:57:00', '08:00:00'],
    ['07:59:59', '08:00:00'],
  ])('at %s is at %s: after five minutes or more, never after the deadline', (now, next) => {
    expect(brief(judge(marker, { objects: two }, `2026-01-20T${now}.000Z`))).toMatch(`wait until ${next}`);
  });

  it('is at a whole second, upwards: a Wait that ended a fraction early would look in vain', () => {
    expect(judge(marker, { objects: two }, '2026-01-20T06:15:00.123Z')).toMatchObject({
      resumeAt: new Date('2026-01-20T06:20:01.000Z'),
    });
  });

  it('is always later than this one, never after the deadline, so that waiting comes to an end there', () => {
    const deadline = Date.parse(DEADLINE);
    fc.assert(
      fc.property(
        fc.integer({ min: Date.parse(START), max: deadline - 1 }),
        fc.integer({ min: 1, max: 119 }),
        fc.boolean(),
        (at, settleMinutes, withMarker) => {
          const complete = { settleMinutes, ...(withMarker ? { marker: 'm' } : {}) };
          const newest = [listed('a.csv', 1, new Date(at - 1000).toISOString())];
          const verdict = judge({ complete }, { objects: newest }, new Date(at).toISOString());
          const resumeAt = verdict.kind === 'wait' ? verdict.resumeAt.getTime() : Number.NaN;
          expect(resumeAt).toBeGreaterThan(at);
          expect(resumeAt).toBeLessThanOrEqual(deadline);
        },
      ),
    );
  });

  it('comes seldom enough for the longest deadline: under 400 looks in 14 days, 25,000 events allow 2,700', () => {
    const dataset = flights({ complete: { marker: 'm' }, deadlineMinutes: 14 * 24 * 60 });
    const startedAt = new Date(START);
    let looks = 0;
    let now = startedAt;
    while (looks < 1000) {
      const verdict = judgeArrival(dataset, PARTITION, found({ objects: two }), { now, startedAt, mayWait: true });
      looks += 1;
      if (verdict.kind !== 'wait') break;
      now = verdict.resumeAt;
    }
    expect(now.toISOString()).toBe('2026-02-03T06:00:00.000Z');
    expect(looks).toBeLessThan(400);
  });
});
