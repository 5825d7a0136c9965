import { printPlan } from '../../cli/backfill/print-plan';
import { backfillPlan, planItem } from '../helpers/backfills';

const missing = (partition: string, planned: boolean) => ({
  dataset: 'orders',
  partition,
  standing: 'FAILED: SOURCE_EMPTY, run r',
  planned,
});
const whatHappens = (missingUpstreams: ReturnType<typeof missing>[]) =>
  printPlan(backfillPlan({ items: [planItem({ missingUpstreams })] }))
    .split('\n')
    .at(-1);

describe('the plan as people read it', () => {
  it.each([
    ['nothing is missing', [], /flights +2026-01-20T05 +never started +is run$/],
    [
      'the backfill runs the upstream first',
      [missing('2026-01-20T05', true)],
      /is run, after upstream orders 2026-01-20T05$/,
    ],
    [
      'the upstream is not part of it',
      [missing('2026-01-20T05', false)],
      /is run, and is skipped unless upstream orders 2026-01-20T05 \(FAILED: SOURCE_EMPTY, run r\) is published before: that is not part of this backfill$/,
    ],
    [
      'there are several of both',
      [missing('2026-01-20T05', true), missing('2026-01-20T06', true), missing('2026-01-20T07', false)],
      /is run, after upstream orders 2026-01-20T05 and 1 more, and is skipped unless upstream orders 2026-01-20T07 /,
    ],
  ])('says what becomes of a partition where %s', (_what, upstreams, line) => {
    expect(whatHappens(upstreams)).toMatch(line);
  });
});
