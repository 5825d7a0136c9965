import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from './judge';
import { current, first, folderOf, releases, type Release } from './release';
import { firstHalf, secondHalf } from './week';
import { UpgradeWorld } from './upgrade-world';

/** Upgrade and rollback: what one release has left, another one reads and goes on with. Docs: docs/decisions/upgrade.md. */

const kept = (name: string) => readFileSync(join(folderOf(name), 'ledger.json'), 'utf8').trim();

/** Each half is played once, and copied. */
const played = new Map<string, Promise<string>>();
async function after(what: string, play: () => Promise<UpgradeWorld>): Promise<UpgradeWorld> {
  const text = played.get(what) ?? play().then((world) => world.toJson());
  played.set(what, text);
  return UpgradeWorld.fromJson(await text);
}
const halfAWeekOf = (release: Release) =>
  after(`half of ${release.name}`, async () => {
    const world = new UpgradeWorld();
    await firstHalf(world, release);
    expect(world.complaints).toEqual([]);
    return world;
  });
const upgraded = (name: string) =>
  after(`upgrade of ${name}`, async () => {
    const world = UpgradeWorld.fromJson(kept(name));
    await secondHalf(world, current);
    expect(world.complaints).toEqual([]);
    return world;
  });

/** Documents that a release cannot read, of those that it knows. */
function unreadable({ code }: Release, world: UpgradeWorld): string[] {
  return world.keys().flatMap((key) => {
    const kind = code.kindOfKey(key);
    const schema = kind === undefined ? undefined : code.SCHEMAS[kind];
    const error = schema?.safeParse(world.json(key)).error;
    return error === undefined ? [] : [`${key}: ${error.message}`];
  });
}

/** Documents that a release has no schema for. */
const unknown = ({ code }: Release, world: UpgradeWorld) =>
  world.keys().filter((key) => code.SCHEMAS[code.kindOfKey(key) ?? 'none'] === undefined);

it.each(Object.keys(releases))(
  'the ledger that is kept of %s is read by the code as it stands, every document',
  (name) => {
    const world = UpgradeWorld.fromJson(kept(name));
    expect(world.keys().length).toBeGreaterThan(100);
    expect(unreadable(current, world)).toEqual([]);
    expect(unknown(current, world)).toEqual([]);
  },
);

it('the ledger that is kept of the first release is what its code writes', async () => {
  expect((await halfAWeekOf(first)).toJson()).toBe(kept(first.name));
});

it('the half week ends in the middle of things', () => {
  const wrong = judge(UpgradeWorld.fromJson(kept(first.name)));
  expect(wrong).toEqual(
    expect.arrayContaining([
      expect.stringContaining('still runs'),
      'partitions/flights/2026-03-05T08.json is held',
      'partitions/flights/2026-03-08T20.json has no ending',
      expect.stringMatching(/^outbox\/overdue~flights~2026-03-05T08~.* was not told$/),
    ]),
  );
});

it.each(Object.keys(releases))('after half a week of %s this release goes on, and the week is whole', async (name) => {
  expect(judge(await upgraded(name))).toEqual([]);
});

it('a run of the first release that ends under this one is found by what its claim said, and that is written down', async () => {
  const world = await upgraded(first.name);
  const [hanging = 'none', ...more] = world.keys('identities/');
  expect(more).toEqual([]);
  expect(world.json(hanging)).toMatchObject({ dataset: 'flights', partition: '2026-03-05T08' });
});

it('a schedule of this release that starts a run of the first one ends INVALID_INPUT, told, and is recovered', async () => {
  const world = await halfAWeekOf(current);
  world.unscheduled = '2026-03-05T12';
  world.slackIsUp = true;
  const scheduled = { scheduledTime: '2026-03-05T13:15:00Z', cadence: 'hourly', availableMinutes: 15 };
  world.now = new Date('2026-03-05T12:19:00.000Z');
  const input = { dataset: 'flights', ...scheduled, trigger: 'schedule' };
  await world.run(first, world.start(first, 'PartitionRun', 'in-between', input), { is: 'publishes' });
  await secondHalf(world, first);
  expect(world.json('runs/flights/2026-03-05T12/in-between.json')).toMatchObject({ reason: { code: 'INVALID_INPUT' } });
  expect(world.json('partitions/flights/2026-03-05T12.json')).toMatchObject({
    publication: { ending: { code: 'COMPLETE' } },
  });
  expect(judge(world)).toEqual([]);
});

it('after half a week of this release the first one goes on, and the week is whole', async () => {
  const world = await halfAWeekOf(current);
  expect(unreadable(first, world)).toEqual([]);
  // What it does not know it does not look into.
  expect(unknown(first, world).map((key) => key.split('/')[0])).toContain('unlisted');
  await secondHalf(world, first);
  expect(judge(world)).toEqual([]);
  expect(world.complaints).toEqual([]);
});
