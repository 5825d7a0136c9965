import { print } from '../model/reports';
import { checkInterleavings, tell } from './interleavings';

/** `npm run test:interleavings`; SEEDS=<n> plays n of them, FROM=<seed> begins there. */
const SEEDS = Number(process.env['SEEDS'] ?? 1000);
const FROM = Number(process.env['FROM'] ?? 1);

it('two runners for one partition, interleaved at random: nothing is published twice, lost, mixed or contradicted', async () => {
  const tally = await checkInterleavings(FROM, SEEDS);
  print(tell(tally));
  expect(tally.histories).toBe(SEEDS);
  // They were not all alike, and the batches that were there were used.
  for (const count of [tally.published, tally.deaths, tally.stopped, tally.reused, tally.computed])
    expect(count).toBeGreaterThan(SEEDS / 20);
});
