import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playHistories, type HistoryTally } from '../model/histories';
import { number } from '../model/reports';
import { FullMachine } from './full-machine';
import { FullWorld } from './full-world';

/** What many interleavings held. */
export type InterleavingsTally = HistoryTally & FullWorld['counts'];

/**
 * Seeded interleavings of two runners for one partition with all their steps, and a third at the end. Each request to S3 waits for its
 * turn, which the seed decides; Lambdas are killed between requests, time out and run on, executions are stopped, the source is delivered
 * anew in the middle, responses get lost, events are lost or come twice, and a sweep comes at any moment.
 * @throws naming the seed, at the first invariant of the protocol that is broken, and at the first reader who sees a mixture
 */
export async function checkInterleavings(first: number, count: number): Promise<InterleavingsTally> {
  // Who is killed leaves his work directory behind.
  const before = process.env['TMPDIR'];
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-interleavings-'));
  process.env['TMPDIR'] = directory;
  const counts: FullWorld['counts'] = { reads: 0, computed: 0, reused: 0, deaths: 0, deliveries: 0 };
  const worlds: FullWorld[] = [];
  const take = (): void => {
    for (const world of worlds.splice(0))
      for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += world.counts[name];
  };
  try {
    const tally = await playHistories(
      {
        world: (random) => {
          take();
          const world = new FullWorld(random);
          worlds.push(world);
          return world;
        },
        machine: (...of) => new FullMachine(...of),
        runs: [2, 2],
        cutBelow: 0.006,
        timeOutBelow: 0.02,
        finalRun: true,
      },
      first,
      count,
    );
    take();
    return { ...tally, ...counts };
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The line of figures. */
export function tell(tally: InterleavingsTally): string {
  return (
    `${number(tally.histories)} interleavings of two runners and a third after them, ${number(tally.requests)} S3 requests in seeded order: ` +
    `0 double publications, 0 lost, 0 manifests that contradict the publication, 0 mixtures in ${number(tally.reads)} looks of a reader; ` +
    `${number(tally.published)} runs published (${number(tally.replaced)} replaced, as told), ${number(tally.deaths)} Lambdas killed, ` +
    `${number(tally.orphans)} timed out and ran on, ${number(tally.stopped)} executions stopped, ${number(tally.deliveries)} deliveries in the middle, ` +
    `${number(tally.recorders)} recorders from outside, ${number(tally.deployments)} deployments, ${number(tally.spoilt)} documents made unreadable; ${number(tally.computed)} batches computed, ${number(tally.reused)} found finished`
  );
}
