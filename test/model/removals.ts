import { decideClaim, decidePublish, decideSeal } from '../../core/domain/partition/protocol';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import { REAL_RULES, type Rules } from './decisions';
import type { Parameters } from './parameters';
import type { Invariant } from './invariants';
import { ORDER, type Act } from './vocabulary';

/** A condition of the protocol, taken away. */
export interface Removal {
  readonly what: string;
  readonly changes: (built: Parameters) => Partial<Parameters>;
  /** What a counter-example needs beyond the default bounds; smaller bounds make it quicker to find. */
  readonly bounds: Partial<Parameters>;
}

const rules = (changes: Partial<Rules>) => (): Partial<Parameters> => ({ rules: { ...REAL_RULES, ...changes } });
const byEndings = (changes: Partial<Rules>) => (): Partial<Parameters> => ({
  rules: { ...REAL_RULES, ...changes },
  ignoring: BY_ENDINGS,
});
const order =
  (...acts: Act[]) =>
  (): Partial<Parameters> => ({ order: acts });
const sealWithoutFence: typeof decideSeal = (record, sealing) => {
  const { stands, next } = decideSeal(record, sealing);
  return { stands, next: next === undefined ? undefined : { ...next, fence: record.fence } };
};
const claimWithoutFence: typeof decideClaim = (record, me, now, runs) => {
  const decision = decideClaim(record, me, now, runs);
  if (decision.kind !== 'take') return decision;
  return { ...decision, fence: record.fence, next: { ...decision.next, fence: record.fence } };
};
const publishWithoutHolder: typeof decidePublish = (record, fence, publication) => {
  const { runId, executionArn, publishedAt } = publication;
  // Whichever run holds it, the publisher is taken for the holder; what is in the record stays.
  const decision = decidePublish(
    { ...record, holder: { runId, executionArn, since: publishedAt } },
    fence,
    publication,
  );
  return decision.kind === 'swap' ? { kind: 'swap', next: { ...decision.next, holder: record.holder } } : decision;
};
const withoutMe = (record: PartitionRecord, runId: string): PartitionRecord => ({
  ...record,
  last: record.last?.runId === runId ? null : record.last,
  superseded: record.superseded.filter((run) => run.runId !== runId),
});

/** What is said of the record's mechanics; without it, only publications, manifests and messages are judged. */
const BY_ENDINGS: readonly Invariant[] = ['fence', 'holder', 'sealed', 'alive', 'noLostUpdate'];

const oneReprocesses = { reprocess: [false, true] as const };
const noneStopped = { cuts: [false, false] as const };

