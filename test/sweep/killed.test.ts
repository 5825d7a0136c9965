import { keys } from '../../core/contracts/keys';
import { Mortal } from '../kit/mortal';
import { dataset, registry } from '../kit/datasets';
import { holder, publication, record } from '../kit/runs';
import { MemoryWorld } from '../kit/memory-world';

/**
 * A sweep with everything to do, killed before and after each of its calls to S3, Step Functions, Slack and SNS; then swept again, ten
 * and twenty minutes later: the ledger is the same as if no process had been killed.
 */
const hour = (text: string) => `2026-01-20T${text}`;

/** Five past nine: 04 was aborted without a trace, 06 was never started, 07 waits to be started, a file of 05 is left over. */
async function arranged(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.datasets = registry(dataset());
  world.s3.now = world.now;
  const flights = (text: string) => keys.partition('flights', hour(text));
  world.s3.put('ledger', flights('04'), record({ fence: 1, holder: holder('run-4') }));
  const published = publication('run-1', { publishedAt: '2026-01-18T00:00:00.000Z' });
  world.s3.put('ledger', flights('05'), record({ publication: published }));
  const run4 = { dataset: 'flights', partition: hour('04') };
  world.executed('run-4', run4, { startedAgo: 60 });
  await world.sweep();
  world.s3.now = new Date('2026-01-18T00:00:00.000Z');
  world.s3.put('lake', `data/flights/${hour('05')}/${'a'.repeat(32)}.json`, 'x');
  world.s3.put('lake', `data/flights/${hour('05')}/${'a'.repeat(32)}.parquet`, 'x');
  world.minutesLater(155);
  world.executed('run-4', run4, { startedAgo: 215, endedAgo: 100 });
  world.executed('run-x', 'garbage', { startedAgo: 40, endedAgo: 30, status: 'SUCCEEDED' });
  return world;
}

/** All that must be the same, without the times at which it was written. */
function ledgerOf(world: MemoryWorld): unknown {
  const all = world.s3.keys('ledger');
  return {
    keys: all,
    lake: world.s3.keys('lake'),
    manifests: all
      .filter((key) => key.startsWith('runs/'))
      .map((key) => [key, world.s3.json('ledger', key).status, world.s3.json('ledger', key).reason.code]),
    partitions: all
      .filter((key) => key.startsWith('partitions/'))
      .map((key) => [key, { ...world.s3.json('ledger', key), last: world.s3.json('ledger', key).last?.runId }]),
    watermark: world.s3.json('ledger', keys.dataset('flights')).watermark,
    open: world.s3.json('ledger', keys.sweep('executions')).open,
    incidents: Object.keys(world.s3.json('ledger', keys.sweep('incidents')).incidents),
    started: world.started.map(({ name }) => name).sort(),
  };
}

/** How many endings were told, alone or in a summary. */
function told(world: MemoryWorld): number {
  return world.posts.reduce((sum, { text }) => sum + Number(/: (\d+) endings/.exec(text)?.[1] ?? 1), 0);
}

async function finish(world: MemoryWorld): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    world.minutesLater(10);
    await world.sweep();
  }
}

describe('a sweep with everything to do', () => {
  it.each(['before', 'after'] as const)(
    'killed %s any of its calls is completed by the next ones',
    async (mode) => {
      const whole = await arranged();
      const counting = new Mortal();
      await whole.sweep(counting);
      await finish(whole);
      const expected = ledgerOf(whole);
      expect(whole.s3.keys('ledger', 'outbox/')).toEqual([]);
      expect(counting.count).toBeGreaterThan(60);

      for (let at = 0; at < counting.count; at += 1) {
        const world = await arranged();
        // A killed process does not report.
        await world.sweep(new Mortal(at, mode)).catch(() => undefined);
        await finish(world);
        expect({ at, ledger: ledgerOf(world) }).toEqual({ at, ledger: expected });
        // Told at least once; again only where it was killed between a post and its receipts.
        expect(told(world)).toBeGreaterThanOrEqual(told(whole));
        expect(told(world)).toBeLessThanOrEqual(2 * told(whole));
        expect(world.calls.filter(({ over }) => !over).length).toBeGreaterThanOrEqual(1);
        expect(world.calls.filter(({ over }) => !over).length).toBeLessThanOrEqual(2);
      }
    },
    60_000,
  );

  it('done by two at a time is done once', async () => {
    const whole = await arranged();
    await whole.sweep();
    await finish(whole);
    const world = await arranged();
    await Promise.all([world.sweep(), world.sweep()]);
    await finish(world);
    expect(ledgerOf(world)).toEqual(ledgerOf(whole));
    // Each told what it recorded; between them, every ending once.
    expect(told(world)).toBe(told(whole));
    expect(world.calls).toHaveLength(whole.calls.length);
  });
});
