import type { BackfillPlan, PlanItem } from '../../core/contracts/backfill/backfill';
import { backfillInputSchema } from '../../core/contracts/backfill/backfill';
import type { BackfillManifest, Missing, Recovered } from '../../core/contracts/backfill/backfill-manifest';
import { childPrefixOf } from '../../core/domain/backfill/backfill-plan';
import { CODE_VERSION, PARTITION } from './runs';

/** Factories for what the tests of the backfill work with. */

export const BACKFILL_ID = 'weekly-4';
export const backfillArn = (name = BACKFILL_ID) =>
  `arn:aws:states:us-east-1:123456789012:execution:Rollcall-Backfill:${name}`;

export const backfillExecution = (input: unknown = {}, name = BACKFILL_ID) => ({
  arn: backfillArn(name),
  name,
  startTime: '2026-01-26T06:00:01.000Z',
  input,
});

/** The child of {@link BACKFILL_ID} for a partition. */
export const childOf = (partition: string, dataset = 'flights') =>
  `${childPrefixOf(BACKFILL_ID)}-${dataset}-${partition}`;

export function planItem(overrides: Partial<PlanItem> = {}): PlanItem {
  const { dataset = 'flights', partition = PARTITION } = overrides;
  return {
    dataset,
    partition,
    reason: 'NEVER_STARTED',
    code: null,
    reprocess: false,
    publishedBy: null,
    publications: 0,
    missingUpstreams: [],
    childName: childOf(partition, dataset),
    ...overrides,
  };
}

export function backfillPlan(overrides: Partial<BackfillPlan> = {}): BackfillPlan {
  return {
    schemaVersion: 1,
    backfillId: BACKFILL_ID,
    plannedAt: '2026-01-26T06:00:02.000Z',
    codeVersion: CODE_VERSION,
    input: backfillInputSchema.parse({ trigger: 'schedule', scheduledTime: '2026-01-26T06:00:00Z' }),
    range: {
      from: '2026-01-20T00:00:00.000Z',
      to: '2026-01-27T00:00:00.000Z',
      startDate: '2026-01-20',
      endDate: '2026-01-26',
    },
    datasets: [
      { dataset: 'flights', cadence: 'hourly', expected: 168, depth: 0, notCompared: null, awaitingPrimary: 0 },
    ],
    items: [],
    left: [],
    running: [],
    ...overrides,
  };
}

export const recovered = (partition: string, overrides: Partial<Recovered> = {}): Recovered => ({
  dataset: 'flights',
  partition,
  runId: childOf(partition),
  status: 'PUBLISHED',
  records: 690,
  ...overrides,
});

export const missing = (partition: string, overrides: Partial<Missing> = {}): Missing => ({
  dataset: 'flights',
  partition,
  reason: 'source empty',
  code: 'SOURCE_EMPTY',
  runId: childOf(partition),
  ...overrides,
});

export function backfillManifest(overrides: Partial<BackfillManifest> = {}): BackfillManifest {
  return {
    schemaVersion: 1,
    kind: 'backfill',
    backfillId: BACKFILL_ID,
    executionArn: backfillArn(),
    trigger: 'schedule',
    status: 'NOTHING_MISSING',
    message: 'No missing hours found in date range (Jan 20 – Jan 26)',
    hint: '',
    error: null,
    state: null,
    problems: [],
    input: backfillPlan().input,
    datasets: ['flights'],
    startDate: '2026-01-20',
    endDate: '2026-01-26',
    from: '2026-01-20T00:00:00.000Z',
    to: '2026-01-27T00:00:00.000Z',
    datesProcessed: [],
    hoursExpected: 168,
    hoursPlanned: 0,
    hoursRecovered: 0,
    totalRecords: 0,
    recovered: [],
    stillMissing: {},
    running: [],
    notCompared: [],
    codeVersion: CODE_VERSION,
    times: {
      scheduled: '2026-01-26T06:00:00.000Z',
      started: '2026-01-26T06:00:01.000Z',
      ended: '2026-01-26T06:00:12.000Z',
    },
    minimal: false,
    ...overrides,
  };
}