/** Each must lead to a counter-example. */
export const REMOVALS: readonly Removal[] = [
  {
    what: 'no seal: the recorder only reads what stands',
    changes: order('peek', 'outbox', 'manifest', 'look', 'post', 'receipt', 'remove'),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
  {
    what: 'no seal, judged by endings alone and as if a recorder let go of the partition',
    changes: () => ({
      order: ['peek', 'outbox', 'manifest', 'look', 'post', 'receipt', 'remove'],
      ignoring: [...BY_ENDINGS, 'complete'],
    }),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
  {
    what: 'the manifest before the seal',
    changes: order('peek', 'outbox', 'manifest', 'seal', 'look', 'post', 'receipt', 'remove'),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
  {
    what: 'sealing does not look at what stands: the error that arrived wins',
    changes: rules({
      seal: (record, sealing) => ({ ...decideSeal(record, sealing), stands: sealing.ending }),
    }),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
  {
    what: 'a seal lets go without raising the fence',
    changes: rules({ seal: sealWithoutFence }),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'neither seal nor claim raises the fence (judged by endings alone)',
    changes: byEndings({ seal: sealWithoutFence, claim: claimWithoutFence }),
    bounds: { faults: 1, cuts: [true, true], extra: 1 },
  },
  {
    what: 'a claim does not raise the fence (judged by endings alone)',
    changes: byEndings({ claim: claimWithoutFence }),
    bounds: { faults: 1, cuts: [true, true], extra: 1 },
  },
  {
    what: 'publishing does not check the fence',
    changes: byEndings({
      publish: (record, _fence, publication) => decidePublish(record, record.fence, publication),
    }),
    bounds: { faults: 1, cuts: [true, false], extra: 1 },
  },
  {
    what: 'publishing does not check the holder, and a seal does not raise the fence (judged by endings alone)',
    changes: () => ({
      rules: { ...REAL_RULES, publish: publishWithoutHolder, seal: sealWithoutFence },
      ignoring: BY_ENDINGS,
    }),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
  {
    what: 'publishing checks neither holder nor fence',
    changes: byEndings({
      publish: (record, _fence, publication) => publishWithoutHolder(record, record.fence, publication),
    }),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
  {
    what: 'publishing again does not see that it has published',
    changes: rules({
      publish: (record, fence, publication) => {
        const { publication: former } = record;
        if (former?.runId !== publication.runId) return decidePublish(record, fence, publication);
        const renamed = { ...record, publication: { ...former, runId: 'other-run' } };
        const decision = decidePublish(renamed, fence, publication);
        if (decision.kind !== 'swap') return decision;
        const kept = { runId: former.runId, ending: former.ending, records: former.records };
        return { kind: 'swap', next: { ...decision.next, superseded: [kept, ...record.superseded] } };
      },
    }),
    bounds: { faults: 1, ...noneStopped, extra: 0 },
  },
  {
    what: 'a replaced publication is not kept in superseded',
    changes: rules({
      publish: (record, fence, publication) => {
        const decision = decidePublish(record, fence, publication);
        if (decision.kind !== 'swap') return decision;
        return { kind: 'swap', next: { ...decision.next, superseded: record.superseded } };
      },
    }),
    bounds: { ...oneReprocesses, faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'a claim does not ask whether the holder’s execution runs',
    changes: rules({ claim: (record, me, now) => decideClaim(record, me, now, false) }),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'an execution that DescribeExecution does not know counts as closed at once',
    changes: ({ conclusions: [running, ...closed] }) => ({ conclusions: [[...running, false], ...closed] }),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'a claim does not know its own claim again',
    changes: rules({
      claim: (record, me, now, runs) => {
        if (record.holder?.runId !== me.runId) return decideClaim(record, me, now, runs);
        return decideClaim({ ...record, holder: { ...record.holder, runId: 'other-run' } }, me, now, runs ?? true);
      },
    }),
    bounds: { faults: 1, ...noneStopped, extra: 0 },
  },
  {
    what: 'a claim does not see that the partition is published',
    changes: rules({ claim: (record, me, now, runs) => decideClaim(record, { ...me, reprocess: true }, now, runs) }),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'a claim does not see that its run has ended, and the execution is redriven',
    changes: byEndings({ claim: (record, me, now, runs) => decideClaim(withoutMe(record, me.runId), me, now, runs) }),
    bounds: { faults: 0, cuts: [true, false], extra: 1, redrive: 'anywhere' },
  },
  {
    what: 'the record is written without compare-and-swap',
    changes: () => ({ compareAndSwap: false, ignoring: BY_ENDINGS }),
    bounds: { faults: 0, ...noneStopped, extra: 0, reduced: false },
  },
  {
    what: 'the manifest is written without If-None-Match',
    changes: () => ({ manifestOnce: false }),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
  {
    what: 'the receipt before the post',
    changes: order('seal', 'outbox', 'manifest', 'look', 'receipt', 'post', 'remove'),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'the outbox pointer after the manifest',
    changes: order('seal', 'manifest', 'outbox', 'look', 'post', 'receipt', 'remove'),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'no outbox pointer',
    changes: order('seal', 'manifest', 'look', 'post', 'receipt', 'remove'),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'the pointer removed before the post',
    changes: order('seal', 'outbox', 'manifest', 'look', 'remove', 'post', 'receipt'),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'the pointer removed before the receipt',
    changes: order('seal', 'outbox', 'manifest', 'look', 'post', 'remove', 'receipt'),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'the post before the manifest',
    changes: order('seal', 'outbox', 'look', 'post', 'receipt', 'remove', 'manifest'),
    bounds: { faults: 0, ...noneStopped, extra: 0 },
  },
  {
    what: 'no lease: every recorder posts',
    changes: () => ({ lease: 'none' }),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
  {
    what: 'a poster does not look whether its lease has run out',
    changes: () => ({ lease: 'not looked at again' }),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
  {
    what: 'no look for the receipt before the post',
    changes: order(...ORDER.filter((act) => act !== 'look')),
    bounds: { faults: 0, cuts: [true, false], extra: 1 },
  },
];

/** Removing one of these alone breaks no ending, because the others carry its weight: the checker explores everything and finds nothing. */
export const SPARE: readonly Removal[] = [
  {
    what: 'a seal lets go without raising the fence (the fence of every claim is new, and the holder is checked)',
    changes: () => ({ rules: { ...REAL_RULES, seal: sealWithoutFence }, ignoring: BY_ENDINGS }),
    bounds: { faults: 1, cuts: [true, false], extra: 1, reprocess: [false, true] },
  },
  {
    what: 'publishing does not check the holder (the fence rises with every change of holder)',
    changes: rules({ publish: publishWithoutHolder }),
    bounds: { faults: 1, cuts: [true, false], extra: 1, reprocess: [false, true] },
  },
];
