import { BatchWorld } from '../kit/batch-world';
import { history, publish } from './random-histories';

it('publishes what a plain reference does, of 200 random histories', async () => {
  const world = await BatchWorld.open();
  try {
    for (let seed = 1000; seed < 1200; seed += 1) {
      const one = history(seed);
      expect({ seed, ...(await publish(world, one)) }).toEqual({ seed, ...one.expected });
    }
  } finally {
    await world.close();
  }
}, 3_600_000);
