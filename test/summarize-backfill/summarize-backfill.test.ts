import { summarizeBackfillOutputSchema } from '../../core/contracts/backfill/backfill';
import { backfillSummarySchema } from '../../core/contracts/backfill/backfill-manifest';
import { keys } from '../../core/contracts/keys';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import { outcomeOfItem } from '../../core/domain/backfill/backfill-outcome';
import { summarizeBackfill } from '../../lambdas/summarize-backfill/summarize-backfill';
import { BACKFILL_ID, backfillExecution, backfillPlan, childOf, planItem } from '../kit/backfills';
import { MemoryS3 } from '../kit/memory-s3';
import { ending, holder, PARTITION, publication, record } from '../kit/runs';

const MINE = childOf(PARTITION);
const last = (runId: string) => ({ runId, ending: ending('SOURCE_CORRUPT'), at: '2026-01-26T06:10:00.000Z' });
const failedBatch = { index: 0, state: 'ValidateBatch', error: 'SourceCorrupt', message: '', objects: [] };
const changed = planItem({
  reason: 'SOURCE_CHANGED',
  code: 'COMPLETE',
  reprocess: true,
  publishedBy: 'old',
  publications: 1,
});

describe('a partition that was missing', () => {
  test.each<[string, Partial<PartitionRecord>, object]>([
    [
      'is recovered by its run',
      { publication: publication(MINE) },
      { kind: 'recovered', item: { runId: MINE, records: 690 } },
    ],
    [
      'is recovered by any other run',
      { publication: publication('live') },
      { kind: 'recovered', item: { runId: 'live' } },
    ],
    [
      'is recovered where it is empty, as declared',
      { publication: publication(MINE, { ending: ending('EMPTY_AS_DECLARED') }) },
      { kind: 'recovered', item: { status: 'NO_DATA' } },
    ],
    [
      'is still missing with the reason of the run that failed',
      { last: last(MINE) },
      { kind: 'missing', item: { reason: 'source corrupt', code: 'SOURCE_CORRUPT', runId: MINE } },
    ],
    [
      'is still missing while a run holds it, which will tell its own ending',
      { holder: holder(MINE) },
      { kind: 'missing', item: { reason: `still held by run ${MINE}`, code: null, runId: null } },
    ],
    [
      'is still missing where batches failed',
      { publication: publication(MINE, { failedBatches: [failedBatch] }) },
      { kind: 'missing', item: { reason: 'published with failed batches' } },
    ],
    [
      'is still missing where nothing was started',
      {},
      { kind: 'missing', item: { reason: 'never started', runId: null } },
    ],
  ])('%s', (_what, after, expected) => {
    expect(outcomeOfItem(planItem(), record(after))).toMatchObject(expected);
  });

  it('is still missing where there is not even a record', () => {
    expect(outcomeOfItem(planItem(), undefined)).toMatchObject({ kind: 'missing' });
  });
});

describe('a partition whose source changed', () => {
  test.each<[string, Partial<PartitionRecord>, object]>([
    ['is recovered when it was published anew', { publication: publication(MINE) }, { kind: 'recovered' }],
    [
      'is still missing while the old publication stands',
      { publication: publication('old') },
      { kind: 'missing', item: { reason: 'source changed since it was published', runId: null } },
    ],
    [
      'is still missing with the reason of its run',
      { publication: publication('old'), last: last(MINE) },
      {
        item: { reason: 'source changed since it was published: source corrupt', code: 'SOURCE_CORRUPT', runId: MINE },
      },
    ],
    [
      'does not take an older failure for that of its run',
      { publication: publication('old'), last: last('older') },
      { item: { reason: 'source changed since it was published', code: 'COMPLETE' } },
    ],
  ])('%s', (_what, after, expected) => {
    expect(outcomeOfItem(changed, record(after))).toMatchObject(expected);
  });

  it('is recovered with rejected records, unless it was to be without', () => {
    const partial = record({ publication: publication(MINE, { ending: ending('WITHIN_TOLERANCE') }) });
    expect(outcomeOfItem(changed, partial)).toMatchObject({ kind: 'recovered', item: { status: 'PARTIAL' } });
    const asked = { ...changed, reason: 'PARTIAL' as const };
    expect(outcomeOfItem(asked, partial)).toMatchObject({
      item: { reason: 'published with rejected records or without objects' },
    });
  });
});

describe('SummarizeBackfill', () => {
  const planKey = keys.backfill(BACKFILL_ID, 'plan');
  const { input: _unused, ...execution } = backfillExecution();
  const now = () => new Date('2026-01-26T06:30:00.000Z');

  it('reads every planned partition once, also those over the limit, and writes what is true', async () => {
    const s3 = new MemoryS3();
    const [a, b, c] = ['2026-01-20T07', '2026-01-20T06', '2026-01-20T05'].map((partition) => planItem({ partition }));
    s3.put('ledger', planKey, backfillPlan({ items: [a!, b!], left: [c!] }));
    for (const { partition, childName } of [a!, c!])
      s3.put('ledger', keys.partition('flights', partition), record({ publication: publication(childName) }));
    const output = await summarizeBackfill({ ledger: s3.store('ledger'), now }, { execution, planKey });
    expect(summarizeBackfillOutputSchema.parse(output)).toEqual({
      summaryKey: keys.backfill(BACKFILL_ID, 'summary'),
      recovered: 2,
      stillMissing: 1,
      totalRecords: 1_380,
    });
    const summary = backfillSummarySchema.parse(s3.json('ledger', output.summaryKey));
    expect(summary.stillMissing).toMatchObject([{ partition: '2026-01-20T06', reason: 'never started' }]);
    // Another run published what was over the limit.
    expect(summary.recovered.map(({ partition }) => partition)).toEqual(['2026-01-20T07', '2026-01-20T05']);
  });

  it('says of what is over the limit that it is left', async () => {
    const s3 = new MemoryS3();
    s3.put('ledger', planKey, backfillPlan({ left: [planItem()] }));
    const { summaryKey } = await summarizeBackfill({ ledger: s3.store('ledger'), now }, { execution, planKey });
    expect(s3.json('ledger', summaryKey).stillMissing).toMatchObject([
      { reason: 'over the limit of 3000, left for the next backfill' },
    ]);
  });

  it('fails without a plan', async () => {
    const context = { ledger: new MemoryS3().store('ledger'), now };
    await expect(summarizeBackfill(context, { execution, planKey })).rejects.toThrow('there is no plan');
  });
});
