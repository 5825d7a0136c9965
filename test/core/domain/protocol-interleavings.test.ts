import * as fc from 'fast-check';
import type { PartitionRecord } from '../../../core/contracts/run/partition-record';
import { decidePublish, decideSeal } from '../../../core/domain/partition/protocol';
import { PROTOCOL, ProtocolModel, type Protocol } from './protocol-model';

/**
 * Two runs (one reprocessing) with retries, aborts, orphans, a recorder inside and two outside each, interleaved at random. The
 * exhaustive check of all interleavings belongs to the model check; this one is quick, and its mutants show that it can fail.
 */

const picks = fc.array(fc.nat({ max: 1_000 }), { minLength: 20, maxLength: 120 });
const holds = (protocol: Protocol) =>
  fc.property(picks, (moves) => {
    expect(new ProtocolModel(protocol).play(moves).violations).toEqual([]);
  });

test('no interleaving makes a manifest contradict the publication, or a run publish twice', () => {
  expect(fc.check(holds(PROTOCOL), { numRuns: 3_000, seed: 20260120 })).toMatchObject({
    failed: false,
    counterexample: null,
  });
});

test('runs do publish in these interleavings, also one after the other, and are sealed without', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(picks, (moves) => {
      const { commits, manifests } = new ProtocolModel(PROTOCOL).play(moves);
      seen.add(commits.join(','));
      for (const { status } of manifests.values()) seen.add(status);
    }),
    { numRuns: 2_000, seed: 20260120 },
  );
  expect([...seen].sort()).toEqual(['', 'FAILED', 'PUBLISHED', 'TIMED_OUT', 'a', 'a,b', 'b']);
});

describe('finds the counter-example where a condition is left out:', () => {
  const mutants: Record<string, Protocol> = {
    'the holder check of publish': {
      ...PROTOCOL,
      decidePublish: (record, fence, publication) => {
        const mine = { runId: publication.runId, executionArn: '', since: '' };
        return decidePublish({ ...record, holder: mine, fence }, fence, publication);
      },
    },
    'the fence check of publish': {
      ...PROTOCOL,
      decidePublish: (record, _fence, publication) => decidePublish(record, record.fence, publication),
      // An orphaned claim may come back only where the claim does not see the ending either.
      decideClaim: (record, me, now, running) => PROTOCOL.decideClaim(withoutLast(record), me, now, running),
    },
    'the seal': {
      ...PROTOCOL,
      decideSeal: (record, sealing) => ({ stands: decideSeal(record, sealing).stands, next: undefined }),
    },
    'that a publication overrules what arrived': {
      ...PROTOCOL,
      decideSeal: (record, sealing) => ({ ...decideSeal(record, sealing), stands: sealing.ending }),
    },
  };
  test.each(Object.entries(mutants))('%s', (_what, mutant) => {
    expect(fc.check(holds(mutant), { numRuns: 20_000, seed: 7, endOnFailure: true }).failed).toBe(true);
  });
});

const withoutLast = (record: PartitionRecord): PartitionRecord => ({ ...record, last: null });
