import { sweepEveryTenMinutes } from '../../local/sweeps';
import type { Firing } from '../../local/aws/events';
import type { S3Request } from '../../local/aws/s3/local-s3';
import { csv, HOUR, NOW, Workflow } from './workflow';

/** The synthesized app on simulated time: a source that is away at its hour, and what becomes of its partition without a person's help. */

const MINUTE = 60_000;
const BUCKETS = ['away-source', 'after-source'] as const;
let workflow: Workflow;
beforeAll(async () => {
  workflow = await Workflow.start({ datasetsDir: 'test/sweep/datasets' }, BUCKETS);
}, 180_000);
beforeEach(async () => {
  await workflow.reset();
  for (const [bucket, name] of [
    ['away-source', 'quiet'],
    ['away-source', 'plain'],
    ['after-source', 'after'],
  ] as const) {
    const key = `${name}/2026/01/20/05/a.csv`;
    workflow.world.s3.store.put(
      bucket,
      key,
      Buffer.from(csv(5)),
      {},
      {},
      { lastModified: NOW.getTime() - 20 * MINUTE },
    );
  }
});
afterAll(() => workflow.stop());

const manifestsOf = (dataset: string) =>
  workflow
    .manifests()
    .filter((manifest) => manifest.dataset === dataset)
    .toSorted((a, b) => (a.times.started < b.times.started ? -1 : 1));
const told = (dataset: string) =>
  workflow.world.slack.messages.map(({ text }) => text).filter((text) => text.includes(` ${dataset} ${HOUR} `));
const notes = () => workflow.keys('Ledger').filter((key) => key.startsWith('restarts/'));

/** A bucket answers 503 for so many minutes from now on. */
function away(bucket: (typeof BUCKETS)[number], minutes: number): void {
  const { world } = workflow;
  const until = world.clock.now() + minutes * MINUTE;
  world.s3.before = (request: S3Request) =>
    request.bucket === bucket && world.clock.now() < until
      ? { do: 'answer', status: 503, code: 'ServiceUnavailable' }
      : undefined;
}

/** Lets time pass, with a sweep every ten minutes; what takes longer goes on. */
async function pass(minutes: number): Promise<void> {
  const { world } = workflow;
  const firings: Firing[] = [];
  const stop = sweepEveryTenMinutes(world, (firing) => firings.push(firing));
  await world.clock.sleep((minutes + 1) * MINUTE);
  stop();
  for (const firing of firings) expect(firing).toMatchObject({ result: { ok: true } });
}

it('away for 3 minutes at its hour: published within 30 minutes by itself, and told in one line', async () => {
  away('away-source', 3);
  await workflow.world.runSchedule('quiet');
  await pass(30);
  const [failed, published, ...more] = manifestsOf('quiet');
  expect(more).toEqual([]);
  expect(failed).toMatchObject({
    status: 'FAILED',
    reason: { code: 'SOURCE_UNAVAILABLE', error: 'SourceUnavailable' },
    retry: { n: 1, of: 3 },
  });
  // As often as the dataset wants, not as often as the machine might.
  expect(failed?.steps.find(({ name }) => name === 'LoadPartition')).toMatchObject({ entered: 1, attempts: 2 });
  expect(published).toMatchObject({ status: 'PUBLISHED', trigger: 'sweep', again: 1, records: { published: 5 } });
  expect(Date.parse(published?.times.ended ?? '') - NOW.getTime()).toBeLessThanOrEqual(30 * MINUTE);
  expect(told('quiet')).toEqual([`✅ quiet ${HOUR} (hour) PUBLISHED after 1 failed run: 5 records`]);
  await pass(20);
  expect(notes()).toEqual([]);
});

it('away for half an hour, with a message for every ending: each is one line, and nothing is to be done', async () => {
  away('away-source', 30);
  await workflow.world.runSchedule('plain');
  await pass(120);
  expect(manifestsOf('plain').map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'PUBLISHED']);
  expect(told('plain')).toEqual([
    expect.stringMatching(/FAILED in LoadPartition after 4 retries: .*, tried again after 06:3\d UTC \(1 of 3\)\.$/),
    expect.stringMatching(
      /FAILED in LoadPartition after 1 failed run and 4 retries: .*, tried again after 07:\d\d UTC \(2 of 3\)\.$/,
    ),
    `✅ plain ${HOUR} (hour) PUBLISHED after 2 failed runs: 5 records`,
  ]);
});

it('what waited for it in vain is started once it is published', async () => {
  away('away-source', 3);
  await workflow.world.runSchedule('quiet');
  await workflow.world.runSchedule('after');
  await pass(60);
  expect(manifestsOf('after').map(({ reason, trigger }) => [reason.code, trigger])).toEqual([
    ['UPSTREAM_MISSING', 'schedule'],
    ['COMPLETE', 'sweep'],
  ]);
});

it('where a dataset wants no retries within a run and one try, the second failure says what to do', async () => {
  await workflow.world.runSchedule('quiet');
  await workflow.world.settle();
  away('after-source', 60);
  await workflow.world.runSchedule('after');
  await pass(30);
  const [first, second, ...more] = manifestsOf('after');
  expect(more).toEqual([]);
  expect(first).toMatchObject({ reason: { code: 'SOURCE_UNAVAILABLE' }, retry: { n: 1, of: 1 } });
  expect(first?.steps.find(({ name }) => name === 'LoadPartition')).toMatchObject({ attempts: 1 });
  expect(second).toMatchObject({ reason: { code: 'SOURCE_UNAVAILABLE' }, again: 1 });
  expect(told('after').at(-1)).toMatch(
    /FAILED in LoadPartition after 1 failed run: .* To do: ask the owner of the source/,
  );
  expect(notes()).toEqual([]);
});
