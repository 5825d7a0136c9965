import { BatchWorld } from '../kit/batch-world';
import { history, publish } from './random-histories';

/** docs/proof.md has the last long run. */
const HISTORIES = Number(process.env['ROLLCALL_HISTORIES'] ?? 25);

it('publishes what a plain reference does, of random histories', async () => {
  const world = await BatchWorld.open();
  try {
    for (let seed = 1000; seed < 1000 + HISTORIES; seed += 1) {
      const one = history(seed);
      expect({ seed, ...(await publish(world, one)) }).toEqual({ seed, ...one.expected });
    }
  } finally {
    await world.close();
  }
}, 3_600_000);
