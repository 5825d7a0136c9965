import { FaultWorld } from './fault-world';
import type { Judged } from './report';
import { allCases, runAndJudge } from './whole';
import type { FromWorker, ToWorker } from './workers';

/** A process with a app of its own: runs one case at a time for its parent. */
async function main(assembly: string): Promise<void> {
  const cases = new Map(allCases().map((one) => [one.id, one]));
  const world = await FaultWorld.start(assembly);
  const say = (message: FromWorker): void => void process.send?.(message);

  const run = async (id: string): Promise<Judged> => {
    const one = cases.get(id);
    if (one === undefined) throw new Error(`there is no case ${id}`);
    const started = performance.now();
    try {
      const verdict = await runAndJudge(world, one);
      return { id, verdict, ms: performance.now() - started };
    } catch (error) {
      // A case that breaks the test itself is a case that failed.
      const says = `the test broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
      const verdict = {
        violations: [{ of: 'wrong', says }],
        exactlyOne: false,
        told: false,
        repeated: 0,
        outrun: 0,
      } as const;
      return { id, verdict, ms: performance.now() - started };
    }
  };

  process.on('message', (message: ToWorker) => {
    if (message === 'end') void world.stop().then(() => process.exit(0));
    else void run(message.id).then((judged) => say({ judged }));
  });
  process.on('disconnect', () => process.exit(1));
  say({ ready: true });
}

void main(process.argv[2] ?? '');
