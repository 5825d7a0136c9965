import { realConclusions } from './execution-answers';
import { protocolAsBuilt, type Parameters } from './parameters';
import { REMOVALS } from './removals';
import { counterExample, exploreAndPrint, numbered, printInvariants } from './reports';

/** A small part of `protocol.model.ts`, for every `npm test`. */
describe('the protocol, explored exhaustively in small bounds', () => {
  let built: Parameters;
  beforeAll(async () => {
    built = protocolAsBuilt(await realConclusions());
  });

  it('breaks no invariant: one of two runs is stopped at any time and recorded once more, the other reprocesses', () => {
    const parameters: Parameters = { ...built, faults: 0, cuts: [true, false], extra: 1, reprocess: [false, true] };
    const { violation, complete } = exploreAndPrint('one stopped, the other reprocesses', parameters);
    expect(violation === undefined ? '' : `${violation.invariant}\n${numbered(violation.trace)}`).toBe('');
    expect(complete).toBe(true);
    printInvariants(parameters);
  });

  const quick = REMOVALS.filter((removal) => removal.bounds.faults === 0);
  it.each(quick.map((removal) => [removal.what, removal] as const))(
    'has a counter-example without: %s',
    (_what, removal) => {
      expect(counterExample(removal, built, 'quietly')?.trace.length).toBeGreaterThan(0);
    },
  );
});
