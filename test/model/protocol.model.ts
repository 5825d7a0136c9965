import { realConclusions, type Conclusions } from './execution-answers';
import { protocolAsBuilt, type Parameters } from './parameters';
import { REMOVALS, SPARE } from './removals';
import { counterExample, exploreAndPrint, numbered, printInvariants } from './reports';

/**
 * The protocol of `docs/design.md` §4, every interleaving: two runs of one partition (each with retries, orphans and its RecordRun)
 * and an extra recorder. The decisions are the real ones of `core/domain/partition/protocol.ts`.
 */
describe('every interleaving of two runs', () => {
  let conclusions: Conclusions;
  beforeAll(async () => {
    conclusions = await realConclusions();
  });

  const worlds: readonly (readonly [string, Partial<Parameters>])[] = [
    ['both stopped at any time, both recorded once more by a sweep', { faults: 0 }],
    [
      'both stopped at any time, both recorded once more, the second reprocesses',
      { faults: 0, reprocess: [false, true] },
    ],
    [
      'both stopped at any time, both recorded once more, both reprocess, the second ended first',
      { faults: 0, reprocess: [true, true], endedAt: [2, 1] },
    ],
    [
      'one Lambda times out, dies or loses a response; one run stopped, one recorded again',
      { cuts: [true, false], extra: 1 },
    ],
    [
      'one fault, one run stopped, one recorded again, the second reprocesses',
      { cuts: [true, false], extra: 1, reprocess: [false, true] },
    ],
    [
      'two Lambdas time out, die or lose a response; no other records',
      { faults: 2, cuts: [false, false], extra: 0, reprocess: [false, true] },
    ],
    ['one fault, both stopped at any time, one recorded again', { extra: 1, reprocess: [false, true] }],
  ];

  it.each(worlds)('breaks no invariant: %s', (title, bounds) => {
    const { complete, violation } = exploreAndPrint(title, protocolAsBuilt(conclusions, bounds));
    expect(violation === undefined ? '' : `${violation.invariant}\n${numbered(violation.trace)}`).toBe('');
    expect(complete).toBe(true);
  });

  afterAll(() => printInvariants(protocolAsBuilt(conclusions)));

  it('comes to the same buckets without the reduction that puts a doomed swap back to reading', () => {
    const bounds = { faults: 0, extra: 1, cuts: [true, false], reprocess: [false, true] } as const;
    const reduced = exploreAndPrint('with the reduction', protocolAsBuilt(conclusions, bounds));
    const full = exploreAndPrint('without the reduction', protocolAsBuilt(conclusions, { ...bounds, reduced: false }));
    expect(full.violation).toBeUndefined();
    expect(full.complete).toBe(true);
    expect(full.contents).toBe(reduced.contents);
    expect(full.records).toBe(reduced.records);
    expect(full.states).toBeGreaterThan(reduced.states);
  });
});

describe('without a condition of the protocol', () => {
  let built: Parameters;
  beforeAll(async () => {
    built = protocolAsBuilt(await realConclusions());
  });

  it.each(REMOVALS.map((removal) => [removal.what, removal] as const))(
    'there is a counter-example: %s',
    (_what, removal) => {
      expect(counterExample(removal, built)?.trace.length).toBeGreaterThan(0);
    },
  );

  it.each(SPARE.map((removal) => [removal.what, removal] as const))(
    'no ending is wrong, it is spare: %s',
    (_what, removal) => {
      expect(counterExample(removal, built)).toBeUndefined();
    },
  );
});

describe('a redriven execution', () => {
  let built: Parameters;
  beforeAll(async () => {
    built = protocolAsBuilt(await realConclusions(), {
      faults: 0,
      cuts: [true, false],
      extra: 1,
      ignoring: ['alive'],
    });
  });

  it('breaks no invariant where ClaimPartition refuses executions that were redriven', () => {
    const { violation, complete } = exploreAndPrint('redriven, not into a claim', {
      ...built,
      redrive: 'not into a claim',
    });
    expect(violation).toBeUndefined();
    expect(complete).toBe(true);
  });

  it('can contradict its manifest where it may claim: another run’s ending has taken the place of its own in the record', () => {
    const violation = counterExample(
      { what: 'redriven into a claim', changes: () => ({ redrive: 'anywhere' }), bounds: {} },
      built,
    );
    expect(violation?.invariant).toContain('once sealed, a run never publishes');
  });
});
