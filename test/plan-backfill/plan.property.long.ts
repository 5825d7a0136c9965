import * as fc from 'fast-check';
import { backfillPlanSchema, type BackfillPlan } from '../../core/contracts/backfill/backfill';
import { EMPTY_RECORD, type PartitionRecord } from '../../core/contracts/run/partition-record';
import { outcomeOfItem, plannedOf, summaryOf } from '../../core/domain/backfill/backfill-outcome';
import { assemblePlan, planPartition, wavesOf } from '../../core/domain/backfill/backfill-plan';
import { candidatesOf, parseBackfillInput } from '../../core/domain/backfill/backfill-request';
import { isCompared } from '../../core/domain/backfill/why-missing';
import { ending, publication } from '../helpers/runs';
import { datasetOf, ledger, naive, NOW, placesOf, type Ledger } from './ledgers';

/** The plan of a ledger, as the survey puts it together, without S3 between. */
function planOf(of: Ledger): BackfillPlan {
  const dataset = datasetOf(of);
  const places = new Map(placesOf(of).map((place) => [place.partition, place]));
  const { alsoPartial, everything, onlyReasons, limit, exact } = of;
  const range = exact ? { start: [...places.keys()].at(-1) } : {};
  const raw = { ...range, alsoPartial, everything, limit, ...(onlyReasons === undefined ? {} : { onlyReasons }) };
  const { request, problems } = parseBackfillInput(raw, new Map([['flights', dataset]]), NOW);
  if (request === undefined) throw new Error(JSON.stringify(problems));
  const partitions = candidatesOf(request, dataset, NOW);
  const planned = partitions.flatMap((partition) => {
    const { record, listing, live } = places.get(partition)!.state;
    const seen = isCompared(dataset, { partition, record }, NOW) && listing !== 'denied' ? listing : undefined;
    const how = { input: request.input, backfillId: 'b', now: NOW, heldOn: live };
    return planPartition(dataset, { partition, record, listing: seen }, how) ?? [];
  });
  const summary = {
    dataset: 'flights',
    cadence: 'hourly' as const,
    expected: partitions.length,
    depth: 0,
    notCompared: null,
    awaitingPrimary: 0,
  };
  const surveyed = [{ summary, newest: partitions.at(-1), planned }];
  return assemblePlan(request, surveyed, { backfillId: 'b', codeVersion: 'c', now: NOW });
}

const startable = ledger.filter((of) => !of.exact || placesOf(of).at(-1)!.startMs < NOW.getTime());

test('on 10,000 random ledgers the plan is what a naive computation says is missing', () => {
  const reasons = new Set<string>();
  fc.assert(
    fc.property(startable, (of) => {
      const plan = planOf(of);
      const { missing, held } = naive(of);
      const brief = (items: readonly { partition: string; reason: string }[]) =>
        items.map(({ partition, reason }) => `${partition} ${reason}`);
      expect(brief(plan.items)).toEqual(brief(missing.slice(0, of.limit)));
      expect(brief(plan.left)).toEqual(brief(missing.slice(of.limit)));
      expect(plan.running.map(({ partition }) => partition)).toEqual(held.map(({ partition }) => partition));
      for (const { reason } of missing) reasons.add(reason);
    }),
    { numRuns: 10_000 },
  );
  // Every reason was there.
  expect(reasons.size).toBe(13);
});

test('a plan fits its schema, names the publications it replaces, and its waves hold each item once', () => {
  fc.assert(
    fc.property(startable, (of) => {
      const plan = backfillPlanSchema.parse(planOf(of));
      for (const item of plan.items) {
        const stands = placesOf(of).find(({ partition }) => partition === item.partition)!.state.record;
        expect(item.publishedBy).toBe(stands?.publication?.runId ?? null);
        expect(item.publications).toBe(stands?.publication ? stands.superseded.length + 1 : 0);
        expect(item.reprocess).toBe(item.publications > 0);
      }
      const waves = wavesOf(plan);
      const key = ({ dataset, partition }: { dataset: string; partition: string }) => `${dataset}/${partition}`;
      expect(waves.flatMap(({ items }) => items.map(key)).toSorted()).toEqual(plan.items.map(key).toSorted());
      expect(waves.map(({ publications }) => publications)).toEqual(
        [...new Set(plan.items.map(({ publications }) => publications))].toSorted((a, b) => a - b),
      );
    }),
    { numRuns: 500 },
  );
});

/** What a run (or another run meanwhile) may leave behind. */
const AFTER = ['nothing', 'published', 'empty', 'partial', 'failed', 'held', 'failed batches'] as const;
function after(kind: (typeof AFTER)[number], childName: string, before: PartitionRecord | undefined) {
  const record = before ?? EMPTY_RECORD;
  const replaced = (overrides: Parameters<typeof publication>[1]) => ({
    ...record,
    holder: null,
    publication: publication(childName, overrides),
  });
  switch (kind) {
    case 'nothing':
      return before;
    case 'published':
      return replaced({});
    case 'empty':
      return replaced({ ending: ending('EMPTY_AS_DECLARED') });
    case 'partial':
      return replaced({ ending: ending('WITHIN_TOLERANCE') });
    case 'failed batches': {
      const failed = { index: 0, state: 'ValidateBatch', error: 'SourceCorrupt', message: '', objects: [] };
      return replaced({ ending: ending('WITHIN_TOLERANCE'), failedBatches: [failed] });
    }
    case 'failed':
      return {
        ...record,
        holder: null,
        last: { runId: childName, ending: ending('SOURCE_EMPTY'), at: NOW.toISOString() },
      };
    case 'held':
      return { ...record, holder: { runId: childName, executionArn: 'arn', since: NOW.toISOString() } };
  }
}

test('after a run, recovered and still missing are together what was planned, and recovered is what was published anew', () => {
  fc.assert(
    fc.property(startable, fc.array(fc.constantFrom(...AFTER), { minLength: 30, maxLength: 30 }), (of, fates) => {
      const plan = planOf(of);
      const planned = plannedOf(plan);
      const outcomes = planned.map((item, index) => {
        const before = placesOf(of).find(({ partition }) => partition === item.partition)!.state.record;
        return outcomeOfItem(item, after(fates[index]!, item.childName, before));
      });
      const { recovered, stillMissing } = summaryOf(plan, outcomes, NOW);
      const names = (items: readonly { partition: string }[]) => items.map(({ partition }) => partition);
      expect([...names(recovered), ...names(stillMissing)].toSorted()).toEqual(names(planned).toSorted());
      const good = planned.filter(({ reason }, index) => {
        const fate = fates[index]!;
        return fate === 'published' || fate === 'empty' || (fate === 'partial' && reason !== 'PARTIAL');
      });
      expect(names(recovered)).toEqual(names(good));
      for (const one of stillMissing) expect(one.reason).not.toBe('');
    }),
    { numRuns: 1_000 },
  );
});
