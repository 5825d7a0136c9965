import { HOUR, Workflow } from '../workflow/workflow';
import { dieAt, type Death } from './crashing';
import {
  AGAIN,
  BATCHES,
  begin,
  CONTEXT,
  deliver,
  finished,
  keep,
  Reader,
  readsSource,
  SOURCE,
  versionOf,
} from './grouped';

/**
 * A run of five batches that replaces a publication and dies at its k-th S3 request, for every k, and is started again: the second run
 * publishes the same files as one that was not disturbed, computes no finished batch again, and a reader that looks before every single
 * request sees the one publication whole or the other, never neither. CRASH_EVERY=<n> takes every n-th k only, CRASH_FROM=<k> begins there.
 */

const EVERY = Number(process.env['CRASH_EVERY'] ?? 1);
const FROM = Number(process.env['CRASH_FROM'] ?? 1);
/** Dying processes alone are taken at so many k less: each costs the same time. */
const RARER = 3;

let workflow: Workflow;
let kept: ReturnType<typeof keep>;
let requests = 0;
let lakeFiles: readonly string[];
let versions: ConstructorParameters<typeof Reader>[1];
beforeAll(async () => {
  workflow = await Workflow.start(CONTEXT, [SOURCE]);
  await workflow.reset();
  deliver(workflow, 1);
  const first = await workflow.run({ ...AGAIN, reprocess: false }, 'first');
  kept = keep(workflow);
  const before = versionOf(workflow);

  await begin(workflow, kept);
  workflow.world.s3.before = () => void (requests += 1);
  const second = await workflow.run(AGAIN, 'undisturbed');
  workflow.world.s3.before = undefined;
  versions = [before, versionOf(workflow)];
  lakeFiles = [...workflow.keys('Lake')];
  for (const { manifest } of [first, second])
    if (manifest.status !== 'PARTIAL' || manifest.batches?.all !== BATCHES || manifest.batches.reused > 0)
      throw new Error(`undisturbed, it ended ${manifest.status} with ${JSON.stringify(manifest.batches)}`);
}, 300_000);
afterAll(() => workflow.stop());

test.each<[Death, number]>([
  ['everything', EVERY],
  ['the process', EVERY * RARER],
])(
  'when %s dies at a request and the partition is run again, the same files are published and no finished batch is computed again',
  async (death, step) => {
    const counts = { deaths: 0, finished: 0, computed: 0, reads: 0 };
    for (let k = FROM; k <= requests; k += step) {
      await begin(workflow, kept);
      const reader = new Reader(workflow, versions);
      const problems: unknown[] = [];
      const watch = (): void => {
        try {
          reader.poll();
        } catch (error) {
          problems.push(error);
        }
      };
      const start = () => workflow.world.sfn.start('PartitionRun', AGAIN, `dies-at-${k}`);
      await dieAt(workflow, { k, death, after: k % 2 === 0 }, start, watch);

      const done = finished(workflow);
      const published = workflow.record('grouped', HOUR)?.publication?.runId === `dies-at-${k}`;
      const computed: string[] = [];
      workflow.world.s3.before = (request) => {
        watch();
        if (readsSource(request)) computed.push(request.key);
        return undefined;
      };
      // Who finds the partition published by the run that died has nothing to do.
      const { manifest } = await workflow.run({ ...AGAIN, reprocess: !published }, `after-${k}`);
      workflow.world.s3.before = undefined;
      reader.poll();

      const record = workflow.record('grouped', HOUR)!;
      expect({ k, problems }).toEqual({ k, problems: [] });
      expect([k, manifest.status]).toEqual([k, published ? 'SKIPPED' : 'PARTIAL']);
      expect({ k, again: computed.filter((key) => done.has(key)) }).toEqual({ k, again: [] });
      // More may be reused than were finished when it began: a Lambda of the dead run that lives on finishes its batch.
      if (!published) expect([k, manifest.batches!.reused >= done.size]).toEqual([k, true]);
      // From the old publication to the new one, once, and neither twice.
      expect([k, reader.seen, record.superseded.length, record.holder]).toEqual([k, [0, 1], 1, null]);
      expect({ k, files: [...workflow.keys('Lake')] }).toEqual({ k, files: lakeFiles });
      counts.deaths += 1;
      counts.finished += done.size;
      counts.computed += computed.length;
      counts.reads += reader.reads;
    }
    process.stdout.write(
      `a run of ${BATCHES} batches, ${requests} S3 requests undisturbed; ${death} died at ${counts.deaths} of them: ` +
        `${counts.finished} batches were finished by then and none of them computed again, ${counts.computed} were computed; ` +
        `a reader looked ${counts.reads} times, each time at one whole publication\n`,
    );
  },
  3_600_000,
);
