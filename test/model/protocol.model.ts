import { realConclusions, type Conclusions } from './execution-answers';
import { protocolAsBuilt, type Parameters } from './parameters';
import { REMOVALS, SPARE } from './removals';
import { counterExample, exploreAndPrint, numbered, printInvariants } from './reports';

/**
 * The protocol of `design.md` section 4, every interleaving: two runs of one partition (each with retries, orphans and its RecordRun)
 * and an extra recorder. The decisions are the real ones of `lambdas/domain/protocol.ts`.
 */
describe('every interleaving of two runs', () => {
  let conclusions: Conclusions;
  beforeAll(async () => {
    conclusions = await realConclusions();
  });

  const worlds: readonly (readonly [string, Partial<Parameters>])[] = [
    ['both stopped at any time, both recorded once more by a sweep', { faults: 0 }],
    ['the same, the second reprocesses', { faults: 0, reprocess: [false, true] }],
    ['the same, both reprocess, and the second ended first', { faults: 0, reprocess: [true, true], endedAt: [2, 1] }],
    ['one Lambda times out, dies or loses a response; one run stopped, one recorded again', { cuts: [true, false], extra: 1 }],
    ['the same, the second reprocesses', { cuts: [true, false], extra: 1, reprocess: [false, true] }],
    ['two Lambdas time out, die or lose a response; nobody else records', { faults: 2, cuts: [false, false], extra: 0, reprocess: [false, true] }],
    ['one fault, both stopped at any time, one recorded again', { extra: 1, reprocess: [false, true] }],
  ];

  it.each(worlds)('breaks no invariant: %s', (title, bounds) => {
    const { complete, violation } = exploreAndPrint(title, protocolAsBuilt(conclusions, bounds));
    expect(violation === undefined ? '' : `${violation.invariant}\n${numbered(violation.trace)}`).toBe('');
    expect(complete).toBe(true);
  });
});
